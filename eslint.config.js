import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

// A package stands above all that it imports: what each floor may import (see ARCHITECTURE.md).
const FLOORS = [0, 1, 2, 3, 4, 5];
const depConstraints = [
  ...FLOORS.map((floor) => ({
    sourceTag: `floor:${floor}`,
    onlyDependOnLibsWithTags: [...FLOORS.filter((below) => below < floor).map((below) => `floor:${below}`), 'tool'],
  })),
  { sourceTag: 'tool', onlyDependOnLibsWithTags: [...FLOORS.map((floor) => `floor:${floor}`), 'tool'] },
];

export default defineConfig(
  // AssemblyScript looks like TypeScript, but is another language
  {
    ignores: [
      '**/dist/**',
      '**/generated/**',
      '**/assembly/**',
      '**/.readme-*/**',
      '**/.generated-*/**',
      'docs/api/**',
      'runs/**',
      '.nx/**',
      '**/.venv/**',
    ],
  },
  js.configs.recommended,
  ts.configs.strict,
  {
    files: ['**/*.ts', '**/*.js', '**/*.mjs'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [
            String.raw`^.*/(tsup|vitest)\.shared\.js$`,
            String.raw`/experiments/[^/]*\.json$`,
            String.raw`/examples/[^/]*/[^/]*\.js$`,
          ],
          depConstraints,
        },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^@tensorflow/[^/]+/dist', message: 'deep imports load a second copy of TensorFlow.js' },
            { regex: '^@tensorflow/tfjs$', message: 'import the single packages' },
          ],
        },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 350, skipBlankLines: true }],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        performance: 'readonly',
        setTimeout: 'readonly',
        WebAssembly: 'readonly',
        fetch: 'readonly',
      },
    },
  },
  prettier,
);

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { describe, expect, it } from 'vitest';

/**
 * Makes a test of every ```ts block in the README above `testFile`. A block runs as a module of the package; where a line
 * ends in `// → text`, what that line logs must be `text`.
 *
 * @param testFile the `import.meta.url` of `src/readme.test.ts`
 */
export function testReadme(testFile: string): void {
  const folder = path.resolve(path.dirname(fileURLToPath(testFile)), '..');
  const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1]!);
  describe('README', () => {
    it('has an example', () => expect(blocks.length).toBeGreaterThan(0));
    it.each(blocks.map((code, i) => [i + 1, code] as const))(
      'example %i runs',
      (_i, code) => runBlock(code, folder),
      120_000,
    );
  });
}

async function runBlock(code: string, folder: string): Promise<void> {
  const expected = [...code.matchAll(/\/\/ → (.*)$/gm)].map((match) => match[1]!.trim());
  const place = mkdtempSync(path.join(folder, 'src', '.readme-'));
  const log = console.log;
  const lines: string[] = [];
  console.log = (...args: unknown[]) => void lines.push(format(...args));
  try {
    const file = path.join(place, 'example.ts');
    writeFileSync(file, code);
    await import(/* @vite-ignore */ pathToFileURL(file).href);
  } finally {
    console.log = log;
    rmSync(place, { recursive: true, force: true });
  }
  if (expected.length > 0) expect(lines).toEqual(expected);
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, runTool, workspace, writeOut } from '../testing.js';
import quantizerGenerator from './generator.js';

// inside of the repository, so that packages resolve to its sources
const folder = mkdtempSync(path.join(ROOT, 'tools/generators/.generated-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runKit = () =>
  runTool('vitest/vitest.mjs', ['run', '--root', folder, '--config', '../vitest.generated.config.ts'], folder);

/** The formulas, in place of what says that they are to be written. */
const FORMULAS = {
  'src/steps.ts': {
    codes: 'tf.round(tf.mul(tf.add(tf.clipByValue(tf.div(x, scale!), -1, 1), 1), (levels - 1) / 2))',
    levels: 'tf.mul(scale!, tf.sub(tf.mul(tf.range(0, levels), 2 / (levels - 1)), 1))',
    backward: `{
      const inside = tf.less(tf.abs(x), scale!);
      const zero = tf.zerosLike(dy);
      return { x: tf.where(inside, dy, zero), scale: tf.sum(tf.where(inside, zero, tf.mul(dy, tf.sign(x)))) };
    }`,
  },
  'src/steps.test.ts': { surrogate: '{ return tf.minimum(tf.maximum(x, tf.neg(scale!)), scale!); }' },
};

describe('nx g @lowbit/tools:quantizer steps', () => {
  beforeAll(async () => {
    const tree = workspace();
    await quantizerGenerator(tree, { name: 'steps' });
    writeOut(tree, 'examples/quantizer-steps', folder);
    writeFileSync(
      path.join(folder, 'tsconfig.check.json'),
      JSON.stringify({
        extends: '../../../tsconfig.base.json',
        compilerOptions: { noUnusedParameters: false },
        include: ['src'],
      }),
    );
  });

  it('type-checks as it is', () => {
    expect(runTool('typescript/bin/tsc', ['-p', 'tsconfig.check.json'], folder)).toEqual({ code: 0, output: '' });
  });

  it('fails its test, which says what to write and where', () => {
    const { code, output } = runKit();
    expect(code).toBe(1);
    expect(output).toMatch(/FAIL .* decode\(encode\(x\)\) equals quantize\(x\) bit for bit/);
    expect(output).toMatch(/received the error 'src\/steps\.ts is to be finished: write the codes of x/);
    expect(output).toMatch(
      /received the error 'src\/steps\.ts is to be finished: write what the codes 0 to 1 stand for/,
    );
  });

  it('passes when that has been written', () => {
    for (const [file, parts] of Object.entries(FORMULAS)) {
      const target = path.join(folder, file);
      const finished = Object.entries(parts).reduce(fillIn, readFileSync(target, 'utf8'));
      writeFileSync(
        target,
        file.endsWith('.test.ts') ? `import * as tf from '@tensorflow/tfjs-core';\n${finished}` : finished,
      );
    }
    const { code, output } = runKit();
    expect(output).toMatch(/Tests +\d+ passed \(/);
    expect(code).toBe(0);
  });
});

describe('what it refuses', () => {
  it('a name that no config could use', async () => {
    await expect(quantizerGenerator(workspace(), { name: 'My Quantizer' })).rejects.toThrow(
      "a quantizer's name is small letters and digits with - between, received 'My Quantizer'; such as my-quantizer",
    );
  });

  it('a folder that is there already', async () => {
    const tree = workspace();
    await quantizerGenerator(tree, { name: 'steps', directory: 'here' });
    await expect(quantizerGenerator(tree, { name: 'other', directory: 'here' })).rejects.toThrow(
      'there is something in here already; remove it, or take another name',
    );
  });
});

/** Puts a formula after `part: (…) =>`, or a body after `part: Surrogate = (…) =>`. */
function fillIn(text, [part, formula]) {
  const start = text.search(new RegExp(`\\b${part}(: Surrogate = |: )\\(`));
  const arrow = text.indexOf('=>', start) + 2;
  const end = part === 'surrogate' ? text.indexOf('\n};', arrow) + 2 : text.indexOf('),\n', arrow) + 1;
  expect(Math.min(start, end - arrow)).toBeGreaterThan(0);
  return `${text.slice(0, arrow)} ${formula}${text.slice(end)}`;
}

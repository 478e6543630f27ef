import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accuracyChart, nameOf } from './chart.js';
import { resultsTable, withTable } from './page.js';
import { readResult } from './result.js';

const experiment = {
  model: { model: 'resnet20' },
  stages: [
    { name: 'a', epochs: 2 },
    { name: 'b', epochs: 1 },
  ],
  ...{ batchSize: 100, seed: 3, backend: 'wasm', simd: 'relaxed', workers: 2, commit: '0123456789' },
  versions: { node: 'v20.1.0' },
};

const step = (step: number, time: number) => ({ type: 'step', step, epoch: 0, stage: 0, time });
const epoch = (epoch: number, testAccuracy: number) => ({
  ...{ type: 'epoch', step: 3 * epoch, epoch, stage: 0, time: 0 },
  metrics: { loss: 0.123456789, accuracy: 0.5, testAccuracy },
});

function runFolder(events: readonly object[], summary?: object): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'lowbit-results-')), 'cifar10-resnet20-w4a4');
  mkdirSync(folder);
  writeFileSync(join(folder, 'experiment.json'), JSON.stringify(experiment));
  // the last line of a run that goes on may be half written
  writeFileSync(
    join(folder, 'events.jsonl'),
    `${events.map((event) => JSON.stringify(event)).join('\n')}\n{"type":"st`,
  );
  if (summary) writeFileSync(join(folder, 'summary.json'), JSON.stringify(summary));
  return folder;
}

describe('the results of a run', () => {
  it('are read while it goes on, the last of repeated epochs counting', () => {
    const steps = [step(1, 0), step(2, 500), step(3, 1000), { type: 'evaluate' }, step(4, 9000), step(5, 9600)];
    const result = readResult(runFolder([...steps, epoch(1, 0.4), epoch(2, 0.3), epoch(2, 0.5)]));
    expect(result).toMatchObject({
      experiment: 'cifar10-resnet20-w4a4',
      model: 'resnet20',
      workers: 2,
      imagesPerSecond: 200,
    });
    expect(result.epochs).toEqual([
      { epoch: 1, stage: 0, loss: 0.12346, accuracy: 0.5, testAccuracy: 0.4 },
      { epoch: 2, stage: 0, loss: 0.12346, accuracy: 0.5, testAccuracy: 0.5 },
    ]);
    expect(result.size).toBeUndefined();
    expect(resultsTable([result])).toContain('| 50.00 % | 50.00 % | 2 of 3, still to go on | – | – | 200 |');
  });

  it('have size and density once it has ended', () => {
    const summary = { size: { parameters: 10, bytes: 1234, perLayer: [] }, informationDensity: 1.25 };
    const result = readResult(runFolder([epoch(1, 0.4), epoch(2, 0.6), epoch(3, 0.5), { type: 'end' }], summary));
    expect(result.size).toEqual({ parameters: 10, bytes: 1234 });
    const [, , row] = resultsTable([result]).split('\n');
    expect(row).toBe(
      '| `cifar10-resnet20-w4a4` | 50.00 % | 60.00 % | 2 + 1 | 1,234 | 1.250 | – | ' +
        'wasm, relaxed SIMD, 2 workers, Node 20.1.0 | 3 | 0123456 | – |',
    );
  });

  it('are refused of a folder that has none', () => {
    expect(() => readResult(tmpdir())).toThrow(/no run lies in .*: it has no experiment.json/);
  });
});

describe('the page', () => {
  it('gets the table between its marks', () => {
    expect(withTable('a\n<!-- results -->\nold\n<!-- /results -->\nb', 'new\n')).toBe(
      'a\n<!-- results -->\n\nnew\n\n<!-- /results -->\nb',
    );
    expect(() => withTable('a', 'b')).toThrow(/no lines <!-- results -->/);
  });

  it('shows a panel for each network and a line for each precision', async () => {
    expect(nameOf('cifar10-l20x4-w1a4')).toEqual({ network: 'l20x4', precision: 'W1A4' });
    const result = readResult(runFolder([epoch(1, 0.4), epoch(2, 0.5)]));
    const svg = await accuracyChart([result, { ...result, experiment: 'cifar10-l20x1-float' }]);
    for (const text of ['<svg', 'resnet20', 'l20x1', 'W4A4', 'float', 'Test accuracy (%)']) expect(svg).toContain(text);
  });
});

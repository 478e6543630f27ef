import type { Role, Spec } from '@lowbit/plugin-api';
import { parseExperiment, type Experiment } from '@lowbit/training';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { comparisonOf } from './compare/comparison.js';
import { loadConfig } from './config/load.js';
import { loadRegistry } from './registry.js';

const folder = fileURLToPath(new URL('../../../experiments/', import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

/** That what it names is there and takes the options. */
async function checkWhole(experiment: Experiment): Promise<void> {
  const registry = await loadRegistry(experiment.plugins, [folder]);
  expect(registry.has('datasets', experiment.data.dataset)).toBe(true);
  expect(registry.has('models', experiment.model.model)).toBe(true);
  for (const { schedule } of experiment.stages) {
    if (schedule) expect(registry.make('schedules', schedule, undefined)).toBeTypeOf('function');
  }
}

describe('the committed experiments', () => {
  it.each(files)('%s is whole', async (file) => {
    await checkWhole(parseExperiment((await loadConfig(folder + file)).config));
  });

  it.each(readdirSync(`${folder}comparisons`).filter((file) => file.endsWith('.json')))(
    'comparisons/%s is whole',
    async (file) => {
      const { config } = await loadConfig(`${folder}comparisons/${file}`);
      const { experiment, variants } = comparisonOf(config, file, { on: 'both' });
      const whole = parseExperiment(experiment);
      await checkWhole(whole);
      const registry = await loadRegistry(whole.plugins, [folder]);
      const named = variants.flatMap(({ model }) => Object.entries(model)) as [Role, Spec][];
      for (const [role, quantizer] of named.filter(([, spec]) => typeof spec === 'object')) {
        expect(registry.make('quantizers', quantizer, role).name).toBe((quantizer as { quantizer: string }).quantizer);
      }
    },
  );

  it('the README shows one of them', async () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    const shown = JSON.parse(/```json\n(.*?)```/s.exec(readme)![1]!) as unknown;
    expect(shown).toEqual((await loadConfig(`${folder}cifar10-l-sspq20-w4a4.json`)).config);
  });

  it.each(files.filter((file) => file.endsWith('-float.json')))('%s is the twin of a few-bit one', async (file) => {
    const float = parseExperiment((await loadConfig(folder + file)).config);
    const twins = files.filter((each) => each !== file && each.startsWith(file.replace('float.json', '')));
    expect(twins).not.toHaveLength(0);
    const alike = ({ data, stages, batchSize, seed }: typeof float) => ({
      data,
      batchSize,
      seed,
      stages: stages.map(({ name: _name, precision: _precision, ...stage }) => stage),
    });
    for (const each of twins) {
      const { initialWeights, ...twin } = parseExperiment((await loadConfig(folder + each)).config);
      if (initialWeights === undefined) expect(alike(twin)).toEqual(alike(float));
      // where `npx lowbit train` puts the run of the float twin, which it goes on from with stages of its own
      else expect(initialWeights).toBe(`../runs/${path.basename(file, '.json')}-${float.seed}`);
    }
  });
});

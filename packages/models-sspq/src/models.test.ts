import '@tensorflow/tfjs-backend-cpu';
import { createRegistry } from '@lowbit/plugin-api';
import quantCore from '@lowbit/quant-core';
import { describe, expect, it } from 'vitest';
import plugin from './index.js';

const registry = createRegistry([quantCore, plugin]);

describe('the plugin', () => {
  it('brings the models by their names, with the published inputs', () => {
    const names = registry.list('models').map(({ name }) => name);
    expect(names).toEqual(
      [
        ...['sspq50', 'l-sspq50', 'sspq20', 'l-sspq20', 'sspq20wide', 'l-sspq20wide', 'sspq34', 'l-sspq34'],
        ...[
          'sspq28wide',
          'l-sspq28wide',
          'sspq-digits',
          'l-sspq-digits',
          'asl50',
          'resibshift50',
          'resnet50',
          'resnet20',
        ],
      ].sort((a, b) => a.localeCompare(b)),
    );
  });

  it('makes a model through the registry', () => {
    const context = { inputShape: [28, 28, 1], classes: 7, seed: 3, registry };
    const model = registry.make(
      'models',
      { model: 'l-sspq-digits', weights: { quantizer: 'dorefa', bits: 2 } },
      context,
    );
    expect(model.name).toBe('l-sspq-digits');
    expect(model.inputs[0]!.shape).toEqual([null, 28, 28, 1]);
    expect(model.outputs[0]!.shape).toEqual([null, 7]);
    model.dispose();
  });
});

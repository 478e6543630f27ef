import { leavesNoTensors } from '@lowbit/testing';
import { describeModel } from '@lowbit/graph';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import models from '@lowbit/models-sspq';
import { createRegistry } from '@lowbit/plugin-api';
import quantCore, { withPrecision } from '@lowbit/quant-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { lower } from './lower.js';
import { compare } from './testing/compare.js';
import { free, randomize } from './testing/models.js';

const registry = createRegistry([models, quantCore]);

function build(spec: object, inputShape = [8, 8, 1]): LayersModel {
  const context = { inputShape, classes: 10, seed: 3, registry };
  return randomize(registry.make('models', spec as { model: string }, context) as LayersModel, 7);
}

const images = (count: number, shape: number[]) => tf.randomUniform([count, ...shape], -1, 1, 'float32', 5);

describe('l-sspq-digits', () => {
  it.each(['float', 'rounded-shift', 4, 8] as const)(
    'with %s after the shift computes what the model does',
    (afterShift) =>
      leavesNoTensors(() => {
        const model = build({ model: 'l-sspq-digits', afterShift });
        const x = images(2, [8, 8, 1]);
        const { codes, differing, unexplained, outputs } = compare(model, x);
        expect(unexplained).toBe(0);
        // a value is this near to one of 15 thresholds a few times in 100,000
        expect(differing).toBeLessThan(codes * 1e-4);
        if (differing === 0) expect(outputs).toBeLessThan(2e-6);
        expect(outputs).toBeLessThan(0.05);
        x.dispose();
        free(model);
      }),
  );

  it('reads only codes in its few-bit convolutions, but for the stem where blocks begin without an activation', () => {
    const readsReal = (afterShift: 'float' | 'rounded-shift' | 4, floatInputs: 'float' | 8) => {
      const model = build({ model: 'l-sspq-digits', afterShift });
      const { nodes, parameters } = lower(model, { floatInputs });
      const made = new Map(nodes.map((node) => [node.name, node.op]));
      free(model);
      return nodes.flatMap((node) => {
        if (node.op !== 'conv2d' || parameters[node.kernel]!.kind === 'float32') return [];
        return ['quantize', 'shift'].includes(made.get(node.inputs[0]!)!) ? [] : [node.name.split('/').at(-1)!];
      });
    };
    const count = (names: string[], name: string) => names.filter((each) => each === name).length;
    const [float, rounded, four, eight] = [
      readsReal('float', 'float'),
      readsReal('rounded-shift', 'float'),
      readsReal(4, 'float'),
      readsReal('float', 8),
    ];
    expect(count(float, 'pointwise2')).toBeGreaterThan(0);
    expect([rounded, four, eight].map((names) => count(names, 'pointwise2'))).toEqual([0, 0, 0]);
  });

  it('with inputs of 8 bits stays within half a step of the float islands', () =>
    leavesNoTensors(() => {
      const model = build({ model: 'l-sspq-digits' });
      const x = images(2, [8, 8, 1]);
      const found = withPrecision({ activations: 'float' }, () => compare(model, x, { floatInputs: 8 }));
      expect(found.graph.nodes.some(({ op }) => op === 'quantize')).toBe(true);
      expect(found.outputs).toBeGreaterThan(1e-6);
      expect(found.outputs).toBeLessThan(0.03);
      x.dispose();
      free(model);
    }));

  it('at float weights and activations is the float network', () =>
    leavesNoTensors(() => {
      const model = build({ model: 'l-sspq-digits' });
      const x = images(2, [8, 8, 1]);
      const found = withPrecision({ weights: 'float', activations: 'float' }, () => compare(model, x));
      expect(found.outputs).toBeLessThan(2e-6);
      expect(Object.values(found.graph.parameters).every(({ kind }) => kind === 'float32')).toBe(true);
      x.dispose();
      free(model);
    }));
});

it.each([
  [
    { quantizer: 'dorefa', bits: 2 },
    { quantizer: 'dorefa', bits: 2 },
  ],
  [
    { quantizer: 'twn', bits: 2 },
    { quantizer: 'dorefa', bits: 3 },
  ],
] as const)('resnet20 with %j and %j computes what the model does', (weights, activations) =>
  leavesNoTensors(() => {
    const model = build({ model: 'resnet20', widths: [4, 6, 8], weights, activations }, [16, 16, 3]);
    const x = images(2, [16, 16, 3]);
    const { codes, differing, unexplained, outputs, graph } = compare(model, x);
    expect(unexplained).toBe(0);
    expect(differing).toBeLessThan(codes * 1e-4);
    expect(outputs).toBeLessThan(differing === 0 ? 2e-6 : 0.1);
    // batch normalization is in the convolutions
    expect(graph.nodes.filter(({ op }) => op === 'affine').length).toBeLessThan(4);
    x.dispose();
    free(model);
  }),
);

it.each([2, 8])('resnet20 of %i bits with a quantized stem is integers but for stem and classifier', (bits) =>
  leavesNoTensors(() => {
    const dorefa = { quantizer: 'dorefa', bits };
    const spec = { model: 'resnet20', widths: [4, 6], blocks: [1, 1], weights: dorefa, activations: dorefa };
    const model = build({ ...spec, stem: { quantized: true, pool: true } }, [16, 16, 3]);
    const x = images(2, [16, 16, 3]);
    const { graph, unexplained } = compare(model, x);
    expect(unexplained).toBe(0);
    const { nodes } = describeModel(graph);
    const islands = nodes.filter(({ arithmetic, bytes }) => arithmetic === 'float' && bytes > 0);
    expect(islands.map(({ name }) => name)).toEqual(['stem/conv', 'classifier/dense']);
    x.dispose();
    free(model);
  }),
);

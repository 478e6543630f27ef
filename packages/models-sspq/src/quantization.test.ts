import '@tensorflow/tfjs-backend-cpu';
import { withPrecision, type QuantizedLayer } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { model as functionalModel, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lSspq20, lSspqDigits, resnet20, sspq20 } from './models.js';
import type { PlanLayer } from './plan/node.js';

const W1A4 = { weights: { quantizer: 'dorefa', bits: 1 }, activations: { quantizer: 'dorefa', bits: 4 } } as const;
const context = { inputShape: [16, 16, 3], classes: 5, seed: 11 };

let images: tf.Tensor;
beforeAll(() => {
  images = tf.randomNormal([3, 16, 16, 3], 0, 1, 'float32', 4);
});
afterAll(() => {
  images.dispose();
});

/** What these layers of a model put out for `images`, with the batch's own statistics. */
function outputsOf(model: LayersModel, names: readonly string[], training = true): Float32Array[] {
  const outputs = names.map((name) => model.getLayer(name).output as SymbolicTensor);
  const probe = functionalModel({ inputs: model.inputs, outputs });
  return tf.tidy(() => {
    const values = probe.apply(images, { training }) as tf.Tensor | tf.Tensor[];
    return (Array.isArray(values) ? values : [values]).map((value) => value.dataSync<'float32'>().slice());
  });
}

const onGrid = (values: Float32Array, top: number) => values.every((v) => Math.fround(Math.round(v * top) / top) === v);

/** The layers that read quantized activations, by what they read. */
function gridReaders(layers: readonly PlanLayer[]): PlanLayer[] {
  return layers.filter(({ name, op }) => op === 'shift' || /\/(shortcut|pointwise1)$|^last\/pointwise$/.test(name));
}

it('quantizes the gradients that come back through its convolutions but the first', () => {
  const gradients = { quantizer: 'dorefa', bits: 2, noise: 'none' } as const;
  // narrow, since the cpu backend's gradients of convolutions are slow
  const narrow = { ...W1A4, widths: [4, 8], blocks: [2, 2] };
  const kernelGradients = (options: object): Float32Array[] => {
    const model = lSspqDigits({ ...narrow, ...options }, context);
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const named = tf.tidy(() => {
      const { grads } = tf.variableGrads(() => tf.sum(model.apply(images, { training: true }) as tf.Tensor), variables);
      return variables.map(({ name }) => grads[name]!.dataSync<'float32'>().slice());
    });
    model.dispose();
    return named;
  };
  const [float, coarse] = [kernelGradients({}), kernelGradients({ gradients })];
  expect(coarse.map(({ length }) => length)).toEqual(float.map(({ length }) => length));
  expect(coarse).not.toEqual(float);
  expect(kernelGradients({ gradients: 'float' })).toEqual(float);
  const plan = lSspqDigits.plan({ ...narrow, gradients }, context);
  const quantized = plan.layers
    .filter((layer) => layer.op === 'conv' && layer.gradientQuantizer)
    .map(({ name }) => name);
  expect(quantized).not.toContain('stem/conv');
  expect(quantized.length).toBe(plan.layers.filter(({ op }) => op === 'conv').length - 1);
});

describe('at W1A4', () => {
  it('every 1×1 kernel has exactly two values, and the first convolution stays float', () => {
    const model = lSspq20(W1A4, context);
    const kernels = model.layers.filter((layer) => layer.getClassName() === 'QuantConv2D');
    expect(kernels.length).toBe(lSspq20.plan().layers.filter((layer) => layer.op === 'conv').length - 1);
    for (const layer of kernels) {
      const { kernel } = (layer as unknown as QuantizedLayer).quantizedWeights();
      expect(new Set(kernel!.dataSync()).size, layer.name).toBe(2);
      kernel!.dispose();
    }
    expect(model.getLayer('stem/conv').getClassName()).toBe('Conv2D');
    expect(model.getLayer('classifier/dense').getClassName()).toBe('Dense');
    model.dispose();
  });

  it.each([
    ['l-sspq20', lSspq20, {}, /^stem/, 2],
    ['sspq20', sspq20, {}, /^stem/, 2],
    // in the CIFAR script the whole first group works without activations before its first convolutions
    ['l-sspq20 by the CIFAR script', lSspq20, { expansion: 1 }, /^stem|^group0\/block\d\/add/, 2],
  ] as const)(
    '%s: what enters a shift, a shortcut or a first 1×1 is a multiple of 1/15',
    (_, build, options, free, count) => {
      const readers = gridReaders(build.plan({ ...W1A4, ...options }, context).layers);
      const read = [...new Set(readers.map(({ inputs }) => inputs[0]!))];
      const outside = read.filter((name) => free.test(name));
      const inside = read.filter((name) => !free.test(name));
      expect(outside.length).toBeLessThanOrEqual(count);
      expect(inside.length).toBeGreaterThan(10);

      const model = build({ ...W1A4, ...options }, context);
      outputsOf(model, inside).forEach((values, i) => {
        expect(onGrid(values, 15), inside[i]).toBe(true);
        expect(new Set(values).size, inside[i]).toBeGreaterThan(2);
      });
      model.dispose();
    },
  );

  it('the classifier reads activations that are quantized again after the pool', () => {
    const model = lSspq20(W1A4, context);
    const [pooled, quantized] = outputsOf(model, ['classifier/pool', 'classifier/activation']);
    expect(onGrid(pooled!, 15)).toBe(false);
    expect(onGrid(quantized!, 15)).toBe(true);
    model.dispose();
  });
});

describe('a quantized stem', () => {
  it.each([{}, { pool: true }])('%j leaves no convolution but the first to read real numbers', (stem) => {
    const readsCodes = (quantized: boolean) => {
      const { layers } = resnet20.plan({ ...W1A4, stem: { ...stem, quantized } }, context);
      const made = new Map(layers.map((layer) => [layer.name, layer]));
      const source = (name: string): string => {
        const { op, inputs } = made.get(name)!;
        return op === 'max-pool' ? source(inputs[0]!) : op;
      };
      return layers.flatMap((layer) => (layer.op === 'conv' && layer.quantizer ? source(layer.inputs[0]!) : []));
    };
    expect(new Set(readsCodes(true))).toEqual(new Set(['quantize']));
    expect(readsCodes(false).filter((op) => op === 'relu')).toHaveLength(1);
  });
});

describe('afterShift', () => {
  const read = (afterShift: 'float' | 'rounded-shift' | 2 | 8) => {
    const options = { ...W1A4, afterShift };
    const plan = lSspq20.plan(options, context);
    const reader = plan.layers.find(({ name }) => name === 'group1/block0/pointwise2')!;
    const model = lSspq20(options, context);
    const [values] = outputsOf(model, [reader.inputs[0]!]);
    model.dispose();
    return values!;
  };

  it("'float': the second 1×1 sees interpolated values off the grid, still in [0, 1]", () => {
    const values = read('float');
    expect(onGrid(values, 15)).toBe(false);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
  });

  it("'rounded-shift': whole offsets keep the values on the grid", () =>
    expect(onGrid(read('rounded-shift'), 15)).toBe(true));
  it('bits: values are quantized again, to those bits', () => {
    expect(onGrid(read(2), 3)).toBe(true);
    expect(onGrid(read(8), 255)).toBe(true);
    expect(onGrid(read(8), 15)).toBe(false);
  });

  it("takes the kind of shift that 'shift' names", () => {
    const classOf = (options: Parameters<typeof lSspqDigits>[0]) => {
      const model = lSspqDigits(options);
      const name = model.getLayer('group0/block0/shift').getClassName();
      model.dispose();
      return name;
    };
    expect(classOf({})).toBe('ActiveShift2D');
    expect(classOf({ shift: 'sparse' })).toBe('SparseShift2D');
    expect(classOf({ shift: 'grouped' })).toBe('GroupedShift2D');
    expect(classOf({ afterShift: 'rounded-shift' })).toBe('SparseShift2D');
  });
});

describe('the float twin', () => {
  const float = { weights: 'float', activations: { quantizer: 'dorefa', bits: 'float' } } as const;

  it('is the quantized model in a float scope, bit for bit', () => {
    const quantized = lSspq20(W1A4, context);
    const twin = lSspq20(float, context);
    const scoped = withPrecision({ weights: 'float', activations: 'float' }, () =>
      outputsOf(quantized, ['classifier/dense']),
    );
    expect(scoped).toEqual(outputsOf(twin, ['classifier/dense']));
    expect(outputsOf(quantized, ['classifier/dense'])).not.toEqual(scoped);
    quantized.dispose();
    twin.dispose();
  });

  it('keeps the clip of DoReFa, which ReLU has not', () => {
    const highest = (options: Parameters<typeof lSspq20>[0]) => {
      const model = lSspq20(options, context);
      const [values] = outputsOf(model, ['group0/block0/activation']);
      model.dispose();
      return Math.max(...values!);
    };
    expect(highest(float)).toBe(1);
    expect(highest({ weights: 'float', activations: 'relu' })).toBeGreaterThan(1.5);
  });
});

import { createRegistry, LowbitError, type DescribesStorage } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { layers, loadLayersModel, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import plugin, { activeShift, activeShift2d, groupedShift2d, sparseShift, sparseShift2d } from '../index.js';
import { backends, on } from '../testing/backends.js';

const network = (): LayersModel =>
  sequential({
    layers: [
      groupedShift2d({ name: 'grouped', inputShape: [9, 7, 11] }),
      activeShift2d({ name: 'active', stride: 2, seed: 3, shiftGradient: { clip: 2 }, integerOffset: 'central' }),
      sparseShift2d({ name: 'sparse', seed: 4, radius: 2, integerOffset: 'one-sided', learningRateScale: 0.01 }),
      layers.flatten(),
      layers.dense({ units: 1, kernelInitializer: 'ones' }),
    ],
  });

async function saved(model: LayersModel): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return artifacts!;
}

const shiftsOf = (layer: InstanceType<typeof layers.Layer>) => [...layer.getWeights()[0]!.dataSync()];
const output = (model: LayersModel, x: tf.Tensor) => tf.tidy(() => [...(model.predict(x) as tf.Tensor).dataSync()]);

describe.each(await backends())('on %s', (backend) => {
  it('a saved model is the same model when it is loaded', () =>
    on(backend, async () => {
      const model = network();
      const artifacts = await saved(model);
      const again = await loadLayersModel(tf.io.fromMemory(artifacts));
      const x = tf.randomNormal([3, 9, 7, 11], 0, 1, 'float32', 1);
      expect(output(again, x)).toEqual(output(model, x));
      const config = ({ layers: all }: LayersModel) => all.map((layer) => layer.getConfig());
      expect(config(again)).toEqual(config(model));
      expect(again.getLayer('active').getConfig()).toMatchObject({
        stride: 2,
        seed: 3,
        shiftGradient: { clip: 2 },
        integerOffset: 'central',
        radius: Math.SQRT1_2,
        l1: 0,
        learningRateScale: 1,
      });
      x.dispose();
      model.dispose();
      again.dispose();
    }));

  it('a layer applies its op to its shifts', () =>
    on(backend, () => {
      const x = tf.randomNormal<tf.Rank.R4>([2, 5, 6, 7], 0, 1, 'float32', 2);
      for (const [layer, op] of [
        [activeShift2d({ inputShape: [5, 6, 7], stride: 2 }), activeShift],
        [sparseShift2d({ inputShape: [5, 6, 7], stride: 2 }), sparseShift],
      ] as const) {
        const model = sequential({ layers: [layer] });
        expect(layer.outputShape).toEqual([null, 3, 3, 7]);
        expect(layer.getWeights()[0]!.shape).toEqual([2, 7]);
        const expected = tf.tidy(() => [...op(x, layer.getWeights()[0] as tf.Tensor2D, { stride: 2 }).dataSync()]);
        expect(output(model, x)).toEqual(expected);
        model.dispose();
      }
      x.dispose();
    }));

  it('shifts are learned by model.fit, and a frozen layer keeps its own', () =>
    on(backend, async () => {
      const x = tf.randomNormal([8, 9, 7, 11], 0, 1, 'float32', 3);
      const y = tf.zeros([8, 1]);
      const model = network();
      const frozen = model.getLayer('sparse');
      frozen.trainable = false;
      const before = [shiftsOf(model.getLayer('active')), shiftsOf(frozen)];
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      await model.fit(x, y, { epochs: 1, verbose: 0 });
      const after = [shiftsOf(model.getLayer('active')), shiftsOf(frozen)];
      expect(after[0]).not.toEqual(before[0]);
      expect(after[0]!.every(Number.isFinite)).toBe(true);
      expect(after[1]).toEqual(before[1]);
      model.dispose();
      tf.dispose([x, y]);
    }));
});

describe('a layer', () => {
  it('starts its shifts in the range of its paper, the same for the same seed', () =>
    on('cpu', () => {
      const built = [
        activeShift2d({ inputShape: [4, 4, 2000], seed: 1 }),
        sparseShift2d({ inputShape: [4, 4, 2000], seed: 1 }),
        activeShift2d({ inputShape: [4, 4, 2000], radius: 0 }),
        activeShift2d({ inputShape: [4, 4, 2000], seed: 1 }),
        activeShift2d({ inputShape: [4, 4, 2000], seed: 2 }),
      ].map((layer) => sequential({ layers: [layer] }));
      const [active, sparse, zero, same, other] = built.map((model) => shiftsOf(model.layers[0]!));
      const range = (values: number[]) => [Math.min(...values), Math.max(...values)];
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value) / values.length;
      expect(range(active!).map((value) => Math.round(value * 100) / 100)).toEqual([-0.71, 0.71]);
      expect(range(sparse!).map((value) => Math.round(value * 100) / 100)).toEqual([-1, 1]);
      expect(Math.abs(mean(active!))).toBeLessThan(0.03);
      expect(zero!.every((value) => value === 0)).toBe(true);
      expect(same).toEqual(active);
      expect(other).not.toEqual(active);
      built.forEach((model) => model.dispose());
    }));

  it('says what it stores and how fast it learns', () =>
    on('cpu', () => {
      const active = activeShift2d({ inputShape: [4, 4, 6], learningRateScale: 0.01 });
      expect(active.describeStorage()).toEqual([]);
      const model = sequential({ layers: [active, sparseShift2d(), groupedShift2d()] });
      const rows = model.layers.map((layer) => (layer as typeof layer & DescribesStorage).describeStorage());
      const shifts = { weight: 'shifts', kind: 'shift', count: 12, bits: 32 };
      expect(rows).toEqual([[shifts], [shifts], []]);
      expect(model.countParams()).toBe(24);
      expect(active.learningRateScales()).toEqual({ shifts: 0.01 });
      model.dispose();
    }));

  it('has the L1 penalty as a loss', () =>
    on('cpu', () => {
      const layer = sparseShift2d({ inputShape: [4, 4, 1], l1: 0.5 });
      const model = sequential({ layers: [layer, activeShift2d()] });
      const weights = tf.tensor2d([[-3], [0.5]]);
      layer.setWeights([weights]);
      const losses = model.layers.flatMap((each) => each.calculateLosses());
      expect(losses.map((loss) => loss.dataSync()[0])).toEqual([1.75]);
      tf.dispose([losses, weights]);
      model.dispose();
    }));

  it('leaves what it does not know of a shape unknown', () => {
    expect(activeShift2d({ stride: 2 }).computeOutputShape([null, null, 5, 3])).toEqual([null, null, 3, 3]);
    expect(groupedShift2d({ stride: 3 }).computeOutputShape([null, 7, null, 3])).toEqual([null, 3, null, 3]);
  });

  it('refuses what it cannot use', () => {
    expect(() => sequential({ layers: [activeShift2d({ inputShape: [4, 3] })] })).toThrow(LowbitError);
    expect(() => sequential({ layers: [groupedShift2d({ inputShape: [4, 4, null] })] })).toThrow('of known channels');
    expect(() => activeShift2d({ radius: -1 })).toThrow(
      'a radius is not negative, in activeShift2d at radius, received -1',
    );
    expect(() => groupedShift2d({ kernel: 3 } as object)).toThrow("unknown key 'kernel', in groupedShift2d");
  });
});

describe('the plugin', () => {
  it('brings the layers by name', () =>
    on('cpu', () => {
      const registry = createRegistry([plugin]);
      expect(registry.list('layers').map(({ name }) => name)).toEqual([
        'active-shift',
        'grouped-shift',
        'sparse-shift',
      ]);
      const layer = registry.make('layers', { layer: 'active-shift', stride: 2, radius: 1 }, undefined);
      expect(layer.getConfig()).toMatchObject({ stride: 2, radius: 1, integerOffset: 'reference' });
      expect(registry.make('layers', 'grouped-shift', undefined).getClassName()).toBe('GroupedShift2D');
      expect(() => registry.make('layers', { layer: 'sparse-shift', strides: 2 }, undefined)).toThrow(
        "unknown key 'strides'",
      );
    }));
});

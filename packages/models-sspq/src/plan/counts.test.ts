import '@tensorflow/tfjs-backend-cpu';
import { dorefaWeights, kilokibibytes, mebibytes, modelSize, type ModelSize } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { models } from '../models.js';
import { planSize } from './size.js';

const kibibytes = (size: ModelSize) => size.bits / 8 / 1024;
const sizeOf = (name: keyof typeof models, options = {}) => planSize(models[name].plan(options));

/** Parameters of the layers whose names begin so. */
function under(size: ModelSize, prefix: string): number {
  return size.perLayer.filter(({ layer }) => layer.startsWith(prefix)).reduce((sum, { count }) => sum + count, 0);
}

describe("counts of CIFAR's ResNets", () => {
  // the spec's counts, less the two moving statistics of each channel, which are no parameters
  it.each([
    ['ResNet20', {}, 273_658 - 2 * 688],
    ['ResNet20 of width 10', { widths: [10, 20, 40] }, 107_800 - 2 * 430],
    ['ResNet32', { blocks: [5, 5, 5] }, 468_986 - 2 * 1136],
  ] as const)('%s', (_, options, parameters) => {
    expect(sizeOf('resnet20', options).parameters).toBe(parameters);
  });
});

describe('counts of the ImageNet models', () => {
  it.each([
    ['sspq50', {}, 14_262_312],
    ['resibshift50', {}, 14_262_312],
    ['l-sspq50', {}, 11_668_520],
    ['l-sspq50', { secondBn: false }, 11_642_408],
    ['resnet50', {}, 25_557_032],
    ['asl50', {}, 22_231_976],
  ] as const)('%s %o has %i parameters', (name, options, parameters) => {
    expect(sizeOf(name, options).parameters).toBe(parameters);
  });

  it('takes the bytes that the spec derives at one bit', () => {
    expect(kibibytes(sizeOf('sspq50'))).toBe(9816.65625);
    expect(kibibytes(sizeOf('l-sspq50'))).toBe(3652.65625);
    expect(kibibytes(sizeOf('l-sspq50', { secondBn: false }))).toBe(3550.65625);
    expect(sizeOf('l-sspq50').bytes).toBe(3652.65625 * 1024);
    expect(kilokibibytes(sizeOf('l-sspq50', { secondBn: false }).bits)).toBeCloseTo(3.55, 2);
    expect(mebibytes(sizeOf('resnet50').bits)).toBeCloseTo(97.49, 2);
    expect(mebibytes(sizeOf('resibshift50').bits)).toBeCloseTo(54.41, 2);
  });

  it('agrees with the spec group by group', () => {
    const groups = (size: ModelSize) => [0, 1, 2, 3].map((g) => under(size, `group${g}/block`));
    const ends = (size: ModelSize) => [0, 1, 2, 3].map((g) => under(size, `group${g}/norm`));
    const heavy = sizeOf('sspq50');
    expect(under(heavy, 'stem/conv')).toBe(9_408);
    expect(under(heavy, 'stem/norm')).toBe(128);
    expect(groups(heavy)).toEqual([105_728, 631_808, 3_567_616, 7_890_944]);
    expect(ends(heavy)).toEqual([512, 1_024, 2_048, 4_096]);
    expect(under(heavy, 'classifier')).toBe(2_049_000);

    const light = sizeOf('l-sspq50');
    expect(groups(light)).toEqual([105_728, 631_808, 3_567_616, 5_783_552]);
    expect(under(light, 'last/pointwise')).toBe(1_048_576);
    expect(under(light, 'last/norm')).toBe(1_024);
    expect(under(light, 'classifier')).toBe(513_000);
  });

  it('agrees with the spec kind by kind, in KiB', () => {
    const kinds = (size: ModelSize) =>
      Object.fromEntries(size.perKind.map(({ kind, bits }) => [kind, Math.round(bits / 8 / 102.4) / 10]));
    expect(kinds(sizeOf('sspq50'))).toEqual({
      conv: 36.8,
      shift: 29.5,
      pointwise: 1480.5,
      dense: 8003.9,
      'batch-norm': 266,
    });
    expect(kinds(sizeOf('l-sspq50'))).toEqual({
      conv: 36.8,
      shift: 25.5,
      pointwise: 1352.5,
      dense: 2003.9,
      'batch-norm': 234,
    });
  });

  it('puts batch norm into the first block of each ASL group when asked', () => {
    // 2 values for each of 64 + 256 + 512 + 1024 channels
    expect(sizeOf('asl50', { firstPreactivation: true }).parameters).toBe(22_231_976 + 3_712);
  });
});

describe('counts of the CIFAR models', () => {
  it.each([
    ['sspq20', 'l-sspq20', 1, 102_266, 85_114],
    ['sspq20wide', 'l-sspq20wide', 1, 529_722, 462_650],
    ['sspq34', 'l-sspq34', 1, 179_396, 162_244],
    ['sspq28wide', 'l-sspq28wide', 1, 663_252, 596_180],
    ['sspq20', 'l-sspq20', 4, 526_650, 454_970],
    ['sspq20wide', 'l-sspq20wide', 4, 2_598_858, 2_324_426],
    ['sspq34', 'l-sspq34', 4, 828_628, 722_388],
    ['sspq28wide', 'l-sspq28wide', 4, 3_126_052, 2_782_500],
  ] as const)('%s and %s with expansion %i', (heavy, light, expansion, parameters, lightParameters) => {
    expect(sizeOf(heavy, { expansion }).parameters).toBe(parameters);
    expect(sizeOf(light, { expansion }).parameters).toBe(lightParameters);
  });
});

describe('counts of the digits models', () => {
  it.each([
    ['l-sspq-digits', 66_242],
    ['sspq-digits', 75_714],
  ] as const)('%s has %i parameters', (name, parameters) => expect(sizeOf(name).parameters).toBe(parameters));
});

describe('a model that is built', () => {
  // a TF.js model lists its layers by depth, a plan in the order they are written
  const sorted = ({ perLayer, perKind, ...sums }: ModelSize) => ({
    ...sums,
    perLayer: [...perLayer].sort((a, b) => `${a.layer}/${a.weight}`.localeCompare(`${b.layer}/${b.weight}`)),
    perKind: [...perKind].sort((a, b) => a.kind.localeCompare(b.kind)),
  });
  const expectPlanned = (name: keyof typeof models, options = {}) => {
    const before = tf.memory().numTensors;
    const model = models[name](options);
    expect(sorted(modelSize(model))).toEqual(sorted(planSize(models[name].plan(options))));
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  };

  it('takes what its plan says, weight by weight: L-SSPQ50', () => expectPlanned('l-sspq50'));

  it.each(Object.keys(models) as (keyof typeof models)[])('%s does with narrow groups', (name) => {
    const widths = Array.from(models[name].plan().layers.filter((layer) => /^group\d\/block0\/add$/.test(layer.name)));
    expectPlanned(name, { widths: widths.map((_, group) => 3 + 2 * group) });
  });

  it.each([1, 2, 4] as const)('does with expansion %i', (expansion) => expectPlanned('l-sspq20', { expansion }));

  it('counts two bits as two', () => {
    const weights = dorefaWeights({ bits: 2 });
    const pointwise = (size: ModelSize) => size.perKind.find(({ kind }) => kind === 'pointwise')!;
    expect(pointwise(planSize(models['l-sspq50'].plan({ weights }))).bits).toBe(2 * 11_079_680);
  });
});

import '@tensorflow/tfjs-backend-cpu';
import { createRegistry, LowbitError, type Plugin } from '@lowbit/plugin-api';
import quantCore, { dorefaActivations, dorefaWeights } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asl50, lSspq20, lSspq50, lSspqDigits, resnet50, sspq20, sspq50 } from './models.js';
import { planSize } from './plan/size.js';

/** The one line that a call is refused with. */
function refusal(call: () => unknown): string {
  const before = tf.memory().numTensors;
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(LowbitError);
    expect((error as LowbitError).code).toBe('config');
    expect(tf.memory().numTensors).toBe(before);
    return (error as LowbitError).message;
  }
  throw new Error('nothing was refused');
}

describe('bad options are refused in one line', () => {
  const build = (options: object) => refusal(() => lSspqDigits(options as never));

  it.each([
    [
      { width: [8] },
      "unknown key 'width', in model 'l-sspq-digits', received [8]; did you mean 'widths' or 'weights'?",
    ],
    [{ widths: [0, 16] }, "a width must be at least 1, in model 'l-sspq-digits' at widths.0, received 0"],
    [{ widths: [8, 2.5] }, "a width must be a whole number, in model 'l-sspq-digits' at widths.1, received 2.5"],
    [{ blocks: [-1, 2] }, "a number of blocks must be at least 1, in model 'l-sspq-digits' at blocks.0, received -1"],
    [{ expansion: 0 }, "expansion must be at least 1, in model 'l-sspq-digits' at expansion, received 0"],
    [{ expansion: 1.5 }, "expansion must be a whole number, in model 'l-sspq-digits' at expansion, received 1.5"],
    [
      { shift: 'random' },
      "shift must be 'active', 'sparse' or 'grouped', in model 'l-sspq-digits' at shift, received 'random'",
    ],
    [
      { afterShift: 9 },
      "afterShift must be 'float', 'rounded-shift' or 1 to 8 bits, in model 'l-sspq-digits' at afterShift, received 9",
    ],
    [
      { stem: { filter: 3 } },
      "unknown key 'filter', in model 'l-sspq-digits' at stem, received 3; did you mean 'filters'?",
    ],
  ])('%o', (options, message) => expect(build(options)).toBe(message));

  it('widths and blocks of different groups', () => {
    expect(build({ widths: [8, 16, 32] })).toMatch(/^widths and blocks must name the same groups: 3 widths, 2 numbers/);
  });

  it('a last group that L-SSPQ would leave empty, which SSPQ may have', () => {
    expect(build({ blocks: [2, 1] })).toMatch(/^L-SSPQ leaves out the last block/);
    expect(sspq20.plan({ blocks: [1, 1, 1, 1] }).layers.length).toBeGreaterThan(0);
  });

  it('quantizers: none that is known, bad bits, not a quantizer at all', () => {
    expect(build({ weights: { quantizer: 'doreaf', bits: 1 } })).toBe(
      "unknown quantizer 'doreaf', in model 'l-sspq-digits' at weights; did you mean 'dorefa'?",
    );
    expect(build({ activations: { quantizer: 'dorefa', bits: 9 } })).toMatch(/bits must be a whole number from 1 to 8/);
    expect(build({ weights: 3 })).toMatch(
      /^name a quantizer, as in \{ "quantizer": "dorefa", "bits": 4 \}, or write "float"/,
    );
    expect(build({ activations: 'relu', afterShift: 4 })).toMatch(/^afterShift in bits needs quantized activations/);
  });

  it('options of another architecture', () => {
    expect(refusal(() => resnet50({ shift: 'active' } as never))).toMatch(/^unknown key 'shift'/);
    expect(refusal(() => asl50({ secondBn: false } as never))).toMatch(/^unknown key 'secondBn'/);
  });

  it('a bad number anywhere, whichever it is', () => {
    const bad = fc.oneof(fc.integer({ max: 0 }), fc.double({ noInteger: true, noNaN: true }), fc.constant(NaN));
    fc.assert(
      fc.property(bad, fc.constantFrom('widths', 'blocks', 'expansion'), (value, key) => {
        refusal(() => lSspqDigits.plan({ [key]: key === 'expansion' ? value : [2, value] } as never));
      }),
    );
  });
});

describe('bad inputs are refused in one line', () => {
  it('the digits model on 224²', () => {
    expect(refusal(() => lSspqDigits({}, { inputShape: [224, 224, 3] }))).toBe(
      "the model was laid out for images of 8 to 32 pixels a side, in model 'l-sspq-digits', received [224,224,3]; " +
        'resize them, take another model, or give this one a stem of your own',
    );
  });

  it('an ImageNet model on CIFAR images', () => {
    expect(refusal(() => sspq50({}, { inputShape: [32, 32, 3] }))).toMatch(/images of 64 to 1024 pixels a side/);
  });

  it('not an image, or no class', () => {
    expect(refusal(() => lSspq20({}, { inputShape: [3072] }))).toMatch(/^the model reads images, .* received \[3072\]/);
    expect(refusal(() => lSspq20({}, { inputShape: [32, 0, 3] }))).toMatch(/^the model reads images/);
    expect(refusal(() => lSspq20({}, { classes: 0 }))).toMatch(/^the number of classes must be a whole number/);
  });

  it('smaller than the strides allow', () => {
    const options = { widths: [4, 4, 4, 4, 4], blocks: [1, 1, 1, 1, 2] };
    const context = { inputShape: [8, 8, 1] };
    expect(refusal(() => lSspqDigits(options, context))).toMatch(
      /^the input is too small for the strides of 'l-sspq-digits': layer 'group4\/block0\/shift' halves a map of one pixel/,
    );
    expect(lSspqDigits.plan(options, { inputShape: [16, 16, 1] }).layers.length).toBeGreaterThan(0);
  });

  it('with a stem of one’s own, an ImageNet model reads small images', () => {
    const stem = { kernelSize: 3, strides: 1, pool: false };
    const plan = lSspq50.plan({ stem }, { inputShape: [32, 32, 3], classes: 10 });
    expect(plan.layers.find(({ name }) => name === 'group3/norm')!.shape).toEqual([4, 4, 2048]);
  });
});

describe('quantizers', () => {
  it('may be objects or names, from any registry', () => {
    const mine: Plugin = {
      name: 'mine',
      apiVersion: 1,
      quantizers: { mine: () => ({ ...dorefaWeights({ bits: 2 }), name: 'mine' }) },
    };
    const registry = createRegistry([quantCore, mine]);
    const byName = lSspq20.plan({ weights: 'mine' }, { registry });
    const byObject = lSspq20.plan({ weights: dorefaWeights({ bits: 2 }), activations: dorefaActivations({ bits: 4 }) });
    expect(planSize(byName)).toEqual(planSize(byObject));
    expect(refusal(() => lSspq20.plan({ weights: 'mine' }))).toMatch(/^unknown quantizer 'mine'/);
  });

  it("count what a quantizer learns, as the model's layers do", () => {
    const state = [
      { name: 'clip', shape: () => [1], initial: 6, trainable: true },
      { name: 'seen', shape: () => [1], initial: 0, trainable: false },
    ];
    const weights = { ...dorefaWeights({ bits: 2 }), state };
    const rows = planSize(lSspq20.plan({ weights })).perLayer.filter(({ kind }) => kind === 'quantizer');
    const convolutions = lSspq20.plan().layers.filter(({ op }) => op === 'conv').length;
    expect(rows).toHaveLength(convolutions - 1);
    expect(rows[0]).toEqual({
      layer: 'group0/block0/pointwise1',
      weight: 'weights_clip',
      kind: 'quantizer',
      count: 1,
      bits: 32,
      trainable: true,
    });
  });
});

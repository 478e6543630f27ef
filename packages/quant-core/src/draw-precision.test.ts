import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { pick } from './draw-precision.js';
import {
  dorefaActivations,
  dorefaWeights,
  drawPrecision,
  quantActivation,
  quantDense,
  withObserver,
  withPrecision,
  type Site,
} from './index.js';

const quantizer = dorefaWeights({ bits: 3 });
const site = (layer: string, role: Site['role'] = 'weights'): Site => ({ layer, role, quantizer });
const layers = Array.from({ length: 4000 }, (_, i) => `layer${i}`);

describe('drawPrecision', () => {
  it('draws each with its share', () => {
    const draw = drawPrecision({ weights: [2, 4, [8, 2]] }, 1);
    const drawn = layers.map((layer) => draw(site(layer)));
    const shares = [2, 4, 8].map((bits) => drawn.filter((each) => each === bits).length / layers.length);
    [0.25, 0.25, 0.5].forEach((share, i) => expect(Math.abs(shares[i]! - share)).toBeLessThan(0.03));
  });

  it('repeats by its seed, whatever is asked before, and differs by layer, role and seed', () => {
    const choices = { weights: [2, 4, 8], activations: [2, 4, 8] } as const;
    const [one, again, other] = [drawPrecision(choices, 5), drawPrecision(choices, 5), drawPrecision(choices, 6)];
    const drawn = layers.map((layer) => one(site(layer)));
    expect(
      layers
        .toReversed()
        .map((layer) => again(site(layer)))
        .toReversed(),
    ).toEqual(drawn);
    const agreement = (with_: (layer: string) => unknown) =>
      layers.filter((layer, i) => with_(layer) === drawn[i]).length / layers.length;
    expect(agreement((layer) => other(site(layer)))).toBeCloseTo(1 / 3, 1);
    expect(agreement((layer) => one(site(layer, 'activations')))).toBeCloseTo(1 / 3, 1);
    expect(one(site('x', 'gradients'))).toBeUndefined();
  });

  // specification "SPEQ": uniforms and u = 0.5, "draw < u → n_A"
  it('takes the lower precision below its probability', () => {
    const choices = [
      [2, 0.5],
      [8, 0.5],
    ] as const;
    expect([0.12, 0.71, 0.5, 0.49, 0.93].map((at) => pick(choices, at))).toEqual([2, 8, 8, 2, 8]);
    expect(
      [0, 0.999_999].map((at) =>
        pick(
          [
            [2, 0],
            [4, 1],
            [8, 0],
          ] as const,
          at,
        ),
      ),
    ).toEqual([4, 4]);
  });

  it('holds for one forward pass, inside of other scopes, and ends when it throws', () => {
    const model = sequential({
      layers: [
        quantActivation({ name: 'a', inputShape: [3], quantizer: dorefaActivations({ bits: 3 }) }),
        quantDense({ name: 'b', units: 2, kernelQuantizer: quantizer }),
        quantDense({ name: 'c', units: 2, kernelQuantizer: quantizer }),
      ],
    });
    const seen: unknown[] = [];
    const pass = () =>
      tf.tidy(
        () =>
          void withObserver(
            ({ layer, quantizer: used }) => seen.push([layer, used.bits]),
            () => model.apply(tf.ones([1, 3])),
          ),
      );
    const draw = drawPrecision(
      {
        weights: [
          [1, 1],
          [8, 0],
        ],
      },
      3,
    );
    withPrecision({ weights: 'float', activations: 4 }, () => {
      withPrecision(draw, pass);
      expect(() =>
        withPrecision(draw, () => {
          throw new Error('inside');
        }),
      ).toThrow('inside');
      pass();
    });
    const at = (activations: unknown, weights: unknown) => [
      ['a', activations],
      ['b', weights],
      ['c', weights],
    ];
    expect(seen).toEqual([...at(4, 1), ...at(4, 'float')]);
    model.dispose();
  });

  it.each([
    [{ weights: [9] }, /bits must be a whole number.*choices of weights, received 9/],
    [{ activations: [] }, /nothing to draw from, in choices of activations, received \[\]; list precisions/],
    [{ weights: [[2, -1]] }, /nothing to draw from/],
    [{ weights: [[2, 0]] }, /nothing to draw from/],
  ])('refuses %j', (choices, message) => {
    expect(() => drawPrecision(choices as never, 0)).toThrow(message);
  });
});

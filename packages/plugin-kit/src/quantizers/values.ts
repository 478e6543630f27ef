import { LowbitError } from '@lowbit/plugin-api';
import { decode } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { rule } from '../rule.js';
import { inspect, shapeOf } from '../show.js';
import { firstDifference } from '../values.js';
import { onEach, placeOf } from './each.js';
import { contextWith, precisions, sampleOf, stateFor, type QuantizerSubject } from './subject.js';

const shape = rule<QuantizerSubject>('quantize keeps the shape and gives float32', (subject, on) => {
  onEach(subject, on, ({ quantizer, x, context, broken }) => {
    const y = quantizer.quantize(x, context);
    if (y.dtype !== 'float32' || !tf.util.arraysEqual(y.shape, x.shape)) {
      throw broken(`float32 ${shapeOf(x.shape)}`, `${y.dtype} ${shapeOf(y.shape)}`);
    }
  });
});

const codes = rule<QuantizerSubject>('codes are int32 of the shape of x, each the index of a level', (subject, on) => {
  onEach(subject, on, ({ quantizer, x, context, broken }) => {
    const { codes, codebook } = quantizer.encode(x, context);
    if (codes.dtype !== 'int32' || !tf.util.arraysEqual(codes.shape, x.shape)) {
      throw broken(`int32 ${shapeOf(x.shape)}`, `${codes.dtype} ${shapeOf(codes.shape)}`);
    }
    const levels = codebook.shape.at(-1)!;
    const data = codes.dataSync();
    const wrong = data.findIndex((code) => !(Number.isInteger(code) && code >= 0 && code < levels));
    if (wrong >= 0) throw broken(`codes from 0 to ${levels - 1}`, `${data[wrong]} ${placeOf(x, wrong)}`);
  });
});

const levels = rule<QuantizerSubject>(
  'the code book is float32 [levels] or [...grid, levels], at most 2^bits levels',
  (subject, on) => {
    onEach(subject, on, ({ quantizer, bits, x, context, broken }) => {
      const { codebook } = quantizer.encode(x, context);
      const grid = codebook.shape.slice(0, -1);
      const count = codebook.shape.at(-1) ?? 0;
      if (codebook.dtype !== 'float32') throw broken('float32', codebook.dtype);
      if (count < 1 || count > 2 ** bits) throw broken(`1 to ${2 ** bits} levels`, `${count} levels`);
      const divides = grid.length === x.rank && grid.every((blocks, i) => blocks > 0 && x.shape[i]! % blocks === 0);
      if (grid.length > 0 && !divides) {
        throw broken(`a grid of as many axes as ${shapeOf(x.shape)}, each size a divisor`, shapeOf(grid));
      }
    });
  },
);

const law = rule<QuantizerSubject>('decode(encode(x)) equals quantize(x) bit for bit', (subject, on) => {
  onEach(subject, on, ({ quantizer, x, context, broken }) => {
    for (const channelAxis of x.rank > 2 ? [x.rank - 1, x.rank - 2] : [x.rank - 1]) {
      // state has the shape that the last axis asks for; that of another is made from x
      const at = channelAxis === x.rank - 1 ? context : { seed: 1, channelAxis };
      const decoded = decode(quantizer.encode(x, at)).dataSync();
      const quantized = quantizer.quantize(x, at).dataSync();
      const wrong = firstDifference(decoded, quantized);
      if (wrong >= 0) {
        const where = `${placeOf(x, wrong)} (channelAxis ${channelAxis})`;
        throw broken(`quantize's ${inspect(quantized[wrong])}`, `${inspect(decoded[wrong])} ${where}`);
      }
    }
  });
});

const finite = rule<QuantizerSubject>('finite values are quantized to finite values', (subject, on) => {
  onEach(subject, on, ({ quantizer, x, context, finite: wanted, broken }) => {
    const data = quantizer.quantize(x, context).dataSync();
    const wrong = wanted ? data.findIndex((value) => !Number.isFinite(value)) : -1;
    if (wrong >= 0) throw broken('a finite value', `${data[wrong]} ${placeOf(x, wrong)}`);
  });
});

const notFinite = rule<QuantizerSubject>(
  'NaN and infinities are refused by a LowbitError when encoded, or obey the law',
  (subject, on) => {
    for (const { bits, quantizer } of precisions(subject)) {
      for (const bad of [NaN, Infinity, -Infinity]) {
        on(`${bad} among ordinary values at ${bits} bits`, (broken) =>
          tf.tidy(() => {
            const sample = sampleOf(subject);
            const context = contextWith(quantizer, stateFor(quantizer, sample));
            const x = tf.tensor(Float32Array.from(sample.dataSync()).fill(bad, 3, 4), sample.shape);
            try {
              const encoded = quantizer.encode(x, context);
              const wrong = firstDifference(decode(encoded).dataSync(), quantizer.quantize(x, context).dataSync());
              if (wrong >= 0)
                throw broken('the law, or a LowbitError', `other bits of decode(encode(x)) ${placeOf(x, wrong)}`);
            } catch (error) {
              if (!(error instanceof LowbitError)) throw error;
            }
          }),
        );
      }
    }
  },
);

const idempotent = rule<QuantizerSubject>('quantizing twice changes nothing, where that is claimed', (subject, on) => {
  if (!subject.idempotent) return;
  onEach(subject, on, ({ quantizer, x, context, broken }) => {
    if (quantizer.state?.length && !context.state) return;
    const once = quantizer.quantize(x, context);
    const twice = quantizer.quantize(once, context).dataSync();
    const wrong = firstDifference(twice, once.dataSync());
    if (wrong >= 0) throw broken(`${once.dataSync()[wrong]} again`, `${twice[wrong]} ${placeOf(x, wrong)}`);
  });
});

const seeded = rule<QuantizerSubject>(
  'the same seed gives the same bits; another seed others only where that is declared',
  (subject, on) => {
    for (const { bits, quantizer } of precisions(subject)) {
      on(`ordinary values at ${bits} bits`, (broken) =>
        tf.tidy(() => {
          const x = sampleOf(subject);
          const state = stateFor(quantizer, x);
          const bitsOf = (seed: number): ArrayLike<number> =>
            quantizer.quantize(x, contextWith(quantizer, state, { seed })).dataSync();
          const first = bitsOf(1);
          const again = firstDifference(first, bitsOf(1));
          if (again >= 0) throw broken('the same bits of the same seed', `others ${placeOf(x, again)}`);
          const other = firstDifference(first, bitsOf(2));
          if (subject.random && other < 0) throw broken('other bits of another seed (random: true)', 'the same');
          if (!subject.random && other >= 0) {
            throw broken('the same bits of every seed (random: false)', `others ${placeOf(x, other)}`);
          }
        }),
      );
    }
  },
);

/** What quantize and encode promise of values, shapes and types. */
export const valueRules = [shape, codes, levels, law, finite, notFinite, idempotent, seeded];

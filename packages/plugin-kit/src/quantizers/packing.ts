import { decode } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { rule } from '../rule.js';
import { firstDifference } from '../values.js';
import { onEach } from './each.js';
import type { QuantizerSubject } from './subject.js';

/** Codes at `bits` bits each, the lowest bit first, without gaps. */
export function pack(codes: ArrayLike<number>, bits: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((codes.length * bits) / 8));
  for (let i = 0; i < codes.length * bits; i++) {
    const bit = (codes[Math.floor(i / bits)]! >> (i % bits)) & 1;
    bytes[i >> 3]! |= bit << (i & 7);
  }
  return bytes;
}

/** What {@link pack} did, undone. */
export function unpack(bytes: Uint8Array, bits: number, count: number): Int32Array {
  const codes = new Int32Array(count);
  for (let i = 0; i < count * bits; i++)
    codes[Math.floor(i / bits)]! |= ((bytes[i >> 3]! >> (i & 7)) & 1) << (i % bits);
  return codes;
}

const packed = rule<QuantizerSubject>(
  'codes packed at bits a value and unpacked stand for the same values',
  (subject, on) => {
    onEach(subject, on, ({ quantizer, bits, x, context, broken }) => {
      const { codes, codebook } = quantizer.encode(x, context);
      const file = pack(codes.dataSync(), bits);
      const unpacked = tf.tensor(unpack(file, bits, x.size), codes.shape, 'int32');
      const wrong = firstDifference(unpacked.dataSync(), codes.dataSync());
      if (wrong >= 0)
        throw broken(
          `the code ${codes.dataSync()[wrong]} in ${bits} bits`,
          `${unpacked.dataSync()[wrong]} at [${wrong}]`,
        );
      const other = firstDifference(
        decode({ codes: unpacked, codebook }).dataSync(),
        quantizer.quantize(x, context).dataSync(),
      );
      if (other >= 0) throw broken('the values of quantize', `others at [${other}]`);
    });
  },
);

/** What storage promises. */
export const packingRules = [packed];

import type { Encoded, Precision } from '@lowbit/plugin-api';
import { LowbitError } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { merged } from './blocks.js';
import { lookup } from './lookup.js';
import { allFinite } from './on-host.js';

/**
 * The values that codes stand for: float32 of the shape of `codes`, level by level out of the code book.
 *
 * The law: `decode(quantizer.encode(x, c))` equals `quantizer.quantize(x, c)` bit for bit.
 */
export function decode({ codes, codebook }: Encoded): tf.Tensor {
  if (codes.size === 0) return tf.zeros(codes.shape);
  if (codebook.rank === 1) return lookup(codebook as tf.Tensor1D, codes);
  return tf.tidy(() => {
    const grid = codebook.shape.slice(0, -1);
    const levels = codebook.shape.at(-1)!;
    // each axis as blocks and what lies within them, so that where a block's levels begin broadcasts
    const split = merged(
      codes.shape.flatMap((size, i) => [
        { size: grid[i]!, kept: grid[i]! > 1 },
        { size: size / grid[i]!, kept: false },
      ]),
    );
    const blocks = grid.reduce((product, size) => product * size, 1);
    const starts = tf.reshape(
      tf.range(0, blocks * levels, levels, 'int32'),
      split.map(({ size, kept }) => (kept ? size : 1)),
    );
    const places = split.map(({ size }) => size);
    const index = tf.add(tf.reshape(codes, places), starts);
    return tf.reshape(lookup(tf.reshape(codebook, [-1]), index), codes.shape);
  });
}

/** Disposes the codes and the code book. */
export function disposeEncoded({ codes, codebook }: Encoded): void {
  tf.dispose([codes, codebook]);
}

/** The bits of a quantizer that is asked for codes. @throws LowbitError at 'float', which has none */
export function codedBits(bits: Precision, quantizer: string): number {
  if (bits !== 'float') return bits;
  throw new LowbitError('config', {
    what: 'a float quantizer has no codes',
    where: `quantizer '${quantizer}'`,
    hint: 'give it 1 to 8 bits, or store the values as they are',
  });
}

/** Refuses values that no code stands for. @throws LowbitError when `x` holds NaN or an infinity */
export function checkFinite(x: tf.Tensor, quantizer: string): void {
  if (x.size === 0 || allFinite(x)) return;
  throw new LowbitError('data', {
    what: 'NaN or an infinity cannot be encoded',
    where: `quantizer '${quantizer}', tensor of shape [${x.shape.join(', ')}]`,
    hint: 'find the step at which training diverged, or load the last good checkpoint',
  });
}

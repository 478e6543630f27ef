// A side that encodes many weights at each step. side.ts QUANTIZER BITS MILLIONS
import { pickBackend } from '@lowbit/backends';
import { createRegistry } from '@lowbit/plugin-api';
import quantCore, { disposeEncoded } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { serve, timed } from '../run/serve.js';

const [, , quantizer, bits, millions] = process.argv;

await serve(async () => {
  const { simd } = await pickBackend('wasm');
  const made = createRegistry([quantCore]).make('quantizers', { quantizer, bits: Number(bits) }, 'weights');
  const layers = Array.from({ length: Number(millions) }, (_, seed) =>
    tf.randomNormal([1, 1, 1000, 1000], 0, 0.05, 'float32', seed),
  );
  const step = () =>
    timed(async () => {
      for (const weights of layers) {
        const encoded = made.encode(weights);
        await encoded.codes.data();
        disposeEncoded(encoded);
      }
    });
  const about = `wasm, ${simd} SIMD, ${millions} layers of a million weights at ${bits} bits`;
  return { about, versions: { node: process.versions.node, tfjs: tf.version_core }, requests: { step } };
});
process.exit(0);

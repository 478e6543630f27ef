import * as tf from '@tensorflow/tfjs-core';
import { hasKernels, hostOf, registerKernels, run } from '../kernels.js';

/** A step of LSTM cells: inputs { z, c }, attributes { hard }, see {@link lstmCell}; gives h and the next c. */
export const LstmCell = 'LstmCell';
/** Its gradient: inputs { dh, dNext, z, c, next }, attributes { hard }; gives those of z and c. */
export const LstmCellGrad = 'LstmCellGrad';

registerKernels({
  [LstmCell]({ inputs: { z, c }, backend, attrs }) {
    const { exports, address, output } = hostOf(backend as tf.KernelBackend);
    const [rows, units] = c!.shape as [number, number];
    const [h, next] = [output(c!.shape), output(c!.shape)];
    exports.lstmCell(address(z!), address(c!), address(h), address(next), rows, units, hardOf(attrs));
    return [h, next];
  },
  [LstmCellGrad]({ inputs: { dh, dNext, z, c, next }, backend, attrs }) {
    const { exports, address, output } = hostOf(backend as tf.KernelBackend);
    const [rows, units] = c!.shape as [number, number];
    const gradients = [output(z!.shape), output(c!.shape)];
    const addresses = [dh!, dNext!, z!, c!, next!, ...gradients].map(address);
    exports.lstmCellGradient(...addresses, rows, units, hardOf(attrs));
    return gradients;
  },
});

const hardOf = (attrs: unknown) => Number((attrs as { hard: boolean }).hard);

// `customGrad` takes one result alone
tf.registerGradient({
  kernelName: LstmCell,
  inputsToSave: ['z', 'c'],
  outputsToSave: [false, true],
  gradFunc(dy, [z, c, next], attrs) {
    const [dh, dNext] = dy as tf.Tensor[];
    const inputs = { dh: dh!, dNext: dNext!, z: z!, c: c!, next: next! };
    const [dz, dc] = run<tf.Tensor[]>(LstmCellGrad, inputs, attrs) as [tf.Tensor, tf.Tensor];
    return { z: () => dz, c: () => dc };
  },
});

/** A gate's activation: the sigmoid, or Keras' `hardSigmoid`, 0.2 x + 0.5 within [0, 1]. */
export type GateActivation = 'hardSigmoid' | 'sigmoid';

/**
 * A step of LSTM cells: c′ = f·c + i·tanh(z_g) and h = o·tanh(c′), i, f, o being the gates' activations of z_i, z_f and z_o. One pass over
 * memory forwards and one backwards on TF.js's WASM backend, a composition of core ops elsewhere; they differ by the rounding of tanh
 * and sigmoid, a few units in the last place of 1. Hochreiter & Schmidhuber, 1997, with the forget gate of Gers et al., 2000.
 *
 * @param z pre-activations of the gates in Keras' order, [rows, 4·units]: z_i, z_f, z_g, z_o
 * @param c the cells' state, [rows, units]
 * @param gates their activation, as `recurrentActivation` of `tf.layers.lstm`
 * @returns h and c′, [rows, units] each
 * @throws RangeError shapes that do not fit each other
 */
export function lstmCell(
  z: tf.Tensor2D,
  c: tf.Tensor2D,
  gates: GateActivation = 'hardSigmoid',
): [h: tf.Tensor2D, next: tf.Tensor2D] {
  const [rows, units] = c.shape;
  if (z.shape[0] !== rows || z.shape[1] !== 4 * units) {
    throw new RangeError(
      `lstmCell takes z of shape [rows, 4·units] for c of [rows, units], received [${z.shape}] and [${c.shape}]`,
    );
  }
  const isHard = gates === 'hardSigmoid';
  if (c.dtype === 'float32' && hasKernels(z, LstmCell)) {
    return run<tf.Tensor[]>(LstmCell, { z, c }, { hard: isHard }) as [tf.Tensor2D, tf.Tensor2D];
  }
  return tf.tidy(() => {
    const gate = (x: tf.Tensor2D) => (isHard ? hardSigmoid(x) : tf.sigmoid(x));
    const [zi, zf, zg, zo] = tf.split(z, 4, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    const next = tf.add<tf.Tensor2D>(tf.mul(gate(zf), c), tf.mul(gate(zi), tf.tanh(zg)));
    return [tf.mul<tf.Tensor2D>(gate(zo), tf.tanh(next)), next];
  });
}

function hardSigmoid(x: tf.Tensor2D): tf.Tensor2D {
  return tf.clipByValue(tf.add<tf.Tensor2D>(tf.mul(x, 0.2), 0.5), 0, 1);
}

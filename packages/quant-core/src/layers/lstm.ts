import * as tf from '@tensorflow/tfjs-core';
import { hasKernels } from '../kernels.js';
import { LstmCell, lstmCell, type GateActivation } from './lstm-cell.js';
import './orthogonal.js';
import { LSTM, LSTMCell, type LstmArgs } from './stock.js';

/** `tf.layers.lstmCell` whose step is {@link lstmCell}, where the backend has a kernel for that. */
class OnePassLSTMCell extends LSTMCell {
  static readonly className = 'LSTMCell';

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[] {
    const [x, h, c] = inputs as tf.Tensor2D[];
    const gates = this.#gates();
    if (!gates || !hasKernels(x!, LstmCell)) return super.call(inputs, kwargs);
    return tf.tidy(() => {
      const [kernel, recurrentKernel] = [this.kernel.read(), this.recurrentKernel.read()] as tf.Tensor2D[];
      const z = tf.add<tf.Tensor2D>(
        tf.matMul(x!, kernel!),
        tf.fused.matMul({ a: h!, b: recurrentKernel!, bias: this.bias?.read() }),
      );
      const [output, next] = lstmCell(z, c!, gates);
      return [output, output, next];
    });
  }

  /** What the gates' activation is, where {@link lstmCell} computes all of a step. */
  #gates(): GateActivation | undefined {
    const gates = this.recurrentActivation.getClassName();
    const isKnown = gates === 'hardSigmoid' || gates === 'sigmoid';
    const drops = this.dropout > 0 || this.recurrentDropout > 0;
    return isKnown && !drops && this.activation?.getClassName() === 'tanh' ? gates : undefined;
  }
}

/**
 * `tf.layers.lstm` with each step's gates, its state and its output computed in one pass over memory, and their gradients in another,
 * where the backend has a kernel for it: that is TF.js's WASM backend, with `activation` tanh, `recurrentActivation` hardSigmoid or
 * sigmoid, and no dropout. Otherwise it computes as the stock layer does.
 *
 * It is saved under the stock layer's name, so that any TF.js program loads a model that has it; what copies a layer by its name, as
 * `tf.layers.bidirectional` does, makes stock ones.
 */
export class Lstm extends LSTM {
  static override readonly className: string = 'LSTM';

  constructor(args: LstmArgs) {
    super(args);
    const { name } = this.cell;
    this.cell = new OnePassLSTMCell({ ...args, name });
  }
}

/** An LSTM; the options of `tf.layers.lstm`. */
export function lstm(args: LstmArgs): Lstm {
  return new Lstm(args);
}

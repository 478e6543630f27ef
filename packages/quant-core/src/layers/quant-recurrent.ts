import { serialization } from '@tensorflow/tfjs-core';
import type { RNN } from '@tensorflow/tfjs-layers';
import type { QuantizerOrSpec } from '../resolve.js';
import { Lstm } from './lstm.js';
import { quantizedLayer, type KernelQuantizers, type QuantizedParts } from './quantized-layer.js';
import { GRU, SimpleRNN, type GruArgs, type LstmArgs, type SimpleRnnArgs } from './stock.js';

/** What a recurrent layer takes besides the options of its stock layer. */
export interface RecurrentQuantizers extends KernelQuantizers {
  /** Quantizes the matrix from one step's state to the next, [units, gates · units]; `kernelQuantizer` that of the input. */
  readonly recurrentQuantizer?: QuantizerOrSpec;
}

const recurrent: QuantizedParts = {
  weights: [
    { option: 'kernelQuantizer', weight: 'kernel', field: 'kernel', channelAxis: 1 },
    { option: 'recurrentQuantizer', weight: 'recurrent_kernel', field: 'recurrentKernel', channelAxis: 1 },
  ],
  kindOf: () => 'recurrent',
  holder: ({ cell }) => cell,
};

/** `tf.layers.lstm` with quantized matrices, and a kernel for its cell as {@link Lstm} has. */
export class QuantLSTM extends quantizedLayer<LstmArgs, RecurrentQuantizers>(Lstm, recurrent) {
  static readonly className: string = 'QuantLSTM';
}

/** `tf.layers.gru` with quantized matrices. */
export class QuantGRU extends quantizedLayer<GruArgs, RecurrentQuantizers>(GRU, recurrent) {
  static readonly className: string = 'QuantGRU';
}

/** `tf.layers.simpleRNN` with quantized matrices. */
export class QuantSimpleRNN extends quantizedLayer<SimpleRnnArgs, RecurrentQuantizers>(SimpleRNN, recurrent) {
  static readonly className: string = 'QuantSimpleRNN';
}

for (const layer of [QuantLSTM, QuantGRU, QuantSimpleRNN]) {
  serialization.registerClass(layer as unknown as serialization.SerializableConstructor<serialization.Serializable>);
}

/**
 * An LSTM whose matrices are quantized, once for a whole sequence, and float underneath. Biases are not quantized.
 *
 * @throws LowbitError an unknown quantizer or bad options of one
 */
export function quantLstm(args: LstmArgs & RecurrentQuantizers): QuantLSTM & RNN {
  return new QuantLSTM(args) as QuantLSTM & RNN;
}

/** A GRU whose matrices are quantized, as {@link quantLstm}'s are. */
export function quantGru(args: GruArgs & RecurrentQuantizers): QuantGRU & RNN {
  return new QuantGRU(args) as QuantGRU & RNN;
}

/** A simple RNN whose matrices are quantized, as {@link quantLstm}'s are. */
export function quantSimpleRnn(args: SimpleRnnArgs & RecurrentQuantizers): QuantSimpleRNN & RNN {
  return new QuantSimpleRNN(args) as QuantSimpleRNN & RNN;
}

import { serialization } from '@tensorflow/tfjs-core';
import type { QuantizerOrSpec } from '../resolve.js';
import { Attention, type AttentionArgs, type Operand } from './attention.js';
import { quantizedLayer, type CommonQuantizers, type StockConstructor } from './quantized-layer.js';
import type { StockLayer } from './stock.js';

/**
 * What attention takes besides its sizes: quantizers of its projections (`queryKernelQuantizer` to `outputKernelQuantizer`), of what goes
 * into them (`inputQuantizer`, `contextQuantizer` where keys and values have an input of their own, `outputInputQuantizer`), and of the
 * operands of its two products: `queryQuantizer` and `keyQuantizer` of the scores, `probabilityQuantizer` and `valueQuantizer` of the rest.
 * All but the probabilities have both signs.
 */
export type AttentionQuantizers = CommonQuantizers &
  Readonly<
    Partial<Record<`${'query' | 'key' | 'value' | 'output'}KernelQuantizer` | `${Operand}Quantizer`, QuantizerOrSpec>>
  >;

const projection = (name: string) => ({
  option: `${name}KernelQuantizer`,
  weight: `${name}_kernel`,
  field: `${name}Kernel`,
  channelAxis: 1,
});

const operand = (name: Operand) => ({
  option: `${name}Quantizer`,
  name,
  shapeOf: (layer: StockLayer, inputShape: Parameters<StockLayer['build']>[0]) =>
    (layer as unknown as Attention).operandShapes(inputShape)[name],
});

/** Multi-head attention with quantizers of its projections and operands. */
export class QuantAttention extends quantizedLayer<AttentionArgs, AttentionQuantizers>(
  Attention as unknown as StockConstructor<AttentionArgs>,
  {
    weights: ['query', 'key', 'value', 'output'].map(projection),
    operands: (['context', 'query', 'key', 'probability', 'value', 'outputInput'] as const).map(operand),
    kindOf: () => 'attention',
  },
) {
  static readonly className: string = 'QuantAttention';
}

serialization.registerClass(
  QuantAttention as unknown as serialization.SerializableConstructor<serialization.Serializable>,
);

/**
 * Multi-head attention, softmax(Q·Kᵀ/√d)·V for each head, with quantizers wherever there is a product: Vaswani et al., 2017, §3.2. Input:
 * x [batch, places, features], or [x, context] for keys and values of another sequence. Result: [batch, places of x, outputDimension].
 * A mask of what keys come from (as `tf.layers.embedding` with `maskZero` makes one) is heeded. Biases are never quantized, nor is what
 * goes into the softmax: only its result.
 *
 * @throws LowbitError an unknown quantizer or bad options of one
 */
export function quantAttention(args: AttentionArgs & AttentionQuantizers): QuantAttention {
  return new QuantAttention(args);
}

import { LowbitError } from '@lowbit/plugin-api';
import { serialization } from '@tensorflow/tfjs-core';
import type { QuantizerOrSpec } from '../resolve.js';
import { quantizedLayer, type CommonQuantizers } from './quantized-layer.js';
import { Embedding, type EmbeddingArgs } from './stock.js';

/** What an embedding takes besides the options of its stock layer. What comes in are indices: nothing to quantize. */
export interface EmbeddingQuantizers extends Omit<CommonQuantizers, 'inputQuantizer'> {
  /** Quantizes the table [words, features]; by channel, each word has levels of its own. */
  readonly embeddingsQuantizer?: QuantizerOrSpec;
}

/** `tf.layers.embedding` with a quantized table. */
export class QuantEmbedding extends quantizedLayer<EmbeddingArgs, EmbeddingQuantizers>(Embedding, {
  weights: [{ option: 'embeddingsQuantizer', weight: 'embeddings', field: 'embeddings', channelAxis: 0 }],
  kindOf: () => 'embedding',
}) {
  static readonly className: string = 'QuantEmbedding';

  constructor(args: EmbeddingArgs & EmbeddingQuantizers) {
    super(args);
    if (!this.slots.has('inputQuantizer')) return;
    throw new LowbitError('config', {
      what: 'the input of an embedding is indices, which cannot be quantized',
      where: `layer '${this.name}'`,
      hint: 'give its table an embeddingsQuantizer, and the layer after it an inputQuantizer',
    });
  }
}

serialization.registerClass(
  QuantEmbedding as unknown as serialization.SerializableConstructor<serialization.Serializable>,
);

/**
 * An embedding whose table is quantized in the forward pass and float underneath.
 *
 * @throws LowbitError an unknown quantizer or bad options of one; a quantizer of the input
 */
export function quantEmbedding(args: EmbeddingArgs & EmbeddingQuantizers): QuantEmbedding {
  return new QuantEmbedding(args);
}

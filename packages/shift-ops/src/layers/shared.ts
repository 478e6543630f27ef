import { LowbitError } from '@lowbit/plugin-api';
import { serialization, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import * as z from 'zod';
import { outputShape, type ImageShape } from '../implementation.js';

/** The shape of a layer's input; null where it is not known. */
export type LayerShape = (number | null)[];

/** The options that every layer of TensorFlow.js has, those of them that are plain. */
export interface CommonLayerArgs {
  readonly name?: string;
  readonly trainable?: boolean;
  /** Shape of one input, [height, width, channels], where the layer is a model's first. */
  readonly inputShape?: LayerShape;
  /** The same with the size of the batch. */
  readonly batchInputShape?: LayerShape;
  readonly dtype?: 'float32';
}

const shape = z.array(z.int().positive().nullable());

/** Schemas of {@link CommonLayerArgs}. */
export const commonLayerArgs = {
  name: z.string().min(1).optional(),
  trainable: z.boolean().optional(),
  inputShape: shape.optional(),
  batchInputShape: shape.optional(),
  dtype: z.literal('float32').optional(),
};

/** The one input of a layer. */
export function imagesOf(inputs: Tensor | Tensor[]): Tensor4D {
  return (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor4D;
}

/**
 * The channels of a layer's input shape.
 *
 * @throws LowbitError unless it is [n, height, width, channels] with channels known
 */
export function channelsOf(inputShape: unknown, where: string): number {
  const sizes = oneShape(inputShape);
  const channels = sizes[3];
  if (sizes.length === 4 && typeof channels === 'number') return channels;
  const hint = 'give it images [height, width, channels]';
  throw new LowbitError('config', {
    what: 'a shift layer wants images of known channels',
    where,
    received: sizes,
    hint,
  });
}

/** [n, ⌈height / stride⌉, ⌈width / stride⌉, channels]; what is not known stays so. */
export function stridedShape(inputShape: unknown, stride: number): LayerShape {
  const sizes = oneShape(inputShape);
  const strided = outputShape(sizes as ImageShape, stride);
  return strided.map((size, axis) => (sizes[axis] === null ? null : size));
}

function oneShape(inputShape: unknown): LayerShape {
  const sizes = inputShape as LayerShape | LayerShape[];
  return (Array.isArray(sizes[0]) ? sizes[0] : sizes) as LayerShape;
}

/** Makes a layer from its config, without what TensorFlow.js adds to a config when it loads a model. */
export function layerFromConfig<T extends serialization.Serializable>(
  layer: serialization.SerializableConstructor<T>,
  { customObjects: _, ...config }: serialization.ConfigDict,
): T {
  return new layer(config);
}

/** Lets TensorFlow.js make a layer again from its config; `className` is what saved models call it. */
export function registerLayer<Args>(layer: {
  new (args: Args): InstanceType<typeof layers.Layer>;
  className: string;
}): void {
  serialization.registerClass(layer as unknown as serialization.SerializableConstructor<serialization.Serializable>);
}

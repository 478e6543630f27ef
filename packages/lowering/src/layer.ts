import type { QuantizerSlot } from '@lowbit/quant-core';
import type { LayersModel, LayerVariable, SymbolicTensor } from '@tensorflow/tfjs-layers';

/** A layer of TensorFlow.js, whose class it declares but does not export. */
export type Layer = LayersModel['layers'][number];

/** An activation function of `tf.layers`. */
export interface LayerActivation {
  getClassName(): string;
}

/** What the rules read of the inside of layers. What a layer of a class has is known where its rule is; here all is optional. */
export interface LayerParts {
  readonly slots?: ReadonlyMap<string, QuantizerSlot>;
  readonly activation?: LayerActivation | null;
  readonly recurrentActivation?: LayerActivation | null;
  readonly kernel: LayerVariable;
  readonly depthwiseKernel: LayerVariable;
  readonly pointwiseKernel: LayerVariable;
  readonly recurrentKernel: LayerVariable;
  readonly embeddings: LayerVariable;
  readonly bias?: LayerVariable | null;
  readonly gamma?: LayerVariable | null;
  readonly beta?: LayerVariable | null;
  readonly movingMean: LayerVariable;
  readonly movingVariance: LayerVariable;
  readonly foldedKernel: LayerVariable;
  readonly epsilon: number;
  readonly dataFormat?: string;
  readonly strides: readonly number[];
  readonly padding: string;
  readonly dilationRate: number | readonly number[];
  readonly poolSize: readonly number[];
  readonly axis?: number | readonly number[];
  readonly cell: Layer;
  readonly layer: Layer;
  readonly forwardLayer: Layer;
  readonly backwardLayer: Layer;
  readonly mergeMode?: string | null;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
  readonly maskZero?: boolean;
}

/** The inside of a layer. */
export function partsOf(layer: Layer): LayerParts {
  return layer as unknown as LayerParts;
}

/** The sizes of a shape but for the batch; undefined where one is not known. */
export function exampleShape({ shape }: Pick<SymbolicTensor, 'shape'>): number[] | undefined {
  const sizes = shape.slice(1);
  return sizes.every((size) => size !== null) ? (sizes as number[]) : undefined;
}

/** The values of a variable, in float64 so that what follows is rounded once. */
export function valuesOf(variable: LayerVariable): Float64Array {
  return Float64Array.from(variable.read().dataSync());
}

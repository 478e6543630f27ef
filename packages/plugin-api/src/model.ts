import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Registry } from './registry.js';

/** What a model builder is told besides its options. */
export interface ModelContext {
  /** Shape of one input without the batch axis. */
  readonly inputShape: readonly number[];
  /** Number of classes: the width of the logits. */
  readonly classes: number;
  /** Seeds the initial weights. */
  readonly seed: number;
  /** Makes the quantizers that the options name. */
  readonly registry: Registry;
}

/** Kinds of layer that sizes are summed by. */
export type LayerKind =
  | 'conv'
  | 'pointwise'
  | 'depthwise'
  | 'shift'
  | 'dense'
  | 'batch-norm'
  | 'embedding'
  | 'recurrent'
  | 'attention'
  | 'quantizer'
  | 'other';

/** What one weight of a layer takes when it is stored. */
export interface WeightStorage {
  /** The weight's name inside its layer: 'kernel', 'bias'. */
  readonly weight: string;
  readonly kind: LayerKind;
  /** Number of values. */
  readonly count: number;
  /** Bits per value: 32 for float, the quantizer's bits otherwise. */
  readonly bits: number;
}

/** A layer that knows what its weights take when they are stored. Layers that do not are counted at 32 bits. */
export interface DescribesStorage {
  describeStorage(): readonly WeightStorage[];
}

/** Writes a trained model in some format. */
export interface Exporter {
  readonly name: string;
  /** File ending with its dot: '.onnx'. */
  readonly extension: string;
  write(model: LayersModel): Promise<Uint8Array>;
}

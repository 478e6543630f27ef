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

/** What an exporter is told besides the model. */
export interface ExportContext {
  /**
   * What the inputs that the model was trained on were made of the stored ones by: x / inputMax, less pixelMean (each place's), less mean, by
   * std (each channel's). An exporter puts it in front, so that the exported network reads the stored inputs, or says it beside the network.
   */
  readonly normalization?: {
    readonly inputMax: number;
    readonly mean?: readonly number[];
    readonly std?: readonly number[];
    readonly pixelMean?: readonly number[];
  };
  /** The classes' names, in the order of the outputs. */
  readonly labels?: readonly string[];
  /** What else a format that has room for it keeps, as text by name. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Writes a trained model in some format, as it is at the precision of the scopes around the call. */
export interface Exporter {
  readonly name: string;
  /** File ending with its dot, '.onnx'; of a format of several files none: '' stands for a folder. */
  readonly extension: string;
  /**
   * @returns the file, or of a format of several files each by its name
   * @throws LowbitError ('unsupported') a layer that the format cannot say
   */
  write(model: LayersModel, context?: ExportContext): Uint8Array | Readonly<Record<string, Uint8Array>>;
}

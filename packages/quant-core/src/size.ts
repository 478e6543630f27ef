import type { DescribesStorage, LayerKind, WeightStorage } from '@lowbit/plugin-api';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { placedLayers, type Placed } from './walk.js';

type Layer = LayersModel['layers'][number];

/** One weight of a model and what it takes when stored. */
export interface SizeRow extends WeightStorage {
  readonly layer: string;
  readonly trainable: boolean;
}

/** What a model's weights take when stored. */
export interface ModelSize {
  /** Number of values counted. */
  readonly parameters: number;
  readonly bits: number;
  /** bits / 8, rounded up. */
  readonly bytes: number;
  readonly perLayer: readonly SizeRow[];
  readonly perKind: readonly { readonly kind: LayerKind; readonly parameters: number; readonly bits: number }[];
}

/** What {@link modelSize} counts. */
export interface SizeOptions {
  /**
   * Also count weights that are not trained: the moving statistics of batch normalization. The L-SSPQ paper leaves them out,
   * and so does the default, so that sizes can be compared with the published ones.
   */
  readonly movingStatistics?: boolean;
}

/**
 * Counts a model's weights at the bits that its layers store them at: quantized kernels at their quantizer's bits, all else at
 * 32. The one scale of a DoReFa kernel is not counted (nor does the paper).
 *
 * @param model a built model; read inside `withPrecision` it is counted at the scope's bits
 */
export function modelSize(model: LayersModel, { movingStatistics = false }: SizeOptions = {}): ModelSize {
  const perLayer = placedLayers(model)
    .flatMap(layerRows)
    .filter((row) => row.trainable || movingStatistics);
  const kinds = new Map<LayerKind, { parameters: number; bits: number }>();
  for (const { kind, count, bits } of perLayer) {
    const sum = kinds.get(kind) ?? { parameters: 0, bits: 0 };
    kinds.set(kind, { parameters: sum.parameters + count, bits: sum.bits + count * bits });
  }
  const perKind = [...kinds].map(([kind, sum]) => ({ kind, ...sum }));
  const bits = perKind.reduce((sum, each) => sum + each.bits, 0);
  const parameters = perKind.reduce((sum, each) => sum + each.parameters, 0);
  return { parameters, bits, bytes: Math.ceil(bits / 8), perLayer, perKind };
}

function layerRows({ path, layer, inner }: Placed): SizeRow[] {
  const described = (inner as Layer & Partial<DescribesStorage>).describeStorage?.() ?? [];
  const known = new Map(described.map((row) => [row.weight, row]));
  const frozen = new Set(layer.nonTrainableWeights.map((weight) => weight.id));
  const kind = kindOf(inner);
  return layer.weights.map((weight) => {
    const name = weightName(weight.originalName);
    const count = weight.shape.reduce<number>((product, size) => product * (size ?? 1), 1);
    const row = known.get(name) ?? { weight: name, kind, count, bits: 32 };
    // a layer that is frozen is still stored; moving statistics are the weights that no setting makes trainable
    const trainable = !frozen.has(weight.id) || (!layer.trainable && !/^moving_/.test(name));
    return { layer: path, trainable, ...row };
  });
}

/** 'kernel' of 'stem/kernel'. */
function weightName(originalName: string): string {
  return originalName.slice(originalName.lastIndexOf('/') + 1);
}

const KINDS: Readonly<Record<string, LayerKind>> = {
  Dense: 'dense',
  DepthwiseConv2D: 'depthwise',
  BatchNormalization: 'batch-norm',
  QuantFoldedConv2D: 'batch-norm',
  Embedding: 'embedding',
  LSTM: 'recurrent',
  GRU: 'recurrent',
  SimpleRNN: 'recurrent',
  QuantAttention: 'attention',
};

function kindOf(layer: Layer): LayerKind {
  const className = layer.getClassName();
  if (!/^Conv[123]D/.test(className)) return KINDS[className] ?? 'other';
  const { kernelSize } = layer as Layer & { kernelSize?: readonly number[] };
  return kernelSize?.every((size) => size === 1) ? 'pointwise' : 'conv';
}

/** Bits in MiB (2^20 bytes): the unit of the L-SSPQ paper's float sizes. */
export function mebibytes(bits: number): number {
  return bits / 8 / 2 ** 20;
}

/** Bits in thousands of KiB: what the L-SSPQ paper calls MB in the sizes of its quantized models. */
export function kilokibibytes(bits: number): number {
  return bits / 8 / 1024 / 1000;
}

/**
 * Information density: log10(accuracy / size). L-SSPQ eq. 2.
 *
 * @param accuracy top-1 accuracy in [0, 1]; the paper's percent is 100 times that
 * @param megabytes the size in the unit that the comparison uses
 */
export function informationDensity(accuracy: number, megabytes: number): number {
  return Math.log10((100 * accuracy) / megabytes);
}

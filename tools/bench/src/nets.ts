import { models, type PlanLayer } from '@lowbit/models-sspq';
import type { Precision, Quantizer, Spec } from '@lowbit/plugin-api';

/** A layer as a peer is told of it: plain JSON, a quantizer by its bits. */
type PeerLayer = {
  readonly name: string;
  readonly op: PlanLayer['op'];
  readonly inputs: readonly string[];
  /** Channels, or features, of the first input. */
  readonly channels: number;
  readonly bits?: Precision;
} & Readonly<Record<string, unknown>>;

/** A net as a peer is told of it. */
export interface PeerPlan {
  readonly inputShape: readonly number[];
  readonly layers: readonly PeerLayer[];
}

/** The nets that are compared. */
export type Net = 'L20x4' | 'ResNet20';

/** A net's quantizers as a config names them. */
export type Quantizers = Readonly<Partial<Record<'weights' | 'activations', Spec>>>;

/** How a config names a net: what the product's own `train()` is given. */
export function modelSpec(
  net: Net,
  quantizers?: Quantizers,
): { model: 'l-sspq20' | 'resnet20'; [option: string]: unknown } {
  if (net === 'ResNet20') return { model: 'resnet20', ...quantizers };
  const dorefa = (bits: number) => ({ quantizer: 'dorefa', bits });
  return { model: 'l-sspq20', ...(quantizers ?? { weights: dorefa(1), activations: dorefa(4) }) };
}

/**
 * The net that models-sspq lays out, for a peer to build the same.
 *
 * @param float whether weights and activations are float: the activations' clip stays, their rounding goes
 */
export function peerPlan(net: Net, float: boolean): PeerPlan {
  const { model, ...options } = modelSpec(net);
  const { inputShape, layers } = models[model].plan(options);
  return { inputShape, layers: layers.map((layer) => peerLayer(layer, float)) };
}

function peerLayer(layer: PlanLayer, float: boolean): PeerLayer {
  const { inputShapes, shape: _, ...rest } = layer;
  const channels = inputShapes[0]!.at(-1)!;
  const bits = (quantizer: Quantizer | undefined) => (float ? 'float' : (quantizer?.bits ?? 'float'));
  if (layer.op === 'conv') {
    const { name, op, inputs, filters, kernelSize, strides, useBias } = layer;
    return { name, op, inputs, channels, filters, kernelSize, strides, useBias, bits: bits(layer.quantizer) };
  }
  if (layer.op === 'quantize') {
    const { name, op, inputs } = layer;
    return { name, op, inputs, channels, bits: bits(layer.quantizer) };
  }
  return { ...rest, channels };
}

/** Multiply-adds of the convolutions and dense layers of a net, of an image and a forward pass. */
export function multiplyAdds(net: Net): number {
  const { model, ...options } = modelSpec(net);
  const { layers } = models[model].plan(options);
  return layers.reduce((sum, layer) => sum + multiplyAddsOf(layer), 0);
}

function multiplyAddsOf(layer: PlanLayer): number {
  const size = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);
  const channels = layer.inputShapes[0]?.at(-1) ?? 0;
  if (layer.op === 'conv') return size(layer.shape) * layer.kernelSize ** 2 * channels;
  return layer.op === 'dense' ? size(layer.shape) * channels : 0;
}

import type { LayerKind, Quantizer, Role } from '@lowbit/plugin-api';
import { storageBits, type ModelSize, type SizeRow } from '@lowbit/quant-core';
import type { Plan, PlanLayer, Shape } from './node.js';

/**
 * Counts a plan as quant-core's `modelSize` counts the model that is built from it, without building it: quantized kernels at
 * their quantizer's bits, all else at 32, moving statistics left out.
 */
export function planSize(plan: Plan): ModelSize {
  return sumSize(plan.layers.flatMap(layerRows));
}

/** Sums rows as `modelSize` does. */
export function sumSize(perLayer: readonly SizeRow[]): ModelSize {
  const kinds = [...new Set(perLayer.map((row) => row.kind))];
  const perKind = kinds.map((kind) => ({ kind, ...total(perLayer.filter((row) => row.kind === kind)) }));
  const { parameters, bits } = total(perLayer);
  return { parameters, bits, bytes: Math.ceil(bits / 8), perLayer, perKind };
}

function total(rows: readonly SizeRow[]): { parameters: number; bits: number } {
  const parameters = rows.reduce((sum, row) => sum + row.count, 0);
  return { parameters, bits: rows.reduce((sum, row) => sum + row.count * row.bits, 0) };
}

function layerRows(layer: PlanLayer): SizeRow[] {
  const channels = layer.inputShapes[0]!.at(-1)!;
  const row = (weight: string, kind: LayerKind, count: number, bits = 32): SizeRow => ({
    layer: layer.name,
    trainable: true,
    weight,
    kind,
    count,
    bits,
  });
  switch (layer.op) {
    case 'conv': {
      const { kernelSize, filters, useBias, quantizer } = layer;
      const kind = kernelSize === 1 ? 'pointwise' : 'conv';
      const kernelShape = [kernelSize, kernelSize, channels, filters];
      const kernel = row('kernel', kind, count(kernelShape), storageBits(quantizer));
      const bias = useBias ? [row('bias', kind, filters)] : [];
      return [kernel, ...bias, ...stateRows(layer.name, 'weights', quantizer, kernelShape)];
    }
    case 'batch-norm':
      return [row('gamma', 'batch-norm', channels), row('beta', 'batch-norm', channels)];
    case 'quantize':
      return stateRows(layer.name, 'activations', layer.quantizer, [null, ...layer.shape]);
    case 'shift':
      return layer.shift === 'grouped' ? [] : [row('shifts', 'shift', 2 * channels)];
    case 'dense':
      return [row('kernel', 'dense', channels * layer.units), row('bias', 'dense', layer.units)];
    default:
      return [];
  }
}

function stateRows(
  layer: string,
  role: Role,
  quantizer: Quantizer | undefined,
  inputShape: readonly (number | null)[],
): SizeRow[] {
  return (quantizer?.state ?? [])
    .filter((spec) => spec.trainable)
    .map((spec) => ({
      layer,
      trainable: true,
      weight: `${role}_${spec.name}`,
      kind: 'quantizer',
      count: count(spec.shape(inputShape, inputShape.length - 1)),
      bits: 32,
    }));
}

function count(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

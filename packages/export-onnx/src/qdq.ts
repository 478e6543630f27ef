import type { Graph, Operation } from '@lowbit/graph';
import { build, type ExportOptions } from './build.js';
import { limited } from './convert/elementwise.js';
import type { Dialect } from './dialect.js';
import { floats, INTEGER_TYPES, integers, integerType, type IntegerType } from './tensors.js';
import { countReached, lookedUp } from './thresholds.js';
import { timesAlong, type Weights } from './weights.js';
import type { Writer } from './writer.js';

/**
 * Writes a graph as ONNX of opset 21 with `QuantizeLinear` and `DequantizeLinear`, which ONNX Runtime and other engines read.
 *
 * Codes and weights are of the narrowest of uint4, int4, uint8 and int8 that holds their integers, with a Clip before where they
 * are of fewer bits. Between a DequantizeLinear and the next QuantizeLinear are real numbers, the scales and what batch
 * normalization became are in the scales of the weights, by channel: the form that engines fuse into integer kernels. They round
 * in other places than the graph's reference interpreter, so that where a number is as good as halfway between two codes the other
 * may come out. Quantizers and weights that are not uniform are float32: comparisons with the thresholds, decoded weights.
 *
 * @param graph one that `inferValues` accepts
 * @param options the batch may be of any size unless told otherwise
 * @returns the bytes of an .onnx file
 * @throws LowbitError `data`: a graph that `inferValues` refuses; `unsupported`: what ONNX cannot say, with the node's name;
 *   `usage`: wrong options
 */
export function toOnnxQdq(graph: Graph, options: ExportOptions = {}): Uint8Array<ArrayBuffer> {
  return build(graph, QDQ, options);
}

const QDQ: Dialect = {
  irVersion: 10,
  operatorSets: [{ domain: '', version: 21 }],
  biasInside: true,
  unit: (scale) => scale,
  quantize,

  weights(writer, name, weights, axis, factors) {
    const signed = weights.integers && withSigns(weights, axis, factors);
    const type = signed && integerType(signed);
    if (!type) {
      // as float32 they take the factors too
      const scaled = factors.some((factor) => factor !== 1) ? timesAlong(weights, axis, factors) : weights.data;
      return { name: writer.constant(name, floats(scaled, weights.dims)), factors: [1] };
    }
    const scale = factors.map(Math.abs);
    const dims = scale.length === 1 ? [] : [scale.length];
    const constant = writer.constant(name, integers(type, signed, weights.dims));
    const decoded = writer.add(
      'DequantizeLinear',
      [constant, writer.constant(`${name}/scale`, floats(scale, dims))],
      scale.length === 1 ? {} : { axis },
    );
    return { name: decoded, factors: [1] };
  },
};

/** The integers, negative where their factor is, since the scales of QDQ are above 0. */
function withSigns(weights: Weights, axis: number, factors: readonly number[]): Float32Array {
  return timesAlong(weights, axis, factors.map((factor) => (factor < 0 ? -1 : 1)));
}

function quantize(writer: Writer, { thresholds: name, levels }: Operation<'quantize'>, x: string): string {
  const thresholds = writer.floats(name);
  if ('values' in levels) return lookedUp(writer, countReached(writer, x, thresholds), levels.values);
  const { scale } = levels;
  const type = isRounding(thresholds, levels.integers, scale) ? integerType(levels.integers) : undefined;
  if (!type) {
    const table = levels.integers.map((integer) => Math.fround(integer * scale));
    return lookedUp(writer, countReached(writer, x, thresholds), table);
  }
  const [low, high] = [levels.integers[0]!, levels.integers.at(-1)!];
  const { min, max } = INTEGER_TYPES[type];
  const inside = low > min || high < max ? limited(writer, x, low * scale, high * scale) : x;
  const parameters = scaleAndZero(writer, scale, type);
  return writer.add('DequantizeLinear', [writer.add('QuantizeLinear', [inside, ...parameters]), ...parameters]);
}

/** QuantizeLinear takes its type from its zero point. */
function scaleAndZero(writer: Writer, scale: number, type: IntegerType): readonly string[] {
  return [writer.local('scale', floats([scale], [])), writer.local('zero_point', integers(type, [0], []))];
}

/** By how much of a level rounding may be off in float32. */
const TOLERANCE = 1e-4;

/** Whether the codes are consecutive integers and begin where x / scale rounds to them. */
function isRounding(thresholds: Float32Array, codes: readonly number[], scale: number): boolean {
  return codes.every((integer, code) => {
    if (code === 0) return true;
    return integer === codes[0]! + code && Math.abs(thresholds[code - 1]! / scale - (integer - 0.5)) < TOLERANCE;
  });
}

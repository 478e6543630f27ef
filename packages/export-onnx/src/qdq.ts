import type { Graph, Operation } from '@lowbit/graph';
import { build, wrongOption, type ExportOptions } from './build.js';
import { limited } from './convert/elementwise.js';
import type { Dialect, Multiplier, WeightsRequest } from './dialect.js';
import { floats, INTEGER_TYPES, integers, integerType, type IntegerType } from './tensors.js';
import { countReached, lookedUp } from './thresholds.js';
import { timesAlong, type Weights } from './weights.js';
import type { Writer } from './writer.js';

export interface QdqOptions extends ExportOptions {
  /**
   * How weights of 4 bits or fewer are kept: as `int4` (the default), half the bytes, or as `int8`, for which engines have integer
   * kernels: ONNX Runtime computes with weights of 4 bits in float32.
   */
  readonly fewBitWeights?: 'int4' | 'int8';
}

/**
 * Writes a graph as ONNX of opset 21 with `QuantizeLinear` and `DequantizeLinear`, which ONNX Runtime and other engines read.
 *
 * Codes are uint8 or int8, with a Clip before where they have fewer bits; weights are int4, uint4, int8 or uint8, whichever holds
 * their integers. After a DequantizeLinear values are real numbers: the scales of codes and what batch normalization became are
 * in the scales of the weights, by channel, which is the form that engines fuse into integer kernels. They round in other places than
 * the reference interpreter, so that where a number is as good as halfway between two codes the other may come out. What is not
 * uniform is float32: comparisons with the thresholds, decoded weights.
 *
 * @param graph one that `inferValues` accepts
 * @param options the batch may be of any size unless told otherwise
 * @returns the bytes of an .onnx file
 * @throws LowbitError `data`: a graph that `inferValues` refuses; `unsupported`: what ONNX cannot say, with the node's name;
 *   `usage`: wrong options
 */
export function toOnnxQdq(
  graph: Graph,
  { fewBitWeights = 'int4', ...options }: QdqOptions = {},
): Uint8Array<ArrayBuffer> {
  if (fewBitWeights !== 'int4' && fewBitWeights !== 'int8')
    throw wrongOption('fewBitWeights', fewBitWeights, "give 'int4' or 'int8'");
  return build(
    graph,
    { ...QDQ, weights: (writer, request) => weights(writer, request, fewBitWeights === 'int4' ? 4 : 8) },
    options,
  );
}

const QDQ: Omit<Dialect, 'weights'> = {
  irVersion: 10,
  operatorSets: [{ domain: '', version: 21 }],
  biasInside: true,
  unit: (scale) => scale,
  quantize,
};

/** Integers of at least so many bits and their scales, or real numbers. */
function weights(
  writer: Writer,
  { name, weights, axis, factors, inFloatMatMul }: WeightsRequest,
  bits: 4 | 8,
): Multiplier {
  const signed = weights.integers && withSigns(weights, axis, factors);
  const type = signed && integerType(signed, bits);
  if (!type) {
    const scaled = factors.some((factor) => factor !== 1) ? timesAlong(weights, axis, factors) : weights.data;
    return { name: writer.constant(name, floats(scaled, weights.dims)), factors: [1] };
  }
  const constant = writer.constant(name, integers(type, signed, weights.dims));
  const scale = factors.map(Math.abs);
  const dequantized = (scale: readonly number[]) => {
    const constantScale = writer.constant(`${name}/scale`, floats(scale, scale.length === 1 ? [] : [scale.length]));
    return writer.add('DequantizeLinear', [constant, constantScale], scale.length === 1 ? {} : { axis });
  };
  if (!inFloatMatMul) return { name: dequantized(scale), factors: [1] };
  // ONNX Runtime would round the other operand to 8 bits (MatMulNBits) if the scales were in the DequantizeLinear
  const scales = writer.constant(`${name}/scales`, floats(scale));
  return { name: writer.add('Mul', [dequantized([1]), scales]), factors: [1] };
}

/** The integers, negative where their factor is, since the scales of QDQ are above 0. */
function withSigns(weights: Weights, axis: number, factors: readonly number[]): Float32Array {
  return timesAlong(
    weights,
    axis,
    factors.map((factor) => (factor < 0 ? -1 : 1)),
  );
}

function quantize(writer: Writer, { thresholds: name, levels }: Operation<'quantize'>, x: string): string {
  const thresholds = writer.floats(name);
  if ('values' in levels) return lookedUp(writer, countReached(writer, x, thresholds), levels.values);
  const { scale } = levels;
  const type = isRounding(thresholds, levels.integers, scale) ? integerType(levels.integers, 8) : undefined;
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

import type { Graph, Value, ValueType } from '@lowbit/graph';
import { build, wrongOption, type ExportOptions } from './build.js';
import { limited } from './convert/elementwise.js';
import type { Dialect, IntegerLevels, Multiplier, WeightsRequest } from './dialect.js';
import { floats, integers, integerType, type Tensor } from './tensors.js';
import { countReached, lookedUp } from './thresholds.js';
import { prescale } from './uniform.js';
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
 * Weights are int4, uint4, int8 or uint8, whichever holds their integers, each with a DequantizeLinear; codes of activations are
 * uint8 or int8, after a Clip where they do not fill them. What travels are the integers, at scales of 1, and the scale is a Mul after
 * the product: sums of integers are exact up to 2²⁴, and codes come out as the reference interpreter has them.
 *
 * It is otherwise in a graph where a convolution leads from codes that fill 8 bits to such codes: there engines have integer
 * kernels. Codes that fill 8 bits then travel as real numbers, and all scales and the bias are where those kernels want them; they
 * round in other places, so that where a number is as good as halfway between two codes the other may come out.
 *
 * What is not uniform is float32: comparisons with the thresholds, decoded weights.
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
  const bits = fewBitWeights === 'int4' ? 4 : 8;
  return build(graph, (values) => qdq(bits, hasByteKernels(graph, values)), options);
}

/** @param byteKernels whether codes that fill 8 bits travel as real numbers */
function qdq(bits: 4 | 8, byteKernels: boolean): Dialect {
  const unit = ({ integers, scale }: IntegerLevels) => (byteKernels && fillsByte(integers) ? scale : 1);
  return {
    irVersion: 10,
    operatorSets: [{ domain: '', version: 21 }],
    biasInside: true,
    unit,
    quantize: (writer, { thresholds, levels }, x) =>
      'values' in levels
        ? lookedUp(writer, countReached(writer, x, writer.floats(thresholds)), levels.values)
        : quantize(writer, writer.floats(thresholds), levels, unit(levels), x),
    weights: (writer, request) => weights(writer, request, bits),
  };
}

/** Whether a convolution reads codes that fill 8 bits, and what it makes goes to such codes alone. */
function hasByteKernels({ nodes }: Graph, values: ReadonlyMap<string, Value>): boolean {
  const isByte = (type: ValueType) => type !== 'float32' && 'integers' in type && fillsByte(type.integers);
  return nodes.some(({ name, op, inputs }) => {
    const readers = nodes.filter((node) => node.inputs.includes(name));
    const leads = readers.length > 0 && readers.every((reader) => isByte(values.get(reader.name)!.type));
    return op === 'conv2d' && leads && isByte(values.get(inputs[0]!)!.type);
  });
}

/** Integers of at least so many bits and their scales, or real numbers. */
function weights(
  writer: Writer,
  { name, weights, axis, factors, by, inMatMul }: WeightsRequest,
  bits: 4 | 8,
): Multiplier {
  const exact = by === 'integers' && weights.integers !== undefined;
  const signed = weights.integers && (exact ? weights.data : withSigns(weights, axis, factors));
  const type = signed && integerType(signed, bits);
  if (!type) {
    const scaled = factors.some((factor) => factor !== 1) ? timesAlong(weights, axis, factors) : weights.data;
    return { name: writer.constant(name, floats(scaled, weights.dims)), factors: [1] };
  }
  const tensor = integers(type, signed, weights.dims);
  const scales = exact ? [1] : factors.map(Math.abs);
  const rest = exact ? factors : [1];
  if (!inMatMul) return { name: dequantized(writer, name, tensor, scales, axis), factors: rest };
  // ONNX Runtime rounds what a MatMul multiplies by a DequantizeLinear's result to 8 bits (MatMulNBits): one more Mul keeps it from that
  const halves = dequantized(writer, name, tensor, [0.5], axis);
  const doubled = writer.local('scales', floats(scales.map((scale) => 2 * scale)));
  return { name: writer.add('Mul', [halves, doubled]), factors: rest };
}

function dequantized(writer: Writer, name: string, tensor: Tensor, scales: readonly number[], axis: number): string {
  const single = scales.length === 1;
  const constants = [
    writer.constant(name, tensor),
    writer.local('scale', floats(scales, single ? [] : [scales.length])),
  ];
  return writer.add('DequantizeLinear', constants, single ? {} : { axis });
}

/** The integers, negative where their factor is, since the scales of QDQ are above 0. */
function withSigns(weights: Weights, axis: number, factors: readonly number[]): Float32Array {
  return timesAlong(
    weights,
    axis,
    factors.map((factor) => (factor < 0 ? -1 : 1)),
  );
}

function quantize(
  writer: Writer,
  thresholds: Float32Array,
  { integers: codes, scale }: IntegerLevels,
  unit: number,
  x: string,
): string {
  const [min, max] = [codes[0]!, codes.at(-1)!];
  const consecutive = codes.every((integer, code) => integer === min + code);
  if (unit !== 1 && isRounding(thresholds, codes, scale)) return throughByte(writer, x, scale, [min, max]);
  const before = unit === 1 && consecutive && prescale({ step: 1, zeroPoint: 0, min, max }, thresholds, scale);
  if (before) {
    const scaled = writer.scaled(before.op, x, before.factor);
    return throughByte(writer, fillsByte(codes) ? scaled : limited(writer, scaled, min, max), 1, [min, max]);
  }
  const table = codes.map((integer) => Math.fround(integer * unit));
  return lookedUp(writer, countReached(writer, x, thresholds), table);
}

/** To 8 bits and back; of the integers from `min` to `max`. */
function throughByte(
  writer: Writer,
  x: string,
  scale: number,
  [min, max]: readonly [min: number, max: number],
): string {
  // QuantizeLinear takes its type from its zero point
  const zero = min < 0 && max <= 127 ? integers('int8', [0], []) : integers('uint8', [Math.max(0, -min)], []);
  const parameters = [writer.local('scale', floats([scale], [])), writer.local('zero_point', zero)];
  return writer.add('DequantizeLinear', [writer.add('QuantizeLinear', [x, ...parameters]), ...parameters]);
}

/** Whether the codes are all integers that 8 bits have, in order. */
function fillsByte(codes: readonly number[]): boolean {
  const [low] = codes as [number];
  return codes.length === 256 && (low === 0 || low === -128) && codes.every((integer, code) => integer === low + code);
}

/** By how much of a level rounding may be off in float32. */
const TOLERANCE = 1e-4;

/** Whether the codes begin where x / scale rounds to them. */
function isRounding(thresholds: Float32Array, codes: readonly number[], scale: number): boolean {
  return thresholds.every((threshold, i) => Math.abs(threshold / scale - (codes[i + 1]! - 0.5)) < TOLERANCE);
}

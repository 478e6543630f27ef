import type { Graph, Operation } from '@lowbit/graph';
import { float } from './attributes.js';
import { build, type ExportOptions } from './build.js';
import type { Dialect } from './dialect.js';
import { floats } from './tensors.js';
import { isAscending, lookedUp } from './thresholds.js';
import { prescale, uniformQuantizer, type UniformQuantizer } from './uniform.js';
import type { Writer } from './writer.js';

/** The domain of QONNX's ops in the Python package `qonnx`. */
const DOMAIN = 'qonnx.custom_op.general';

/**
 * Writes a graph as QONNX (Pappalardo et al. 2022): ONNX of opset 17 with `Quant`, `BipolarQuant` and `MultiThreshold` of the
 * domain `qonnx.custom_op.general`, which the Python package `qonnx` executes and FPGA flows read.
 *
 * Between layers travel the integers of the codes, as float32, and weights are `Quant` or `BipolarQuant` of theirs, of their true
 * bits: sums are exact up to 2²⁴. A quantize node becomes a `Quant` of scale 1 after a Mul or Div where a float32 factor gives
 * its thresholds exactly, and a `MultiThreshold` where none does. The scale after a product stays a Mul, the bias an Add. So all
 * that the reference interpreter computes in integers comes out bit for bit; sums of real numbers differ by rounding.
 *
 * @param graph one that `inferValues` accepts
 * @param options the batch is 1 unless told otherwise: `qonnx` wants to know all sizes
 * @returns the bytes of an .onnx file
 * @throws LowbitError `data`: a graph that `inferValues` refuses; `unsupported`: what ONNX cannot say, with the node's name;
 *   `usage`: wrong options
 */
export function toQonnx(graph: Graph, options: ExportOptions = {}): Uint8Array<ArrayBuffer> {
  return build(graph, () => QONNX, { ...options, batch: options.batch ?? 1 });
}

const QONNX: Dialect = {
  irVersion: 8,
  operatorSets: [
    { domain: '', version: 17 },
    { domain: DOMAIN, version: 1 },
  ],
  biasInside: false,
  unit: () => 1,
  quantize,

  weights(writer, { name, weights: { data, dims, integers }, factors }) {
    const constant = writer.constant(name, floats(data, dims));
    const quantizer = integers && uniformQuantizer(integers, false);
    if (integers && isBipolar(integers))
      return { name: bipolarQuant(writer, constant, Math.abs(integers[0]!)), factors };
    return { name: quantizer ? quant(writer, constant, quantizer) : constant, factors };
  },
};

function quantize(writer: Writer, { thresholds: name, levels }: Operation<'quantize'>, x: string): string {
  const thresholds = writer.floats(name);
  if ('values' in levels || !isAscending(levels.integers)) {
    const codes = multiThreshold(writer, x, name, 1, 0, [0, thresholds.length]);
    return lookedUp(writer, codes, 'values' in levels ? levels.values : levels.integers);
  }
  const { integers, scale } = levels;
  if (isBipolar(integers) && thresholds[0] === 0) return bipolarQuant(writer, x, integers[1]!);
  const quantizer = isBipolar(integers) ? undefined : uniformQuantizer(integers, true);
  const before = quantizer && prescale(quantizer, thresholds, scale);
  if (quantizer && before) return quant(writer, writer.scaled(before.op, x, before.factor), quantizer);

  const [low, high] = [integers[0]!, integers.at(-1)!];
  const step = integers[1]! - low;
  if (integers.every((integer, code) => integer === low + step * code))
    return multiThreshold(writer, x, name, step, low, [low, high]);
  return lookedUp(writer, multiThreshold(writer, x, name, 1, 0, [0, thresholds.length]), integers);
}

function quant(writer: Writer, x: string, { step, zeroPoint, bits, signed, narrow }: UniformQuantizer): string {
  const inputs = Object.entries({ scale: step, zero_point: zeroPoint, bits });
  return writer.add(
    'Quant',
    [x, ...inputs.map(([name, value]) => writer.local(name, floats([value], [])))],
    { signed: Number(signed), narrow: Number(narrow), rounding_mode: 'ROUND' },
    DOMAIN,
  );
}

/** −scale below 0, scale from 0 on. */
function bipolarQuant(writer: Writer, x: string, scale: number): string {
  return writer.add('BipolarQuant', [x, writer.local('scale', floats([scale], []))], {}, DOMAIN);
}

/** The number of thresholds that x is not below, times `step`, plus `low`. */
function multiThreshold(
  writer: Writer,
  x: string,
  name: string,
  step: number,
  low: number,
  range: readonly [number, number],
): string {
  const thresholds = writer.floats(name);
  return writer.add(
    'MultiThreshold',
    [x, writer.constant(name, floats(thresholds, [1, thresholds.length]))],
    { out_dtype: dataType(range), out_scale: float(step), out_bias: float(low) },
    DOMAIN,
  );
}

/** What qonnx calls integers of a range. */
function dataType([low, high]: readonly [number, number]): string {
  if (low === -1 && high === 1) return 'BIPOLAR';
  if (low === 0) return high === 1 ? 'BINARY' : `UINT${Math.ceil(Math.log2(high + 1))}`;
  return `INT${Math.ceil(Math.log2(Math.max(-low, high + 1))) + 1}`;
}

function isBipolar(levels: readonly number[]): boolean {
  return levels.length === 2 && levels[0] !== 0 && levels[0] === -levels[1]!;
}

import type { CodedParameter, Levels, Pair, Pads, Parameter, ValueType } from '@lowbit/graph';
import type { Heap } from '../wasm/heap.js';
import { blocksOf, packFloats, type Matrix } from './pack.js';
import { productOf, type ProductName } from './product.js';
import { putRecord, type ConvolutionRecord } from './record.js';
import { shiftPieces } from './shift.js';
import { codeLine, integerThresholds } from './thresholds.js';

/** A convolution with all that is computed along with it. */
export interface ConvolutionSpec {
  readonly input: { readonly type: ValueType; readonly height: number; readonly width: number; readonly channels: number };
  readonly output: { readonly height: number; readonly width: number };
  /** [height, width, channels / groups, filters]. */
  readonly kernel: Parameter;
  readonly strides: Pair;
  readonly pads: Pads;
  readonly dilations: Pair;
  readonly groups: number;
  readonly scale?: Float32Array | undefined;
  readonly bias?: Float32Array | undefined;
  /** Of the codes that the result becomes. */
  readonly thresholds?: Float32Array | undefined;
  /** Of the shift before a point-wise convolution. */
  readonly offsets?: readonly Pair[] | undefined;
}

/** What runs a convolution. */
export interface Convolve {
  /** Addresses of the records, one for each group. */
  readonly records: readonly number[];
  /** Places of the output. */
  readonly places: number;
  readonly product: ProductName;
}

const FINISH = { floats: 0, line: 1, thresholds: 2, floatCodes: 3 } as const;

/** Puts weights and records of a convolution on the heap; codes count as their integers where they and the weights have such. */
export function convolution(heap: Heap, spec: ConvolutionSpec, from: number, to: number): Convolve {
  const { kernel, groups } = spec;
  const filters = kernel.shape[3]! / groups;
  const product: ProductName[] = [];
  const records = Array.from({ length: groups }, (_, group) => {
    const { record, name } = ofGroup(heap, spec, group, filters);
    product.push(name);
    return putRecord(heap, { ...record, input: from, output: to });
  });
  return { records, places: spec.output.height * spec.output.width, product: product[0]! };
}

function ofGroup(heap: Heap, spec: ConvolutionSpec, group: number, filters: number) {
  const { input, kernel, thresholds } = spec;
  const [kernelHeight, kernelWidth, channels, all] = kernel.shape as readonly [number, number, number, number];
  const weights = weightsOf(kernel);
  const first = group * filters;
  const depth = kernelHeight * kernelWidth * channels;
  const matrix: Matrix = {
    filters,
    depth,
    weight: (filter, index) => weights[index * all + first + filter]!,
  };
  const padded = Math.ceil(filters / 32) * 32;
  const bytes = thresholds ? 1 : 4;
  const common = { filters, padded, outputPixel: all * bytes, outputBegin: first * bytes, most: thresholds?.length ?? 0 };
  const epilogue = {
    scale: slice(spec.scale, first, filters, 1),
    bias: slice(spec.bias, first, filters, -0),
  };
  const codes = integersOf(input.type);
  const levels = kernel.kind === 'codes' && 'integers' in kernel.levels ? kernel.levels.integers : undefined;
  const shared = { ...windowRecord(spec, group * channels, channels, codes ? 1 : 4), ...common };

  if (codes && levels) {
    const outside = spec.offsets ? codes.indexOf(0) : undefined;
    const product = productOf({ codes, levels, matrix, isPadded: isPadded(spec), ...(outside === undefined ? {} : { outside }) }, heap.engine);
    const size = product.record.size!;
    const pieces = spec.offsets ? shiftPieces(spec.offsets, size) : undefined;
    const most = depth * largest(codes) * largest(levels);
    return {
      name: product.name,
      record: {
        ...shared,
        ...product.record,
        isDirect: Number(!pieces && isDirect(spec) && size === depth),
        ...(pieces ? { pieces: heap.put(pieces.bytes), pieceCount: pieces.count } : {}),
        weights: heap.put(product.weights),
        table: product.table ? heap.put(product.table) : 0,
        ...integerFinish(heap, { ...epilogue, missing: product.missing, most, thresholds, padded }),
      } satisfies ConvolutionRecord,
    };
  }
  const size = depth * 4;
  return {
    name: 'floats' as const,
    record: {
      ...shared,
      product: 6,
      size,
      isDirect: Number(isDirect(spec)),
      blocks: blocksOf(filters, 8),
      weights: heap.put(packFloats(matrix)),
      ...floatFinish(heap, epilogue, padded),
      finish: thresholds ? FINISH.floatCodes : FINISH.floats,
      thresholds: thresholds ? heap.put(thresholds) : 0,
    } satisfies ConvolutionRecord,
  };
}

interface IntegerEpilogue {
  readonly scale: Float32Array;
  readonly bias: Float32Array;
  readonly missing: Int32Array;
  /** No sum is larger. */
  readonly most: number;
  readonly thresholds: Float32Array | undefined;
  readonly padded: number;
}

/** Codes by a line where every filter has one, else by thresholds; or floats. */
function integerFinish(heap: Heap, { scale, bias, missing, most, thresholds, padded }: IntegerEpilogue): ConvolutionRecord {
  if (!thresholds) {
    const gamma = new Int32Array(padded);
    gamma.set(missing);
    return { ...floatFinish(heap, { scale, bias }, padded), gamma: heap.put(gamma), finish: FINISH.floats };
  }
  const epilogues = Array.from(scale, (factor, filter) => ({ scale: factor, bias: bias[filter]!, most }));
  const changes = epilogues.map((epilogue) => integerThresholds(epilogue, thresholds));
  const lines = epilogues.map((epilogue, filter) => codeLine(epilogue, thresholds, changes[filter]!, missing[filter]!));
  if (lines.every((line) => line !== undefined)) {
    const factors = {
      scale: Float32Array.from(lines, (line) => line.scale),
      bias: Float32Array.from(lines, (line) => line.bias),
    };
    return { ...floatFinish(heap, factors, padded), finish: FINISH.line };
  }
  const signs = new Int32Array(padded);
  const table = new Int32Array(thresholds.length * padded);
  epilogues.forEach(({ scale }, filter) => {
    const sign = scale < 0 ? -1 : 1;
    signs[filter] = scale < 0 ? -1 : 0;
    changes[filter]!.forEach((change, k) => (table[k * padded + filter] = sign * (change - missing[filter]!)));
  });
  return { finish: FINISH.thresholds, scale: heap.put(signs), thresholds: heap.put(table) };
}

function floatFinish(heap: Heap, { scale, bias }: Record<'scale' | 'bias', Float32Array>, padded: number) {
  const fill = (values: Float32Array) => {
    const all = new Float32Array(padded);
    all.set(values);
    return heap.put(all);
  };
  return { scale: fill(scale), bias: fill(bias) };
}

function windowRecord(spec: ConvolutionSpec, firstChannel: number, channels: number, bytes: number): ConvolutionRecord {
  const { input, kernel, strides, pads, dilations, output } = spec;
  return {
    height: input.height,
    width: input.width,
    pixel: input.channels * bytes,
    begin: firstChannel * bytes,
    depth: channels * bytes,
    kernelHeight: kernel.shape[0]!,
    kernelWidth: kernel.shape[1]!,
    strideY: strides[0],
    strideX: strides[1],
    top: pads[0],
    left: pads[1],
    dilationY: dilations[0],
    dilationX: dilations[1],
    columns: output.width,
  };
}

/** Whether rows are the input's places themselves, one after the other. */
function isDirect({ kernel, strides, pads, groups, offsets }: ConvolutionSpec): boolean {
  const isPoint = kernel.shape[0] === 1 && kernel.shape[1] === 1;
  return isPoint && strides.every((stride) => stride === 1) && pads.every((pad) => pad === 0) && groups === 1 && !offsets;
}

function isPadded({ pads, offsets }: ConvolutionSpec): boolean {
  return pads.some((pad) => pad !== 0) || offsets !== undefined;
}

/** What codes count as in sums of integers. */
export function integersOf(type: ValueType): readonly number[] | undefined {
  return type !== 'float32' && 'integers' in type ? type.integers : undefined;
}

const largest = (integers: readonly number[]) => Math.max(1, ...integers.map(Math.abs));

/** A parameter's part for some filters, one value repeated; `neutral` where there is none. */
function slice(values: Float32Array | undefined, first: number, count: number, neutral: number): Float32Array {
  if (!values) return new Float32Array(count).fill(neutral);
  return values.length === 1 ? new Float32Array(count).fill(values[0]!) : values.subarray(first, first + count);
}

/** What weights count as: their integers, or their values. */
export function weightsOf(parameter: Parameter): ArrayLike<number> {
  if (parameter.kind === 'float32') return parameter.data;
  const { levels } = parameter;
  if ('integers' in levels) return Int16Array.from(parameter.data, (code) => levels.integers[code]!);
  return bookValues(parameter, levels);
}

/** Each weight's value in the code book of its block. */
function bookValues(
  { shape, data }: CodedParameter,
  { values, grid }: { readonly values: Float32Array; readonly grid: readonly number[] },
): Float32Array {
  const count = values.length / grid.reduce((blocks, side) => blocks * side, 1);
  return Float32Array.from(data, (code, at) => {
    let block = 0;
    let stride = 1;
    let gridStride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const index = Math.floor(at / stride) % shape[axis]!;
      block += Math.floor((index * grid[axis]!) / shape[axis]!) * gridStride;
      stride *= shape[axis]!;
      gridStride *= grid[axis]!;
    }
    return values[block * count + code]!;
  });
}

/** What each code stands for, float32. */
export function meaningsOf(levels: Levels): Float32Array {
  if ('values' in levels) return Float32Array.from(levels.values);
  return Float32Array.from(levels.integers, (integer) => levels.scale * integer);
}

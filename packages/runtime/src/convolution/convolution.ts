import { packedCodes, type Pair, type Pads, type Parameter, type ValueType } from '@lowbit/graph';
import type { Heap } from '../wasm/heap.js';
import { finishFloats, finishIntegers, paddedOf, type Finish } from './finish.js';
import { lineOf } from './integers.js';
import { channelsOf, type Link } from './links.js';
import { blocksOf, putFloats, type Matrix } from './pack.js';
import { integersOf, weightIntegersOf, weightsOf } from './parameters.js';
import { productOf, PRODUCTS, type ProductName } from './product.js';
import { putRecord, type ConvolutionRecord } from './record.js';
import { shiftPieces } from './shift.js';

/** A convolution with all that is computed along with it. */
export interface ConvolutionSpec {
  /** Float32, or codes with integers by weights with integers. */
  readonly input: {
    readonly type: ValueType;
    readonly height: number;
    readonly width: number;
    readonly channels: number;
  };
  readonly output: { readonly height: number; readonly width: number };
  /** [height, width, channels / groups, filters], or [channels, filters]. */
  readonly kernel: Parameter;
  readonly strides: Pair;
  readonly pads: Pads;
  readonly dilations: Pair;
  readonly groups: number;
  readonly scale?: Float32Array | undefined;
  readonly bias?: Float32Array | undefined;
  /** Of the codes that the result becomes. */
  readonly thresholds?: Float32Array | undefined;
  /** What the result goes through instead; the last stores it. */
  readonly links?: readonly Link[] | undefined;
  /** Of the shift before a point-wise convolution of codes. */
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

/** A part of a convolution: the filters of a group. */
interface Part {
  readonly spec: ConvolutionSpec;
  readonly matrix: Matrix;
  readonly finish: Finish;
  readonly record: ConvolutionRecord;
}

/** Puts weights and records of a convolution on the heap. */
export function convolution(heap: Heap, spec: ConvolutionSpec, from: number, to: number): Convolve {
  const { input, output, kernel } = spec;
  const isDepthwise = spec.groups > 1 && spec.groups === input.channels && kernelShape(kernel)[3] === input.channels;
  const groups = isDepthwise ? 1 : spec.groups;
  const isWhole = weightIntegersOf(kernel) !== undefined && integersOf(input.type) !== undefined;
  const recordOf = isDepthwise ? depthwise : isWhole ? integerProduct : floatProduct;
  const weights = new Weights(kernel);
  const parts = Array.from({ length: groups }, (_, group) => recordOf(heap, partOf(spec, weights, group, groups, to)));
  return {
    records: parts.map((record) => putRecord(heap, { ...record, input: from, output: to })),
    places: output.height * output.width,
    product: productNames[parts[0]!.product!]!,
  };
}

const productNames = Object.keys(PRODUCTS) as ProductName[];

function partOf(spec: ConvolutionSpec, weights: Weights, group: number, groups: number, to: number): Part {
  const { input, output, kernel, strides, pads, dilations, thresholds } = spec;
  const [kernelHeight, kernelWidth, channels, all] = kernelShape(kernel);
  const filters = all / groups;
  const first = group * filters;
  const own = { first, count: filters, all };
  const outputBytes = thresholds ? 1 : 4;
  const inputBytes = input.type === 'float32' ? 4 : 1;
  return {
    spec,
    matrix: {
      filters,
      depth: kernelHeight * kernelWidth * channels,
      bits: weights.bits,
      get data() {
        return weights.data;
      },
      pitch: all,
      first,
    },
    finish: {
      channels: own,
      scale: channelsOf(spec.scale, own, 1),
      // −0, since +0 would make +0 of −0
      bias: channelsOf(spec.bias, own, -0),
      thresholds,
      links: thresholds ? [{ kind: 'quantize', thresholds, to }] : (spec.links ?? []),
    },
    record: {
      height: input.height,
      width: input.width,
      pixel: input.channels * inputBytes,
      begin: group * channels * inputBytes,
      depth: channels * inputBytes,
      kernelHeight,
      kernelWidth,
      strideY: strides[0],
      strideX: strides[1],
      top: pads[0],
      left: pads[1],
      dilationY: dilations[0],
      dilationX: dilations[1],
      columns: output.width,
      outputPixel: all * outputBytes,
      outputBegin: first * outputBytes,
    },
  };
}

function integerProduct(heap: Heap, { spec, matrix, finish, record }: Part): ConvolutionRecord {
  const codes = integersOf(spec.input.type)!;
  const levels = weightIntegersOf(spec.kernel)!;
  const isPadded = spec.pads.some((pad) => pad !== 0) || spec.offsets !== undefined;
  const product = productOf({ codes, levels, matrix, isPadded }, heap);
  const size = product.record.size!;
  const pieces = spec.offsets && shiftPieces(spec.offsets, size);
  return {
    ...record,
    ...product.record,
    isDirect: Number(isDirect(spec) && size === matrix.depth),
    pieces: pieces ? heap.put(pieces.bytes) : 0,
    pieceCount: pieces?.count ?? 0,
    weights: product.weights,
    table: product.table ? heap.put(product.table) : 0,
    ...finishIntegers(heap, finish, product.missing, matrix.depth * largest(codes) * largest(levels)),
  };
}

function floatProduct(heap: Heap, { spec, matrix, finish, record }: Part): ConvolutionRecord {
  return {
    ...record,
    product: PRODUCTS.floats,
    size: matrix.depth * 4,
    isDirect: Number(isDirect(spec)),
    blocks: blocksOf(matrix.filters, 8),
    weights: putFloats(heap, matrix, weightIntegersOf(spec.kernel)),
    ...finishFloats(heap, finish),
  };
}

/** One filter for each channel: weights [place][channel]. */
function depthwise(heap: Heap, { spec, matrix, finish, record }: Part): ConvolutionRecord {
  const codes = integersOf(spec.input.type);
  const levels = weightIntegersOf(spec.kernel);
  const padded = paddedOf(matrix.filters);
  const packed = codes && levels ? new Int32Array(matrix.depth * padded) : new Float32Array(matrix.depth * padded);
  for (let index = 0; index < matrix.depth; index++) {
    for (let filter = 0; filter < matrix.filters; filter++) {
      const weight = matrix.data[index * matrix.pitch + filter]!;
      packed[index * padded + filter] = levels ? levels[weight]! : weight;
    }
  }
  const common = { ...record, product: PRODUCTS.depthwise, weights: heap.put(packed) };
  if (!codes || !levels) return { ...common, ...finishFloats(heap, finish) };
  const line = lineOf(codes);
  const most = matrix.depth * largest(codes) * largest(levels);
  return {
    ...common,
    isWhole: 1,
    ...(line ?? { mapping: 2, table: heap.put(Int16Array.from(codes)) }),
    ...finishIntegers(heap, finish, new Int32Array(matrix.filters), most),
  };
}

/** Whether rows are the input's places themselves, one after the other. */
function isDirect({ kernel, strides, pads, groups, offsets }: ConvolutionSpec): boolean {
  const [kernelHeight, kernelWidth] = kernelShape(kernel);
  const isPoint = kernelHeight === 1 && kernelWidth === 1;
  const isWhole = strides.every((stride) => stride === 1) && pads.every((pad) => pad === 0);
  return isPoint && isWhole && groups === 1 && !offsets;
}

const largest = (integers: readonly number[]) => Math.max(1, ...integers.map(Math.abs));

/** The shape of a kernel [height, width, channels / groups, filters]; a matrix is one of a single place. */
function kernelShape({ shape }: Parameter): readonly [number, number, number, number] {
  return (shape.length === 2 ? [1, 1, ...shape] : shape) as [number, number, number, number];
}

/** The weights of a kernel, which are unpacked when they are asked for. */
class Weights {
  /** Codes of 1 bit, in their bits. */
  readonly bits: Uint8Array | undefined;
  #data: Matrix['data'] | undefined;

  constructor(private readonly kernel: Parameter) {
    this.bits = kernel.kind === 'codes' && kernel.bits === 1 ? packedCodes(kernel) : undefined;
  }

  /** Codes where all count as the same integers, else float32 weights. */
  get data(): Matrix['data'] {
    const { kernel } = this;
    this.#data ??= kernel.kind === 'float32' || weightIntegersOf(kernel) ? kernel.data : weightsOf(kernel);
    return this.#data;
  }
}

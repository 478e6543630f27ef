import type { Pair } from '@lowbit/graph';
import { convolution, type ConvolutionSpec } from '../convolution/convolution.js';
import { factorTable, integersOf, weightIntegersOf, weightsOf } from '../convolution/parameters.js';
import { inTurn } from '../plan/calls.js';
import { floatsOf, imageOf, sizeOf, type PlanStep, type Room, type Step, type StepSource } from '../plan/step.js';
import { COUNT, FIRST, itemsAt, LAST } from '../threads/task.js';
import { resultsOf } from './chain.js';
import { decoded } from './codes.js';
import { putWindow } from './window.js';

export const conv2d: PlanStep<'conv2d'> = (source) => {
  const { node, inputs, output, before, parameters } = source;
  const shift = before?.op === 'shift' ? before : undefined;
  return convolutionStep(source, {
    ...node,
    input: { type: inputs[0]!.type, ...imageOf(inputs[0]!.shape) },
    output: imageOf(output.shape),
    kernel: parameters[node.kernel]!,
    strides: shift?.strides ?? node.strides,
    offsets: shift?.offsets,
  });
};

const ONCE: Pair = [1, 1];

/** A dense layer is a point-wise convolution of its rows. */
export const dense: PlanStep<'dense'> = (source) => {
  const { node, inputs, parameters } = source;
  const [{ type, shape }] = inputs as [(typeof inputs)[0]];
  const rows = sizeOf(shape.slice(0, -1));
  return convolutionStep(source, {
    input: { type, height: 1, width: rows, channels: shape.at(-1)! },
    output: { height: 1, width: rows },
    kernel: parameters[node.kernel]!,
    strides: ONCE,
    pads: [0, 0, 0, 0],
    dilations: ONCE,
    groups: 1,
  });
};

/** Codes that are to be multiplied as floats become such first. */
function convolutionStep(
  source: StepSource<'conv2d' | 'dense'>,
  spec: Omit<ConvolutionSpec, 'scale' | 'bias' | 'thresholds' | 'links'>,
): Step {
  const { type, height, width, channels } = spec.input;
  const { node, parameters } = source;
  const whole = (room: Room) => ({
    ...spec,
    scale: floatsOf(parameters, node.scale),
    bias: floatsOf(parameters, node.bias),
    ...resultsOf(source, room),
  });
  const isWhole = integersOf(type) !== undefined && weightIntegersOf(spec.kernel) !== undefined;
  if (type === 'float32' || isWhole) {
    return { place: (room) => convolve(room, whole(room), room.inputs[0]!, room.output) };
  }
  const size = height * width * channels;
  return {
    temporaries: [size * 4],
    place: (room) => {
      const [from, floats] = [room.inputs[0]!, room.temporaries[0]!];
      const decode = decoded(room, factorTable(type, false), size, from, floats);
      const run = convolve(room, { ...whole(room), input: { ...spec.input, type: 'float32' } }, floats, room.output);
      return inTurn(decode, run);
    },
  };
}

/** A multiple of all numbers of places that kernels take at once. */
const PLACES = 12;

/** What runs a convolution from one address to another. */
export function convolve({ heap, calls, scratch }: Room, spec: ConvolutionSpec, from: number, to: number): () => void {
  const { records, places, product } = convolution(heap, spec, from, to);
  const isSlow = product === 'floats' || product === 'depthwise';
  const cost = sizeOf(spec.kernel.shape) / records.length / (isSlow ? 10 : 50);
  const runs = records.map((record) => {
    scratch.atLeast(heap.engine.kernels.convolutionScratch(record));
    return calls.over('convolve', { count: places, cost, multiple: PLACES }, [record, FIRST, LAST, 'scratch']);
  });
  return inTurn(...runs);
}

export const convTranspose2d: PlanStep<'convTranspose2d'> = ({ node, inputs, output, parameters }) => {
  const [x] = inputs as [(typeof inputs)[0]];
  const kernel = parameters[node.kernel]!;
  const image = imageOf(x.shape);
  const { height, width, channels: filters } = imageOf(output.shape);
  const levels = weightIntegersOf(kernel);
  const isWhole = levels !== undefined && integersOf(x.type) !== undefined;
  const size = sizeOf(x.shape);
  return {
    temporaries: x.type === 'float32' ? [] : [size * 4],
    place: (room) => {
      const { heap, output: to } = room;
      const [from, factors] = [room.inputs[0]!, room.temporaries[0]!];
      const decode =
        x.type === 'float32' ? undefined : decoded(room, factorTable(x.type, isWhole), size, from, factors);
      const weights = weightsOf(kernel);
      const packed = heap.put(isWhole ? Int32Array.from(weights) : Float32Array.from(weights));
      const window = putWindow(heap, {
        ...image,
        rows: height,
        columns: width,
        windowHeight: kernel.shape[0]!,
        windowWidth: kernel.shape[1]!,
        strideY: node.strides[0],
        strideX: node.strides[1],
        top: node.pads[0],
        left: node.pads[1],
        filters,
      });
      const epilogue = { scale: floatsOf(parameters, node.scale), bias: floatsOf(parameters, node.bias) };
      const finish = placeAffine(room, epilogue, height * width, filters, to, to);
      const values = [window, decode ? factors : from, packed, to, Number(isWhole)] as const;
      return inTurn(decode, room.calls.once('convTranspose', values), finish);
    },
  };
};

/** Runs an epilogue over rows of channels. */
export function placeAffine(
  { heap, calls }: Room,
  { scale, bias }: { readonly scale: Float32Array | undefined; readonly bias: Float32Array | undefined },
  rows: number,
  channels: number,
  x: number,
  y: number,
): () => void {
  const all = (values: Float32Array | undefined, neutral: number) =>
    values?.length === channels ? values : new Float32Array(channels).fill(values?.[0] ?? neutral);
  const [factors, terms] = [heap.put(all(scale, 1)), heap.put(all(bias, -0))];
  const [from, to] = [itemsAt(x, channels * 4), itemsAt(y, channels * 4)];
  return calls.over('affine', { count: rows, cost: channels * 0.3 }, [from, to, COUNT, channels, factors, terms]);
}

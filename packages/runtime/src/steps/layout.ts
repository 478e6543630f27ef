import type { Value } from '@lowbit/graph';
import { inTurn } from '../plan/calls.js';
import { imageOf, itemBytes, sizeOf, type PlanStep } from '../plan/step.js';
import { meaningsOf } from '../convolution/parameters.js';
import { placeCopy, stridesOf } from './copy.js';

export const transpose: PlanStep<'transpose'> = ({ node, inputs, output }) => ({
  place: ({ heap, inputs: [x], output: y }) => {
    const strides = stridesOf(inputs[0]!.shape);
    const from = node.permutation.map((axis) => strides[axis]!);
    return placeCopy(heap, itemBytes(output), output.shape, from, x!, y);
  },
});

export const slice: PlanStep<'slice'> = ({ node, inputs, output }) => ({
  place: ({ heap, inputs: [x], output: y }) => {
    const strides = stridesOf(inputs[0]!.shape);
    const first = node.begin.reduce((sum, begin, axis) => sum + begin * strides[axis]!, 0);
    const bytes = itemBytes(output);
    return placeCopy(heap, bytes, output.shape, strides, x! + first * bytes, y);
  },
});

export const concat: PlanStep<'concat'> = ({ node, inputs, output }) => ({
  place: ({ heap, inputs: from, output: y }) => {
    const bytes = itemBytes(output);
    const strides = stridesOf(output.shape);
    let at = y;
    const copies = inputs.map(({ shape }, k) => {
      const copy = placeCopy(heap, bytes, shape, stridesOf(shape), from[k]!, at, strides);
      at += shape[node.axis]! * strides[node.axis]! * bytes;
      return copy;
    });
    return inTurn(...copies);
  },
});

export const pad: PlanStep<'pad'> = ({ node, inputs, output }) => ({
  place: ({ heap, calls, inputs: [x], output: y }) => {
    const bytes = itemBytes(output);
    const image = imageOf(inputs[0]!.shape);
    const { width, channels } = imageOf(output.shape);
    const to = [width * channels, channels, 1];
    const first = (node.pads[0] * width + node.pads[1]) * channels;
    const shape = [image.height, image.width, channels];
    const copy = placeCopy(heap, bytes, shape, stridesOf(shape), x!, y + first * bytes, to);
    const zero = Math.max(0, zeroCode(output));
    return inTurn(calls.once('fillBytes', [y, sizeOf(output.shape) * bytes, zero]), copy);
  },
});

/** The code that stands for 0, −1 where none does; 0 for floats. */
export function zeroCode({ type }: Value): number {
  return type === 'float32' ? 0 : meaningsOf(type).indexOf(0);
}

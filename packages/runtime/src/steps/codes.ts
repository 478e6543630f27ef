import { putCoding } from '../convolution/coding.js';
import { meaningsOf } from '../convolution/parameters.js';
import { floatsOf, sizeOf, type PlanStep, type Room } from '../plan/step.js';
import { COUNT, itemsAt } from '../threads/task.js';

export const quantize: PlanStep<'quantize'> = ({ node, output, parameters }) => ({
  place: ({ heap, calls, inputs: [x], output: y }) => {
    const coding = putCoding(heap, floatsOf(parameters, node.thresholds));
    const items = { count: sizeOf(output.shape), cost: 0.5, multiple: 16 };
    return calls.over('quantize', items, [itemsAt(x!, 4), itemsAt(y, 1), COUNT, coding, 'scratch']);
  },
});

export const dequantize: PlanStep<'dequantize'> = ({ inputs, output }) => ({
  place: (room) => {
    const { type } = inputs[0]!;
    if (type === 'float32') throw new Error('dequantize of float32, which are no codes; leave it out');
    return decoded(room, meaningsOf(type), sizeOf(output.shape), room.inputs[0]!, room.output);
  },
});

/** Turns so many codes into the numbers of 32 bits that a table has for them. */
export function decoded(
  { heap, calls }: Room,
  table: Float32Array | Int32Array,
  size: number,
  from: number,
  to: number,
): () => void {
  const items = { count: size, cost: 0.7, multiple: 16 };
  return calls.over('dequantize', items, [itemsAt(from, 1), itemsAt(to, 4), COUNT, heap.put(table)]);
}

import { meaningsOf } from '../convolution/parameters.js';
import { floatLine } from '../convolution/thresholds.js';
import { floatsOf, sizeOf, type PlanStep, type Room } from '../plan/step.js';
import { COUNT, itemsAt } from '../threads/task.js';

export const quantize: PlanStep<'quantize'> = ({ node, output, parameters }) => ({
  place: ({ heap, calls, inputs: [x], output: y }) => {
    const values = floatsOf(parameters, node.thresholds);
    const line = floatLine(values);
    const items = { count: sizeOf(output.shape), cost: line ? 0.4 : 0.2 * values.length, multiple: 16 };
    const [from, to] = [itemsAt(x!, 4), itemsAt(y, 1)];
    if (line) {
      return calls.over('quantizeByLine', items, [from, to, COUNT, line.scale, line.bias, values.length, 'scratch']);
    }
    return calls.over('quantize', items, [from, to, COUNT, heap.put(values), values.length, 'scratch']);
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

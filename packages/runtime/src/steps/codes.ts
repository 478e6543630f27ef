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

/** Codes of tables that are looked up all at once. */
const FEW = 16;

/** The address of a table of what codes stand for, which is read to 64 bytes. */
export function putTable(heap: Room['heap'], table: Float32Array | Int32Array): number {
  const address = heap.reserve(Math.max(FEW, table.length) * 4);
  new Uint8Array(heap.engine.memory.buffer, address).set(
    new Uint8Array(table.buffer, table.byteOffset, table.byteLength),
  );
  return address;
}

/** Turns so many codes into the numbers of 32 bits that a table has for them. */
export function decoded(
  { heap, calls }: Room,
  table: Float32Array | Int32Array,
  size: number,
  from: number,
  to: number,
): () => void {
  const items = { count: size, cost: table.length > FEW ? 0.7 : 0.2, multiple: 16 };
  return calls.over('dequantize', items, [
    itemsAt(from, 1),
    itemsAt(to, 4),
    COUNT,
    putTable(heap, table),
    table.length,
  ]);
}

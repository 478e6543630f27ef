import { ELEMENT } from '@lowbit/onnx-proto';
import { floats, int64s } from './tensors.js';
import type { Writer } from './writer.js';

/** The number of thresholds that x is not below, in plain ONNX: each compared to x, and the results counted. */
export function countReached(writer: Writer, x: string, thresholds: Float32Array): string {
  const last = writer.local('last_axis', int64s([-1]));
  const column = writer.add('Unsqueeze', [x, last]);
  const reached = writer.add('GreaterOrEqual', [column, writer.local('thresholds', floats(thresholds))]);
  return writer.add('ReduceSum', [writer.add('Cast', [reached], { to: ELEMENT.float }), last], { keepdims: 0 });
}

/** What each code, a whole float32, stands for. */
export function lookedUp(writer: Writer, codes: string, table: readonly number[]): string {
  const indices = writer.add('Cast', [codes], { to: ELEMENT.int64 });
  return writer.add('Gather', [writer.local('levels', floats(table)), indices], { axis: 0 });
}

/** Whether each number is larger than the one before it. */
export function isAscending(levels: readonly number[]): boolean {
  return levels.every((level, i) => i === 0 || level > levels[i - 1]!);
}

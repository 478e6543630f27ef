import type { Operation, OpName } from '@lowbit/graph';
import type { Layout, Writer } from '../writer.js';

/** How each op is written: ONNX's name of the result and its layout. */
export type Converters = {
  readonly [Op in OpName]: (writer: Writer, node: Operation<Op>) => readonly [result: string, layout: Layout];
};

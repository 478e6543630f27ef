import { meaningsOf } from '../convolution/parameters.js';
import { floatLine } from '../convolution/thresholds.js';
import { floatsOf, sizeOf, type PlanStep } from '../plan/step.js';

export const quantize: PlanStep<'quantize'> = ({ node, output, parameters }) => ({
  place: ({ heap, inputs: [x], output: y, scratch }) => {
    const values = floatsOf(parameters, node.thresholds);
    const size = sizeOf(output.shape);
    const { kernels } = heap.engine;
    const line = floatLine(values);
    if (line) {
      return () => kernels.quantizeByLine(x!, y, size, line.scale, line.bias, values.length, scratch.address);
    }
    const thresholds = heap.put(values);
    return () => kernels.quantize(x!, y, size, thresholds, values.length, scratch.address);
  },
});

export const dequantize: PlanStep<'dequantize'> = ({ inputs, output }) => ({
  place: ({ heap, inputs: [x], output: y }) => {
    const { type } = inputs[0]!;
    if (type === 'float32') throw new Error('dequantize of float32, which are no codes; leave it out');
    const table = heap.put(meaningsOf(type));
    const { kernels } = heap.engine;
    return () => kernels.dequantize(x!, y, sizeOf(output.shape), table);
  },
});

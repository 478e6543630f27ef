// Runs a model by several threads and leaves without a word to them.
import { load } from '../load.js';

const model = await load(
  {
    inputs: [{ name: 'x', shape: [100_000] }],
    nodes: [{ name: 'y', op: 'unary', inputs: ['x'], function: 'abs' }],
    outputs: ['y'],
    parameters: {},
  },
  { threads: 3 },
);
const { y } = await model.run({ x: new Float32Array(100_000).fill(-0.75) });
console.log(`${model.threads} threads: ${Math.min(...y!.subarray(0, 1000))}`);

import { writeModel, type Graph } from '@lowbit/graph';

const SIDE = 32;

/** A packed network of CIFAR's shape that tells which of three colours an image has most of. */
export function coloursModel(): Uint8Array {
  const kernel = new Float32Array(9);
  for (let channel = 0; channel < 3; channel++) kernel[channel * 3 + channel] = 1;
  const graph: Graph = {
    inputs: [{ name: 'image', shape: [SIDE, SIDE, 3] }],
    nodes: [
      { name: 'mean', op: 'globalAveragePool', inputs: ['image'] },
      { name: 'scores', op: 'dense', inputs: ['mean'], kernel: 'kernel' },
    ],
    outputs: ['scores'],
    parameters: { kernel: { kind: 'float32', shape: [3, 3], data: kernel } },
    metadata: { labels: JSON.stringify(['red', 'green', 'blue']) },
  };
  return writeModel(graph);
}

import { expect, it } from 'vitest';
import { multiplyAdds, peerPlan } from './nets.js';

/** Multiply-adds of one image's forward pass where a depthwise 3×3, or nothing, stands for each shift. */
function peerMultiplyAdds(plan: ReturnType<typeof peerPlan>, shift = 9): number {
  const sizes = new Map([['input', plan.inputShape[0]!]]);
  let sum = 0;
  for (const { name, op, inputs, channels, strides = 1, ...rest } of plan.layers) {
    const size = Math.ceil(sizes.get(inputs[0]!)! / (strides as number));
    sizes.set(name, op === 'average-pool' ? 1 : size);
    if (op === 'conv') sum += size ** 2 * channels * (rest['filters'] as number) * (rest['kernelSize'] as number) ** 2;
    if (op === 'shift') sum += size ** 2 * channels * shift;
    if (op === 'dense') sum += channels * (rest['units'] as number);
  }
  return sum;
}

it('L20x4 is the net of the figures: 28.5 million multiply-adds an image, 8 blocks, W1A4', () => {
  const plan = peerPlan('L20x4', false);
  expect(peerMultiplyAdds(plan) / 1e6).toBeCloseTo(28.5, 1);
  expect(plan.layers.filter(({ op }) => op === 'shift')).toHaveLength(8);
  const bits = (op: string) => plan.layers.filter((layer) => layer.op === op).map((layer) => layer.bits);
  expect(new Set(bits('quantize'))).toEqual(new Set([4]));
  expect(bits('conv')[0]).toBe('float');
  expect(new Set(bits('conv').slice(1))).toEqual(new Set([1]));
});

it('ResNet20 is float, of 3×3 convolutions', () => {
  const plan = peerPlan('ResNet20', true);
  expect(peerMultiplyAdds(plan) / 1e6).toBeCloseTo(40.8, 1);
  expect(new Set(plan.layers.map(({ op }) => op))).not.toContain('quantize');
  expect(plan.layers.filter(({ kernelSize }) => kernelSize === 3)).toHaveLength(19);
});

it('the float twin of L20x4 has the same layers', () => {
  const [few, float] = [peerPlan('L20x4', false), peerPlan('L20x4', true)];
  expect(float.layers.map(({ name, op }) => [name, op])).toEqual(few.layers.map(({ name, op }) => [name, op]));
  const bits = float.layers.flatMap((layer) => layer.bits ?? []);
  expect(new Set(bits)).toEqual(new Set(['float']));
});

it.each(['L20x4', 'ResNet20'] as const)('%s is plain JSON', (net) => {
  const plan = peerPlan(net, false);
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
});

it('counts the multiply-adds of all layers but shifts', () => {
  expect(multiplyAdds('L20x4')).toBe(peerMultiplyAdds(peerPlan('L20x4', false), 0));
  expect(multiplyAdds('ResNet20')).toBe(peerMultiplyAdds(peerPlan('ResNet20', true)));
});

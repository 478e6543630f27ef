import { describe, expect, it } from 'vitest';
import { onnxNet, type OnnxNet } from './nets.js';

/** Weights and biases of torchvision's nets, a batch normalization as one bias for each channel; of ResNet20 with 1×1 shortcuts. */
const PARAMETERS: readonly (readonly [OnnxNet, number])[] = [
  ['MobileNetV2', 3_487_816],
  ['ResNet18', 11_684_712],
  ['ResNet50', 25_530_472],
  ['ResNet20', 271_824 + 784],
];

describe('nets for ONNX Runtime', () => {
  it.each(PARAMETERS)('%s has its parameters, in float32 and in int8', (net, parameters) => {
    const [float, int8] = (['float', 'int8'] as const).map((form) => onnxNet(net, form).file.length);
    expect(float! / 4).toBeGreaterThan(parameters);
    expect(float! / 4).toBeLessThan(1.005 * parameters);
    expect(int8!).toBeGreaterThan(parameters);
    expect(int8!).toBeLessThan(1.1 * parameters);
  });
});

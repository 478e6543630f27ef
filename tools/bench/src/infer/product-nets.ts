import type { Model } from '@lowbit/runtime';

const dorefa = (bits: number) => ({ quantizer: 'dorefa', bits });
const twoBits = { model: 'resnet20', weights: dorefa(2), activations: dorefa(2) };
const imagenet = { inputShape: [224, 224, 3], classes: 1000 };

/** The product's nets as a config names them, with the shape and classes of their data. */
export const PRODUCT_NETS = {
  'L-SSPQ50': { spec: { model: 'l-sspq50', afterShift: 4 }, ...imagenet },
  'L-SSPQ50, whole shifts': { spec: { model: 'l-sspq50', afterShift: 'rounded-shift' }, ...imagenet },
  ResNet20: { spec: { ...twoBits, stem: { quantized: true } }, inputShape: [32, 32, 3], classes: 10 },
  ResNet18: {
    spec: {
      ...{ ...twoBits, widths: [64, 128, 256, 512], blocks: [2, 2, 2, 2] },
      stem: { kernelSize: 7, strides: 2, pool: true, quantized: true },
    },
    ...imagenet,
  },
};

export type ProductNet = keyof typeof PRODUCT_NETS;

/** An image for a model of one input. */
export function randomImage({ inputs: [input] }: Model): Record<string, Float32Array> {
  const { name, shape } = input!;
  const size = shape.reduce((product, side) => product * side, 1);
  return { [name]: Float32Array.from({ length: size }, (_, k) => Math.sin(k)) };
}

import { aslBuilder, basicResnetBuilder, resnetBuilder, sspqBuilder, type Preset } from './builder.js';

const dorefa = (bits: number) => ({ quantizer: 'dorefa', bits });

/** L-SSPQ §IV-A: channels and blocks of the 50-layer models; W1A4. */
const imagenet50: Preset = {
  widths: [64, 128, 256, 512],
  blocks: [3, 4, 6, 3],
  weights: dorefa(1),
  activations: dorefa(4),
  stem: { kernelSize: 7, strides: 2, normalized: true, pool: true },
  inputs: { shape: [224, 224, 3], classes: 1000, sizes: [64, 1024] },
};

/** The same widths and blocks in float, with ReLU. */
const float50: Preset = { ...imagenet50, weights: 'float', activations: 'relu' };

/** L-SSPQ §IV-A: the CIFAR models; the stem stands bare, as in the authors' CIFAR script. */
function cifar(classes: number, bits: number, widths: readonly number[], blocks: readonly number[]): Preset {
  return {
    widths,
    blocks,
    weights: dorefa(bits),
    activations: dorefa(bits),
    stem: { kernelSize: 3, strides: 1, normalized: false, pool: false },
    inputs: { shape: [32, 32, 3], classes, sizes: [16, 96] },
  };
}

const cifar20 = cifar(10, 4, [16, 32, 64, 128], [2, 2, 3, 2]);
const cifar20wide = cifar(10, 4, [64, 128, 256], [3, 3, 3]);
const cifar34 = cifar(100, 8, [16, 32, 64, 128], [3, 4, 6, 3]);
const cifar28wide = cifar(100, 8, [64, 128, 256], [4, 6, 3]);

/** He et al. 2016, section 4.2, in float, with ReLU. */
const float20: Preset = {
  widths: [16, 32, 64],
  blocks: [3, 3, 3],
  expansion: 1,
  weights: 'float',
  activations: 'relu',
  stem: { kernelSize: 3, strides: 1, normalized: true, pool: false },
  inputs: { shape: [32, 32, 3], classes: 10, sizes: [16, 96] },
};

/** Not of the paper: small enough to train on handwritten digits of 8×8 pixels in a minute or two. */
const digits: Preset = {
  widths: [40, 64],
  blocks: [2, 3],
  expansion: 2,
  weights: dorefa(1),
  activations: dorefa(4),
  stem: { kernelSize: 3, strides: 1, normalized: true, pool: false },
  inputs: { shape: [8, 8, 1], classes: 10, sizes: [8, 32] },
};

/** SSPQ50, W1A4, for 224². */
export const sspq50 = sspqBuilder('sspq50', imagenet50, false);
/** L-SSPQ50 ("SSPQ50 v.2"), W1A4, for 224². */
export const lSspq50 = sspqBuilder('l-sspq50', imagenet50, true);
/** SSPQ20, W4A4, for CIFAR-10. */
export const sspq20 = sspqBuilder('sspq20', cifar20, false);
/** L-SSPQ20, W4A4, for CIFAR-10. */
export const lSspq20 = sspqBuilder('l-sspq20', cifar20, true);
/** SSPQ20wide, W4A4, for CIFAR-10. */
export const sspq20wide = sspqBuilder('sspq20wide', cifar20wide, false);
/** L-SSPQ20wide, W4A4, for CIFAR-10. */
export const lSspq20wide = sspqBuilder('l-sspq20wide', cifar20wide, true);
/** SSPQ34, W8A8, for CIFAR-100. */
export const sspq34 = sspqBuilder('sspq34', cifar34, false);
/** L-SSPQ34, W8A8, for CIFAR-100. */
export const lSspq34 = sspqBuilder('l-sspq34', cifar34, true);
/** SSPQ28wide, W8A8, for CIFAR-100. */
export const sspq28wide = sspqBuilder('sspq28wide', cifar28wide, false);
/** L-SSPQ28wide, W8A8, for CIFAR-100. */
export const lSspq28wide = sspqBuilder('l-sspq28wide', cifar28wide, true);
/** A small SSPQ, W1A4, for the digits. */
export const sspqDigits = sspqBuilder('sspq-digits', digits, false);
/** A small L-SSPQ, W1A4, for the digits. */
export const lSspqDigits = sspqBuilder('l-sspq-digits', digits, true);
/** ASL50, float, for 224²: one shift and one point-wise convolution a block. */
export const asl50 = aslBuilder('asl50', float50);
/** ResIBShift50, for 224²: SSPQ50 in float, with ReLU. */
export const resIbShift50 = sspqBuilder('resibshift50', float50, false);
/** ResNet50, float, for 224². */
export const resnet50 = resnetBuilder('resnet50', float50);
/** ResNet20, float, for CIFAR-10; `blocks` of 5, 9 or 18 a group make it ResNet32, 56 or 110. */
export const resnet20 = basicResnetBuilder('resnet20', float20);

/** The models by the names that a config uses. */
export const models = {
  sspq50,
  'l-sspq50': lSspq50,
  sspq20,
  'l-sspq20': lSspq20,
  sspq20wide,
  'l-sspq20wide': lSspq20wide,
  sspq34,
  'l-sspq34': lSspq34,
  sspq28wide,
  'l-sspq28wide': lSspq28wide,
  'sspq-digits': sspqDigits,
  'l-sspq-digits': lSspqDigits,
  asl50,
  resibshift50: resIbShift50,
  resnet50,
  resnet20,
} as const;

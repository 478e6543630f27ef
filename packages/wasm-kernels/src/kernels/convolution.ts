import { backend_util, type Conv2DBackpropFilterAttrs } from '@tensorflow/tfjs-core';

export type Shape4D = [number, number, number, number];
type Attrs = Pick<Conv2DBackpropFilterAttrs, 'strides' | 'pad' | 'dataFormat' | 'dimRoundingMode'>;

/** Geometry of an undilated convolution, channels last, from a kernel's attributes. */
export function convolution(inputShape: Shape4D, filterShape: Shape4D, attrs: object): backend_util.Conv2DInfo {
  const { strides, pad, dimRoundingMode } = attrs as Attrs;
  return backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad, dimRoundingMode);
}

/** Geometry as the module takes it. */
export function geometry(info: backend_util.Conv2DInfo): number[] {
  return [
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth, info.outChannels],
    ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth, info.padInfo.top, info.padInfo.left],
  ];
}

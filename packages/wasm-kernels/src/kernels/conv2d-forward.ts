import { Conv2D, FusedConv2D, type backend_util, type FusedConv2DAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelCall, NativeKernel } from '../native.js';
import { convolution, geometry, type Shape4D } from './convolution.js';
import { isPointwise, pointwiseForward } from './pointwise.js';
import { byWinograd } from './winograd.js';

function infoOf({ inputs: { x, filter }, attrs }: KernelCall): backend_util.Conv2DInfo {
  return convolution(x!.shape as Shape4D, filter!.shape as Shape4D, attrs!);
}

function takes({ inputs, attrs }: KernelCall): boolean {
  const { x, filter, bias, preluActivationWeights } = inputs;
  const given = attrs as unknown as Partial<FusedConv2DAttrs>;
  if (x?.dtype !== 'float32' || filter?.dtype !== 'float32' || given.dataFormat === 'NCHW') return false;
  if ((given.activation ?? 'linear') !== 'linear' || preluActivationWeights) return false;
  if ([given.dilations ?? 1].flat().some((dilation) => dilation !== 1)) return false;
  return !bias || (bias.shape.length === 1 && bias.shape[0] === filter.shape[3]);
}

const run: NativeKernel['run'] = (host, call) => {
  const { x, filter, bias } = call.inputs as { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo };
  const info = infoOf(call);
  if (isPointwise(info)) return pointwiseForward(host, { x, filter, bias }, info);
  const { exports, address, output, scratch } = host;
  const y = output(info.outShape);
  const taps = info.filterHeight * info.filterWidth;
  const [from, weights, to, offsets] = [address(x), address(filter), address(y), bias ? address(bias) : 0];
  byWinograd(
    host,
    info,
    (numbers, free) => exports.winograd(from, weights, to, offsets, ...numbers, 0, free),
    () =>
      scratch(exports.windowsScratch(info.inChannels, info.outChannels, taps) >>> 0, (free) =>
        exports.windows(from, weights, to, offsets, ...geometry(info), 0, free),
      ),
  );
  return y;
};

/** A 2-D convolution of float32 tensors, channels last, undilated, with or without a bias. */
export const conv2d: NativeKernel = { kernelName: Conv2D, takes, run };

/** The same where TF.js fuses a bias with it; with an activation TF.js's own kernel runs. */
export const fusedConv2d: NativeKernel = { kernelName: FusedConv2D, takes, run };

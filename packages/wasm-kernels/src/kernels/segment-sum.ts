import { UnsortedSegmentSum, util, type TensorInfo, type UnsortedSegmentSumAttrs } from '@tensorflow/tfjs-core';
import type { NativeKernel } from '../native.js';

/**
 * Sum of the rows of a float32 tensor by segment, which is the gradient of a gather (an embedding). Rows whose segment is
 * negative or too large are dropped, as on every backend. A NaN stays in its own segment, whereas the cpu backend, which
 * multiplies by a mask, spreads it to all of them.
 */
export const unsortedSegmentSum: NativeKernel = {
  kernelName: UnsortedSegmentSum,
  takes({ inputs: { x, segmentIds } }) {
    return x?.dtype === 'float32' && segmentIds?.dtype === 'int32' && segmentIds.shape.length === 1;
  },
  run(host, { inputs, attrs }) {
    const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo };
    const { numSegments } = attrs as unknown as UnsortedSegmentSumAttrs;
    const rest = x.shape.slice(1);
    util.assert(
      x.shape[0] === segmentIds.shape[0],
      () => `Error in unsortedSegmentSum: x has ${x.shape[0]} rows and segmentIds ${segmentIds.shape[0]} entries`,
    );
    const y = host.output([numSegments, ...rest]);
    const sizes = [segmentIds.shape[0]!, util.sizeFromShape(rest), numSegments] as const;
    host.exports.segmentSum(host.address(x), host.address(segmentIds), host.address(y), ...sizes);
    return y;
  },
};

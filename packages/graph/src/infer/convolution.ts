import { windowCount } from '../shapes.js';
import { optionalParameter, pads, pair, parameter, whole } from './fields.js';
import type { OpRules } from './rule.js';

const epilogue = { scale: optionalParameter, bias: optionalParameter };
const window = { kernel: parameter, strides: pair([1, 1]), pads };

/** Sums of products with a kernel, and what follows them. */
export const convolution: OpRules<'conv2d' | 'convTranspose2d' | 'dense' | 'affine'> = {
  conv2d: {
    inputs: 1,
    attributes: { ...window, dilations: pair([1, 1]), groups: whole(1, 1), ...epilogue },
    infer(node, check) {
      const [height, width, channels] = check.image();
      const { groups, strides, dilations } = node;
      if (channels % groups !== 0) check.fail(`its ${channels} channels do not divide into groups`, groups);
      const depth = channels / groups;
      const axes = '[height, width, channels / groups, filters]';
      const kernel = check.shaped('kernel', node.kernel, [undefined, undefined, depth, undefined], axes);
      const [rows, columns, , filters] = kernel.shape as [number, number, number, number];
      if (filters % groups !== 0) check.fail(`its ${filters} filters do not divide into groups`, groups);
      check.exactSums(rows * columns * depth, check.x.type, kernel);
      check.epilogue(node, filters);
      const [top, left, bottom, right] = node.pads;
      const shape = check.imageResult(
        windowCount(height, rows, strides[0], top + bottom, dilations[0]),
        windowCount(width, columns, strides[1], left + right, dilations[1]),
        filters,
      );
      return { shape, type: 'float32' };
    },
  },
  convTranspose2d: {
    inputs: 1,
    attributes: { ...window, outputShape: pair(), ...epilogue },
    infer(node, check) {
      const [height, width, channels] = check.image();
      const axes = '[height, width, filters, channels]';
      const kernel = check.shaped('kernel', node.kernel, [undefined, undefined, undefined, channels], axes);
      const [rows, columns, filters] = kernel.shape as [number, number, number, number];
      const { strides, outputShape } = node;
      const [top, left, bottom, right] = node.pads;
      const back = [
        windowCount(outputShape[0], rows, strides[0], top + bottom),
        windowCount(outputShape[1], columns, strides[1], left + right),
      ];
      if (back[0] !== height || back[1] !== width)
        check.fail(`a convolution makes [${back.join(', ')}] of its outputShape, not its input`, [height, width]);
      check.exactSums(rows * columns * channels, check.x.type, kernel);
      check.epilogue(node, filters);
      return { shape: check.imageResult(...outputShape, filters), type: 'float32' };
    },
  },
  dense: {
    inputs: 1,
    attributes: { kernel: parameter, ...epilogue },
    infer(node, check) {
      const inputs = check.lastAxis();
      const kernel = check.shaped('kernel', node.kernel, [inputs, undefined], '[inputs, units]');
      const units = kernel.shape[1]!;
      check.exactSums(inputs, check.x.type, kernel);
      check.epilogue(node, units);
      return { shape: [...check.x.shape.slice(0, -1), units], type: 'float32' };
    },
  },
  affine: {
    inputs: 1,
    attributes: epilogue,
    infer(node, check) {
      check.floats();
      check.epilogue(node, check.lastAxis());
      return check.x;
    },
  },
};

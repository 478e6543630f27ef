import type { Value, ValueType } from '../graph.js';
import { sameLevels } from '../levels.js';
import { sizeOf } from '../shapes.js';
import { list, pads, whole } from './fields.js';
import type { NodeCheck } from './node-check.js';
import type { OpRules } from './rule.js';

/** Values and codes put elsewhere, and the mean along an axis. */
export const layout: OpRules<'concat' | 'reshape' | 'transpose' | 'pad' | 'slice' | 'mean'> = {
  concat: {
    inputs: 'some',
    attributes: { axis: whole(0) },
    infer(node, check) {
      const { x, inputs } = check;
      const axis = axisOf(check, node.axis);
      const odd = inputs.find(({ type }) => !sameType(type, x.type));
      if (odd) check.fail('its inputs must be all float32 or codes of the same levels', typeName(odd));
      const apart = inputs.find(
        ({ shape }) => shape.length !== x.shape.length || shape.some((size, i) => i !== axis && size !== x.shape[i]),
      );
      if (apart) check.fail(`its inputs must have one shape but for axis ${axis}`, [x.shape, apart.shape]);
      const total = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
      return { shape: x.shape.with(axis, total), type: x.type };
    },
  },
  reshape: {
    inputs: 1,
    attributes: { shape: list(1) },
    infer({ shape }, check) {
      const { x } = check;
      const size = sizeOf(x.shape);
      if (sizeOf(shape) !== size) check.fail(`its shape must hold the ${size} values of its input`, shape);
      return { shape, type: x.type };
    },
  },
  transpose: {
    inputs: 1,
    attributes: { permutation: list(0) },
    infer({ permutation }, check) {
      const { x } = check;
      const axes = x.shape.map((_, axis) => axis);
      if (permutation.length !== axes.length || !axes.every((axis) => permutation.includes(axis)))
        check.fail(`its permutation must name each axis of ${axes.length} once`, permutation);
      return { shape: permutation.map((axis) => x.shape[axis]!), type: x.type };
    },
  },
  pad: {
    inputs: 1,
    attributes: { pads },
    infer({ pads: [top, left, bottom, right] }, check) {
      const [height, width, channels] = check.image();
      check.zero();
      const shape = check.imageResult(height + top + bottom, width + left + right, channels);
      return { shape, type: check.x.type };
    },
  },
  slice: {
    inputs: 1,
    attributes: { begin: list(0), size: list(1) },
    infer({ begin, size }, check) {
      const { x } = check;
      const { length } = x.shape;
      if (begin.length !== length || size.length !== length || x.shape.some((whole, i) => begin[i]! + size[i]! > whole))
        check.fail(`its begin and size must lie within [${x.shape.join(', ')}]`, [begin, size]);
      return { shape: size, type: x.type };
    },
  },
  mean: {
    inputs: 1,
    attributes: { axis: whole(0) },
    infer(node, check) {
      check.floats();
      return { shape: check.x.shape.toSpliced(axisOf(check, node.axis), 1), type: 'float32' };
    },
  },
};

function axisOf(check: NodeCheck, axis: number): number {
  if (axis < check.x.shape.length) return axis;
  return check.fail(`its axis must be below ${check.x.shape.length}`, axis);
}

function sameType(a: ValueType, b: ValueType): boolean {
  return a === 'float32' || b === 'float32' ? a === b : sameLevels(a, b);
}

function typeName({ type }: Value): string {
  return type === 'float32' ? type : `codes of ${JSON.stringify(type)}`;
}

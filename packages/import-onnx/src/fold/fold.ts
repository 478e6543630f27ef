import { broadcast, constant, sizeOf, spread, type Constant, type Kind } from '../constant.js';
import type { Net } from '../net.js';
import { kindOf, readTensor } from '../tensors.js';
import { axesOf, axisOf, concatenated, gathered, permuted, reshapedTo, sliced } from './places.js';

type Fold = (net: Net, inputs: readonly Constant[]) => Constant | readonly Constant[];

/** What a node of constants makes; undefined of an op that is not computed before the model runs. */
export function fold(net: Net, inputs: readonly Constant[]): readonly Constant[] | undefined {
  const compute = FOLDS.get(net.node.op);
  if (!compute) return undefined;
  for (let i = 0; i < (NEEDED[net.node.op] ?? 1); i++) net.input(i);
  return [compute(net, inputs)].flat();
}

/** Whether an op on constants alone is computed. */
export function isFolded(op: string): boolean {
  return FOLDS.has(op);
}

function unary(compute: (x: number) => number, kind?: Kind): Fold {
  return (net, [x]) => {
    net.budget.take(x!.shape, net.node.where);
    return constant(kind ?? x!.kind, x!.shape, x!.data.map(compute));
  };
}

function binary(compute: (a: number, b: number, kind: Kind) => number, kind?: Kind): Fold {
  return (net, inputs) => inputs.reduce((a, b) => combined(net, a, b, compute, kind));
}

function combined(
  net: Net,
  a: Constant,
  b: Constant,
  compute: (a: number, b: number, kind: Kind) => number,
  kind?: Kind,
): Constant {
  const shape = broadcast(a.shape, b.shape);
  if (!shape) throw net.node.damaged('shapes that do not fit each other', [a.shape, b.shape]);
  net.budget.take(shape, net.node.where);
  const [left, right] = [spread(a, shape), spread(b, shape)];
  return constant(
    kind ?? a.kind,
    shape,
    left.map((value, i) => compute(value, right[i]!, a.kind)),
  );
}

const expand: Fold = (net, [x]) => {
  const target = net.whole(1, 'shape')!;
  const shape = broadcast(x!.shape, target);
  if (!shape) throw net.node.damaged('shapes that do not fit each other', [x!.shape, target]);
  net.budget.take(shape, net.node.where);
  return constant(x!.kind, shape, spread(x!, shape));
};

const where: Fold = (net, inputs) => {
  const [condition, a, b] = inputs as [Constant, Constant, Constant];
  const between = broadcast(a.shape, b.shape);
  const shape = between && broadcast(between, condition.shape);
  if (!shape)
    throw net.node.damaged(
      'shapes that do not fit each other',
      inputs.map((each) => each.shape),
    );
  net.budget.take(shape, net.node.where);
  const [chosen, left, right] = [condition, a, b].map((each) => spread(each, shape)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return constant(
    a.kind,
    shape,
    chosen.map((yes, i) => (yes ? left[i]! : right[i]!)),
  );
};

const range: Fold = (net, inputs) => {
  const [start, limit, delta] = inputs.map(({ data }) => data[0]!) as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  net.budget.take([count], net.node.where);
  return constant(
    inputs[0]!.kind,
    [count],
    Float64Array.from({ length: count }, (_, i) => start + i * delta),
  );
};

const constantOfShape: Fold = (net) => {
  const shape = net.whole(0, 'shape')!;
  if (shape.some((size) => size < 0)) throw net.node.damaged('a shape with a size below 0', shape);
  const value = net.node.tensor('value');
  const { kind, data } = value
    ? readTensor(value, net.node.where, net.external)
    : { kind: 'float' as const, data: [0] };
  const size = net.budget.take(shape, net.node.where);
  return constant(kind, shape, new Float64Array(size).fill(data[0] ?? 0));
};

const cast: Fold = (net, [x]) => {
  const kind = castTo(net);
  net.budget.take(x!.shape, net.node.where);
  const convert =
    kind === 'float' ? (value: number) => value : kind === 'int' ? Math.trunc : (value: number) => Number(value !== 0);
  return constant(kind, x!.shape, Float64Array.from(x!.data, convert));
};

/** The kind that Cast makes. */
export function castTo({ node }: Net): Kind {
  node.ignore('saturate', 'round_mode');
  const to = node.int('to', 0);
  const kind = kindOf(to);
  if (kind) return kind;
  throw node.refuse('a cast to this type', 'export the model in float32', to);
}

/** Constant: any of the forms that its value comes in. */
const given: Fold = ({ node, external }) => {
  const value = node.tensor('value');
  if (value) return readTensor(value, node.where, external);
  if (node.has('value_int')) return constant('int', [], [node.int('value_int', 0)]);
  if (node.has('value_float')) return constant('float', [], [node.float('value_float', 0)]);
  const [ints, floats] = [node.list('value_ints'), node.floats('value_floats')];
  return ints ? constant('int', [ints.length], ints) : constant('float', [floats.length], floats);
};

const reduced =
  (combine: (a: number, b: number) => number, first: number): Fold =>
  (net, [x]) => {
    const axes = axesOf(net, x!.shape.length) ?? x!.shape.map((_, axis) => axis);
    const keeps = net.node.flag('keepdims', true);
    const kept = x!.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const order = [...kept.keys()].sort((a, b) => Number(axes.includes(a)) - Number(axes.includes(b)) || a - b);
    const sorted = spread(x!, x!.shape, order);
    const size = net.budget.take(kept, net.node.where);
    const each = sorted.length / (size || 1);
    const data = Float64Array.from({ length: size }, (_, i) =>
      sorted.subarray(i * each, (i + 1) * each).reduce(combine, first),
    );
    return constant(x!.kind, keeps ? kept : kept.filter((_, axis) => !axes.includes(axis)), data);
  };

const integerDivision = (a: number, b: number, kind: Kind) => (kind === 'float' ? a / b : Math.trunc(a / b));

/** How many inputs an op cannot do without, where it is not one. */
const NEEDED: Readonly<Partial<Record<string, number>>> = {
  ...{ Constant: 0, Expand: 2, Reshape: 2, Gather: 2, Range: 3, Where: 3, Slice: 3 },
  ...{ Add: 2, Sub: 2, Mul: 2, Div: 2, Pow: 2, Equal: 2, Greater: 2, Less: 2, And: 2, Or: 2 },
};

const FOLDS: ReadonlyMap<string, Fold> = new Map<string, Fold>(
  Object.entries({
    Constant: given,
    ConstantOfShape: constantOfShape,
    Range: range,
    Identity: (_net, [x]) => x!,
    Cast: cast,
    Expand: expand,
    Where: where,
    Add: binary((a, b) => a + b),
    Sub: binary((a, b) => a - b),
    Mul: binary((a, b) => a * b),
    Div: binary(integerDivision),
    Pow: binary((a, b) => a ** b),
    Max: binary((a, b) => Math.max(a, b)),
    Min: binary((a, b) => Math.min(a, b)),
    Equal: binary((a, b) => Number(a === b), 'bool'),
    Greater: binary((a, b) => Number(a > b), 'bool'),
    Less: binary((a, b) => Number(a < b), 'bool'),
    And: binary((a, b) => a && b, 'bool'),
    Or: binary((a, b) => a || b, 'bool'),
    Not: unary((x) => Number(!x), 'bool'),
    Neg: unary((x) => -x),
    Abs: unary(Math.abs),
    Sqrt: unary(Math.sqrt),
    Reciprocal: unary((x) => 1 / x),
    Exp: unary(Math.exp),
    Floor: unary(Math.floor),
    Ceil: unary(Math.ceil),
    ReduceProd: reduced((a, b) => a * b, 1),
    ReduceSum: reduced((a, b) => a + b, 0),
    Reshape: (net, [x]) => reshapedTo(net, x!),
    Flatten: (net, [x]) => {
      const axis = axisOf(net, 'axis', 1, x!.shape.length + 1);
      return { ...x!, shape: [sizeOf(x!.shape.slice(0, axis)), sizeOf(x!.shape.slice(axis))] };
    },
    Squeeze: (net, [x]) => {
      const axes = axesOf(net, x!.shape.length);
      return { ...x!, shape: x!.shape.filter((size, axis) => (axes ? !axes.includes(axis) : size !== 1)) };
    },
    Unsqueeze: (net, [x]) => {
      const axes = axesOf(net, x!.shape.length, true) ?? [];
      return {
        ...x!,
        shape: axes.toSorted((a, b) => a - b).reduce((shape, axis) => shape.toSpliced(axis, 0, 1), [...x!.shape]),
      };
    },
    Transpose: (net, [x]) => permuted(net, x!),
    Gather: (net, inputs) => gathered(net, inputs[0]!, inputs[1]!),
    Slice: (net, [x]) => sliced(net, x!),
    Concat: (net, inputs) => concatenated(net, inputs),
  } satisfies Record<string, Fold>),
);

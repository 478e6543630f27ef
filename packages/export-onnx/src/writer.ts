import type { Graph, GraphNode, Value } from '@lowbit/graph';
import { LowbitError } from '@lowbit/plugin-api';
import { attributes, type AttributeValue } from './attributes.js';
import type { Dialect } from './dialect.js';
import { ELEMENT, type NodeProto, type TensorProto, type ValueInfoProto } from '@lowbit/onnx-proto';
import { floats, int64s, type Tensor } from './tensors.js';
import { weightsOf } from './weights.js';

/** Where the channels of an image are: the graph has them last, ONNX's windows want them first. Of [channels] both are the same. */
export type Layout = 'first' | 'last';

type Attributes = Readonly<Record<string, AttributeValue>>;

/** The nodes, constants and names of an ONNX graph while it is written. */
export class Writer {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  private readonly names: Set<string>;
  /** What each of the graph's values is called, in each layout that it was asked for in. */
  private readonly places = new Map<string, Partial<Record<Layout, string>>>();
  /** ONNX's values that others may read by their names. */
  private readonly kept = new Set<string>();
  private scope = '';

  /** @param values shapes and types, as `inferValues` finds them */
  constructor(
    readonly graph: Graph,
    private readonly values: ReadonlyMap<string, Value>,
    readonly dialect: Dialect,
    private readonly outputLayout: Layout,
  ) {
    this.names = new Set([...values.keys(), ...Object.keys(graph.parameters)]);
  }

  /** The shape and type of a value of the graph. */
  value(name: string): Value {
    return this.values.get(name)!;
  }

  /** What the integers of a value's codes are multiplied by to be what they stand for; 1 of other values. */
  scale(name: string): number {
    const { type } = this.value(name);
    return type !== 'float32' && 'integers' in type ? type.scale : 1;
  }

  /** What ONNX's value holds for each 1 of a value's integers; 1 of other values. */
  unit(name: string): number {
    const { type } = this.value(name);
    return type !== 'float32' && 'integers' in type ? this.dialect.unit(type) : 1;
  }

  /** Whether ONNX's value holds the integers of a value's codes. */
  holdsIntegers(name: string): boolean {
    const { type } = this.value(name);
    return type !== 'float32' && 'integers' in type && this.dialect.unit(type) === 1;
  }

  /** The numbers of a float parameter. */
  floats(parameter: string): Float32Array {
    return weightsOf(this.graph.parameters[parameter]!).data;
  }

  /** Adds a node; gives the name of its first output. Names of attributes are ONNX's own. */
  add(opType: string, inputs: readonly string[], values: Attributes = {}, domain?: string): string {
    const name = this.unique(`${this.scope}/${opType}`);
    this.nodes.push({ input: [...inputs], output: [name], name, opType, attribute: attributes(values), domain });
    return name;
  }

  /** Another output of the node that was added last. */
  output(name: string): string {
    const output = this.unique(`${this.scope}/${name}`);
    this.nodes.at(-1)!.output!.push(output);
    return output;
  }

  /** What a parameter of the graph became. It has the parameter's name unless something else was made of the same. */
  constant(parameter: string, tensor: Tensor): string {
    const isFree = !this.values.has(parameter) && this.initializers.every(({ name }) => name !== parameter);
    return this.known(parameter, tensor) ?? this.initialize(isFree ? parameter : this.unique(parameter), tensor);
  }

  /** Another constant of the node that is being written. */
  local(name: string, tensor: Tensor): string {
    const full = `${this.scope}/${name}`;
    return this.known(full, tensor) ?? this.initialize(this.unique(full), tensor);
  }

  /** The factors of a product, which may be a parameter of the graph or not. */
  factors(parameter: string | undefined, tensor: Tensor): string {
    return parameter === undefined ? this.local('scale', tensor) : this.constant(parameter, tensor);
  }

  /** What ONNX calls a value of the graph in a layout; a transposition is added where it has the other alone. */
  read(name: string, layout: Layout): string {
    const place = this.places.get(name)!;
    const { shape } = this.value(name);
    const known = place[layout] ?? (shape.length < 2 ? (place.first ?? place.last) : undefined);
    if (known !== undefined) return known;
    const scope = this.scope;
    this.scope = name;
    const from = layout === 'first' ? place.last! : place.first!;
    place[layout] = this.transpose(from, toLayout(layout, shape.length));
    this.scope = scope;
    this.kept.add(place[layout]);
    return place[layout];
  }

  /** The layout that a value was made in. */
  layoutOf(name: string): Layout {
    return this.places.get(name)!.first === undefined ? 'last' : 'first';
  }

  /** Permutes the axes of an ONNX value, the batch among them. */
  transpose(x: string, permutation: readonly number[]): string {
    return this.add('Transpose', [x], { perm: permutation });
  }

  /** An ONNX value times a float32, or over it; 1 is left out. */
  scaled(op: 'Mul' | 'Div', x: string, factor: number): string {
    return factor === 1 ? x : this.add(op, [x, this.local('factor', floats([factor], []))]);
  }

  /** An ONNX value of a value of the graph as real numbers. */
  real(name: string, x: string): string {
    return this.scaled('Mul', x, this.scale(name) / this.unit(name));
  }

  /** Another shape; 0 keeps what the axis has. */
  reshape(x: string, shape: readonly number[]): string {
    return this.add('Reshape', [x, this.local('shape', int64s(shape))]);
  }

  /** Says that an input of the graph is there in a layout. */
  defineInput(name: string, layout: Layout): void {
    this.places.set(name, { [layout]: name });
    this.kept.add(name);
  }

  /** Writes what a node of the graph becomes; `convert` gives ONNX's name of the result and its layout. */
  define(node: GraphNode, convert: () => readonly [result: string, layout: Layout]): void {
    this.scope = node.name;
    const [result, layout] = convert();
    const { shape } = this.value(node.name);
    const inPlace = shape.length < 2 || layout === this.outputLayout;
    const asIs = inPlace && this.scale(node.name) === this.unit(node.name);
    if (asIs || !this.graph.outputs.includes(node.name)) {
      this.places.set(node.name, { [layout]: this.renamed(result, node.name) });
      return;
    }
    const inner = this.renamed(result, this.unique(`${node.name}/value`));
    this.places.set(node.name, { [layout]: inner });
    const real = this.real(node.name, inner);
    this.renamed(inPlace ? real : this.transpose(real, toLayout(this.outputLayout, shape.length)), node.name);
  }

  /** What ONNX cannot say: an error that names the node. */
  unsupported(node: GraphNode, what: string, received?: unknown, hint?: string): never {
    throw new LowbitError('unsupported', { what, where: `node '${node.name}' (${node.op})`, received, hint });
  }

  /** Gives a value of ONNX another name, the graph's own; a value that has such a name already is copied. */
  private renamed(value: string, name: string): string {
    const made = this.nodes.find(({ output }) => output![0] === value);
    const node = made && !this.kept.has(value) ? made : this.nodes.at(this.nodes.push(identity(value)) - 1)!;
    node.output![0] = name;
    node.name = name;
    this.kept.add(name);
    return name;
  }

  /** The name, if this constant is there under it. */
  private known(name: string, tensor: Tensor): string | undefined {
    return this.initializers.some((other) => other.name === name && sameTensor(other, tensor)) ? name : undefined;
  }

  private initialize(name: string, tensor: Tensor): string {
    this.initializers.push({ ...tensor, name });
    return name;
  }

  private unique(name: string): string {
    let free = name;
    for (let i = 1; this.names.has(free); i++) free = `${name}_${i}`;
    this.names.add(free);
    return free;
  }
}

/** The permutation from the other layout, of so many axes besides the batch. */
function toLayout(layout: Layout, axes: number): readonly number[] {
  const spatial = Array.from({ length: axes - 1 }, (_, i) => i);
  return layout === 'first' ? [0, axes, ...spatial.map((i) => i + 1)] : [0, ...spatial.map((i) => i + 2), 1];
}

/** A graph's axis as ONNX counts it in a layout, after the batch. */
export function axisIn(layout: Layout, axis: number, axes: number): number {
  if (layout === 'last') return axis + 1;
  return axis === axes - 1 ? 1 : axis + 2;
}

/** A shape as it is in a layout, without the batch. */
export function shapeIn(layout: Layout, shape: readonly number[]): readonly number[] {
  return layout === 'last' || shape.length < 2 ? shape : [shape.at(-1)!, ...shape.slice(0, -1)];
}

/** What ONNX says of a float32 value; a batch that has a name may be of any size. */
export function valueInfo(name: string, batch: number | string, shape: readonly number[]): ValueInfoProto {
  const dim = [batch, ...shape].map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: ELEMENT.float, shape: { dim } } } };
}

function identity(value: string): NodeProto {
  return { input: [value], output: [value], opType: 'Identity' };
}

function sameTensor(a: Tensor, b: Tensor): boolean {
  return (
    a.dataType === b.dataType &&
    a.dims!.join() === b.dims!.join() &&
    a.rawData!.length === b.rawData!.length &&
    a.rawData!.every((byte, i) => byte === b.rawData![i])
  );
}

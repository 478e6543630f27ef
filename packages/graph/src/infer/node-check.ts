import { LowbitError } from '@lowbit/plugin-api';
import type { Epilogue, FloatParameter, Graph, GraphNode, Parameter, Value } from '../graph.js';
import { integersOf, zeroCode } from '../levels.js';
import { imageShape, likeImage, sameShape } from '../shapes.js';

/** The largest magnitude of an exact sum: engines add in 32 bits. */
const MAX_SUM = 2 ** 31 - 2;

/** Says what is wrong with a node, and looks at what it reads. */
export class NodeCheck {
  readonly where: string;

  /**
   * @param inputs what the node reads
   * @param checked data that was found good
   */
  constructor(
    private readonly node: GraphNode,
    readonly inputs: readonly Value[],
    private readonly parameters: Graph['parameters'],
    private readonly checked: Set<unknown>,
  ) {
    this.where = nodeName(node);
  }

  /** The node's only input, or its first. */
  get x(): Value {
    return this.inputs[0]!;
  }

  fail(what: string, received?: unknown, hint?: string): never {
    throw new LowbitError('data', { what, where: this.where, received, hint });
  }

  /** Looks at data that several nodes may share, once. */
  once(data: object, look: () => void): void {
    if (this.checked.has(data)) return;
    look();
    this.checked.add(data);
  }

  /** Asks for inputs that are no codes. */
  floats(): void {
    const at = this.inputs.findIndex(({ type }) => type !== 'float32');
    if (at < 0) return;
    const name = this.node.inputs[at];
    this.fail('its inputs must be float32', `the codes of '${name}'`, 'put a dequantize node before it');
  }

  /** The size of the input's last axis. */
  lastAxis(): number {
    return this.x.shape.at(-1) ?? this.fail('its input must have an axis', this.x.shape, 'put a reshape before it');
  }

  /** Asks that 0 can be filled in: that one of an input's codes stands for it. */
  zero(): void {
    const { type } = this.x;
    if (type === 'float32' || zeroCode(type) >= 0) return;
    this.fail('one of the codes of its input must stand for 0', type, 'put a dequantize node before it');
  }

  /** The input as [height, width, channels]; one of [width, channels] has height 1. */
  image(): readonly [height: number, width: number, channels: number] {
    const { shape } = this.x;
    if (shape.length === 2 || shape.length === 3) return imageShape(shape);
    return this.fail(
      'its input must be [height, width, channels] or [width, channels]',
      shape,
      'put a reshape before it',
    );
  }

  /** The shape of an image that was made of the input. */
  imageResult(height: number, width: number, channels: number): readonly number[] {
    const { shape } = this.x;
    if (shape.length === 2 && height !== 1)
      this.fail(
        'a value [width, channels] must keep its height of 1',
        height,
        'leave out pads, sizes and strides of rows',
      );
    if (height < 1 || width < 1)
      this.fail('the window does not fit into its input', shape, 'make the window smaller or pad it');
    return likeImage(shape.length, [height, width, channels]);
  }

  /** A parameter by the attribute that names it. */
  parameter(attribute: string, name: string): Parameter {
    if (Object.hasOwn(this.parameters, name)) return this.parameters[name]!;
    return this.fail(`the graph has no parameter for its ${attribute}`, name, 'add it to parameters');
  }

  /** A parameter of a shape in which undefined stands for any size. */
  shaped(attribute: string, name: string, expected: readonly (number | undefined)[], axes: string): Parameter {
    const found = this.parameter(attribute, name);
    const fits =
      found.shape.length === expected.length &&
      expected.every((size, axis) => size === undefined || size === found.shape[axis]);
    return fits ? found : this.misshapen(attribute, name, axes, expected, found);
  }

  /** A float parameter of one of these shapes. */
  vector(
    attribute: string,
    name: string | undefined,
    ...shapes: readonly (readonly number[])[]
  ): FloatParameter | undefined {
    if (name === undefined) return undefined;
    const found = this.parameter(attribute, name);
    if (found.kind !== 'float32')
      return this.fail(`its ${attribute}, parameter '${name}', must be float32`, found.kind, 'give it as float32');
    if (shapes.some((shape) => sameShape(shape, found.shape))) return found;
    const wanted = shapes.map((shape) => `[${shape.join(', ')}]`).join(' or ');
    return this.fail(`its ${attribute}, parameter '${name}', must have shape ${wanted}`, found.shape);
  }

  /** The scale and bias of so many channels. */
  epilogue({ scale, bias }: Epilogue, channels: number): void {
    this.vector('scale', scale, [channels], [1]);
    this.vector('bias', bias, [channels]);
  }

  /** Asks that a sum of so many products of integers is exact in 32 bits. */
  exactSums(terms: number, a: Value['type'] | Parameter, b: Value['type'] | Parameter): void {
    const [left, right] = [integersOf(a), integersOf(b)];
    if (!left || !right) return;
    const largest = terms * magnitude(left) * magnitude(right);
    if (largest > MAX_SUM)
      this.fail(`sums of ${terms} products may leave 32 bits`, largest, 'use fewer bits, or split the kernel');
  }

  private misshapen(
    attribute: string,
    name: string,
    axes: string,
    expected: readonly (number | undefined)[],
    { shape }: Parameter,
  ): never {
    const wanted = `${axes}: [${expected.map((size) => size ?? 'any').join(', ')}]`;
    return this.fail(`its ${attribute}, parameter '${name}', must have shape ${wanted}`, shape);
  }
}

/** A node as messages name it. */
export function nodeName({ name, op }: { readonly name: unknown; readonly op: unknown }): string {
  return `node '${String(name)}' (${String(op)})`;
}

function magnitude(integers: readonly number[]): number {
  return Math.max(...integers.map(Math.abs));
}

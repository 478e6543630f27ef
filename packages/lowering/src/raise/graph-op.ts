import type { UnaryFunction } from '@lowbit/graph';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, type LayerVariable } from '@tensorflow/tfjs-layers';
import type { LoweredValue } from '../draft.js';
import { epilogue } from '../epilogue.js';
import { valuesOf } from '../layer.js';
import type { LowersItself } from '../lowers-itself.js';
import type { LayerScope } from '../scope.js';
import { GRAPH_OPS, type GraphOpName, type OpAttributes } from './graph-ops.js';

/** Options of {@link GraphOp}. */
export interface GraphOpArgs {
  readonly name?: string;
  readonly op: GraphOpName;
  /** What the op has besides its parameters. */
  readonly attributes: OpAttributes;
  /** Numbers in each of its vectors: `scale` and `bias` of `affine`. */
  readonly vectors?: Readonly<Record<string, number>>;
  /** Of the result, without the batch. */
  readonly outputShape: readonly number[];
}

/** A layer that is one op of the graph for which `tf.layers` has none; it is lowered to that op again. */
export class GraphOp extends layers.Layer implements LowersItself {
  static readonly className = 'GraphOp';
  readonly #args: GraphOpArgs;
  readonly #vectors = new Map<string, LayerVariable>();

  constructor(args: GraphOpArgs) {
    super({ name: args.name });
    this.#args = args;
  }

  override build(): void {
    for (const [name, size] of Object.entries(this.#args.vectors ?? {})) {
      this.#vectors.set(name, this.addWeight(name, [size], 'float32', initializers.zeros()));
    }
    this.built = true;
  }

  override computeOutputShape(): (number | null)[] {
    return [null, ...this.#args.outputShape];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const { op, attributes } = this.#args;
    const vectors = Object.fromEntries([...this.#vectors].map(([name, variable]) => [name, variable.read()]));
    return tf.tidy(() => GRAPH_OPS[op]([inputs].flat(), attributes, vectors));
  }

  lowerItself(inputs: readonly LoweredValue[], scope: LayerScope): LoweredValue {
    const { op, attributes, outputShape: shape } = this.#args;
    if (op === 'affine') return scope.affine(inputs[0]!, epilogue(this.#numbers()));
    if (op === 'unary') return scope.unary(inputs[0]!, attributes.function as UnaryFunction);
    const real = inputs.map((input) => scope.real(input));
    return scope.add(op, real, attributes as never, { shape });
  }

  #numbers(): Record<string, Float64Array> {
    return Object.fromEntries([...this.#vectors].map(([name, variable]) => [name, valuesOf(variable)]));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...structuredClone<object>(this.#args) };
  }
}

tf.serialization.registerClass(
  GraphOp as unknown as tf.serialization.SerializableConstructor<tf.serialization.Serializable>,
);

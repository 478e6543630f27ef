import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, type LayerVariable } from '@tensorflow/tfjs-layers';

type Shape = (number | null)[];

/** The sizes of an attention, and what it attends to. */
export interface AttentionSizes {
  readonly heads: number;
  /** Features of a head's queries and keys. */
  readonly keyDimension: number;
  /** Features of a head's values; as of its keys unless given. */
  readonly valueDimension?: number;
  /** Features of the result; as of the queries' input unless given. */
  readonly outputDimension?: number;
  /** true unless given. */
  readonly useBias?: boolean;
  /** Whether no place sees those after it; false unless given. */
  readonly causal?: boolean;
  /** Seeds the initial kernels (Glorot, uniform). */
  readonly seed?: number;
}

/** Options of multi-head attention. */
export type AttentionArgs = ConstructorParameters<typeof layers.Layer>[0] & AttentionSizes;

/** What a quantizer of activations can be given for in attention, besides the (queries') input. */
export type Operand = 'context' | 'query' | 'key' | 'probability' | 'value' | 'outputInput';

type Projection = 'query' | 'key' | 'value' | 'output';

// What is masked has this score. It is finite: a place that sees nothing sees all alike, and not NaN.
const MASKED = -1e9;

/** Multi-head attention, whose operands pass through `operand`, where a quantized layer has its quantizers. */
export class Attention extends layers.Layer {
  private readonly sizes: Required<AttentionSizes>;
  queryKernel!: LayerVariable;
  keyKernel!: LayerVariable;
  valueKernel!: LayerVariable;
  outputKernel!: LayerVariable;
  private readonly biases = new Map<Projection, LayerVariable>();

  constructor(args: AttentionArgs) {
    const { heads, keyDimension, valueDimension = keyDimension, outputDimension = 0, ...others } = args;
    const { useBias = true, causal = false, seed = 0, ...rest } = others;
    super(rest);
    this.supportsMasking = true;
    this.sizes = { heads, keyDimension, valueDimension, outputDimension, useBias, causal, seed };
  }

  /** The operand as it is computed with. */
  operand(_name: Operand, x: tf.Tensor, _training: boolean): tf.Tensor {
    return x;
  }

  /** Shapes of the operands, for an input of `inputShape` or inputs of such. */
  operandShapes(inputShape: Shape | Shape[]): Record<Operand, Shape> {
    const { heads, keyDimension, valueDimension } = this.sizes;
    const [query, context] = pair(inputShape);
    const keys = [null, heads, null, keyDimension];
    return {
      context,
      query: keys,
      key: keys,
      probability: [null, heads, null, null],
      value: [null, heads, null, valueDimension],
      outputInput: [null, query[1]!, heads * valueDimension],
    };
  }

  override build(inputShape: Shape | Shape[]): void {
    const { heads, keyDimension, valueDimension } = this.sizes;
    const [query, context] = pair(inputShape);
    const [ofQuery, ofContext] = [query.at(-1)!, context.at(-1)!];
    this.queryKernel = this.#project('query', 0, ofQuery, heads * keyDimension);
    this.keyKernel = this.#project('key', 1, ofContext, heads * keyDimension);
    this.valueKernel = this.#project('value', 2, ofContext, heads * valueDimension);
    this.outputKernel = this.#project('output', 3, heads * valueDimension, this.#outputs(ofQuery));
    this.built = true;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [query] = pair(inputShape);
    return query.with(-1, this.#outputs(query.at(-1)!));
  }

  override computeMask(_inputs: tf.Tensor | tf.Tensor[], mask?: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[] {
    return (Array.isArray(mask) ? mask[0] : mask)!;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
    const training = kwargs?.['training'] === true;
    const { heads, keyDimension } = this.sizes;
    return tf.tidy(() => {
      const [x, second] = [inputs].flat() as [tf.Tensor, tf.Tensor?];
      const context = second ? this.operand('context', second, training) : x;
      const split = (name: 'query' | 'key' | 'value', from: tf.Tensor, kernel: LayerVariable) =>
        this.operand(name, headwise(this.#dense(name, from, kernel), heads), training);
      const [query, key] = [split('query', x, this.queryKernel), split('key', context, this.keyKernel)];
      const value = split('value', context, this.valueKernel);
      const scores = tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(keyDimension));
      const open = this.#visible(scores.shape, kwargs?.['mask'] as Mask | (Mask | null)[], second !== undefined);
      const masked = open ? tf.where(open, scores, tf.fill(scores.shape, MASKED)) : scores;
      const probability = this.operand('probability', tf.softmax(masked), training);
      const joined = tf.transpose(tf.matMul(probability, value), [0, 2, 1, 3]);
      const [batch, places, , features] = joined.shape as [number, number, number, number];
      const flat = tf.reshape(joined, [batch, places, heads * features]);
      return this.#dense('output', this.operand('outputInput', flat, training), this.outputKernel);
    });
  }

  /** Which places see which, as bool of the scores' shape; undefined where all see all. */
  #visible(shape: number[], mask: Mask | (Mask | null)[], hasContext: boolean): tf.Tensor | undefined {
    const [, , places, seen] = shape as [number, number, number, number];
    const ofKeys = Array.isArray(mask) ? mask[hasContext ? 1 : 0] : hasContext ? undefined : mask;
    const keys = ofKeys && tf.cast(tf.reshape(ofKeys, [-1, 1, 1, seen]), 'bool');
    const before =
      this.sizes.causal &&
      tf.lessEqual(tf.reshape(tf.range(0, seen), [1, 1, 1, seen]), tf.reshape(tf.range(0, places), [1, 1, places, 1]));
    const open = keys && before ? tf.logicalAnd(keys, before) : keys || before;
    return open ? tf.cast(tf.broadcastTo(tf.cast(open, 'int32'), shape), 'bool') : undefined;
  }

  #dense(name: Projection, x: tf.Tensor, kernel: LayerVariable): tf.Tensor {
    const [batch, places, features] = x.shape as [number, number, number];
    const product = tf.matMul(tf.reshape(x, [batch * places, features]), kernel.read() as tf.Tensor2D);
    const bias = this.biases.get(name);
    return tf.reshape(bias ? tf.add(product, bias.read()) : product, [batch, places, kernel.shape[1]!]);
  }

  #project(name: Projection, number: number, from: number, to: number): LayerVariable {
    const { seed, useBias } = this.sizes;
    const initializer = initializers.glorotUniform({ seed: seed * 4 + number });
    const kernel = this.addWeight(`${name}_kernel`, [from, to], 'float32', initializer);
    if (useBias) this.biases.set(name, this.addWeight(`${name}_bias`, [to], 'float32', initializers.zeros()));
    return kernel;
  }

  #outputs(ofQuery: number): number {
    return this.sizes.outputDimension || ofQuery;
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.sizes };
  }
}

type Mask = tf.Tensor;

/** [batch, places, heads · features] as [batch, heads, places, features]. */
function headwise(x: tf.Tensor, heads: number): tf.Tensor {
  const [batch, places, features] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [batch, places, heads, features / heads]), [0, 2, 1, 3]);
}

/** The shapes of the queries' input and of what they look at, which may be the same. */
function pair(inputShape: Shape | Shape[]): [Shape, Shape] {
  const [query, context] = (Array.isArray(inputShape[0]) ? inputShape : [inputShape]) as [Shape, Shape?];
  return [query, context ?? query];
}

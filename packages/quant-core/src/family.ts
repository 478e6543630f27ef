import type {
  Calibrator,
  Encoded,
  Granularity,
  Precision,
  QuantizeContext,
  Quantizer,
  QuantizerStateSpec,
} from '@lowbit/plugin-api';
import { canRunPrograms } from '@lowbit/webgpu-host';
import * as tf from '@tensorflow/tfjs-core';
import { checkPrecision } from './bits.js';
import { blocksOf, type Blocks } from './blocks.js';
import { meanCalibrator } from './calibrators.js';
import { checkFinite, codedBits, decode } from './encoded.js';

/** Tensors by name. Those of a block broadcast against the view of x: see {@link Blocks.shape}. */
export type Tensors = Readonly<Record<string, tf.Tensor>>;

/** A piece of state, one value of it for each block unless `shape` says otherwise. */
export interface FamilyState extends Omit<QuantizerStateSpec, 'shape'> {
  /** Shape of it within a block: [] unless given. */
  readonly within?: readonly number[];
}

/** What is known where a family computes. */
export interface FamilyContext {
  readonly blocks: Blocks;
  /** The shape of the tensor, which a view of it may not have. */
  readonly shape: readonly number[];
  /** Axis of its output channels. */
  readonly channelAxis: number;
  readonly training: boolean;
  readonly seed?: number;
}

/**
 * A family of quantizers as formulas; {@link quantizerOf} makes the quantizer. All of its functions run inside `tf.tidy`, and see x as
 * {@link Blocks.view} shapes it. A tensor "of the blocks" has the shape {@link Blocks.shape}, followed by what is within a block.
 */
export interface Family {
  readonly name: string;
  readonly bits: Precision;
  readonly granularity?: Granularity;
  readonly state?: readonly FamilyState[];
  /** What codes and levels are computed with, made of x and the state; the state itself if left out. No gradient passes through it. */
  parameters?(x: tf.Tensor, state: Tensors, context: FamilyContext): Tensors;
  /** Codes of x: whole numbers from 0, float32, of the shape of x. */
  codes(x: tf.Tensor, parameters: Tensors, context: FamilyContext): tf.Tensor;
  /**
   * What each code stands for: [blocks, levels], [levels] of a whole tensor. What parameters have of the blocks is here along one axis,
   * [blocks], as a GPU does not take as many axes as a view with levels would have.
   */
  levels(parameters: Tensors, context: FamilyContext): tf.Tensor;
  /** What `codes` stand for, where a formula is faster than looking them up: the very bits of `levels`. */
  values?(codes: tf.Tensor, parameters: Tensors): tf.Tensor;
  /** What the codes of x stand for, in one pass, where a kernel can: again the very bits. */
  onePass?(x: tf.Tensor, parameters: Tensors, context: FamilyContext): tf.Tensor | undefined;
  /** dL/dx of the shape of x, and dL/dstate of the blocks for each trainable state. */
  backward(dy: tf.Tensor, x: tf.Tensor, parameters: Tensors, context: FamilyContext): Gradients;
  /** The quantizer at 'float': x itself unless given. Differentiable by core ops, or by a custom gradient. */
  float?(x: tf.Tensor, state: Tensors, context: FamilyContext): tf.Tensor;
  /** Whether `float` needs the state, so that at 'float' too it is calibrated. */
  readonly floatTakesState?: boolean;
  /** State, of the blocks, that fits x. What calibration takes of several batches is its mean. */
  fit?(x: tf.Tensor, context: FamilyContext): Tensors;
  /** Takes the place of `fit` where the mean over batches is not what is wanted. */
  calibrator?: Quantizer['calibrator'];
  /** New values, of the blocks, of state that no gradient trains; after a forward pass in training. */
  update?(x: tf.Tensor, state: Tensors, context: FamilyContext): Tensors;
  constrain?: Quantizer['constrain'];
  outputScale?: Quantizer['outputScale'];
  withBits(bits: Precision): Quantizer;
  getConfig(): Record<string, unknown>;
}

/** Gradients by what they are of. */
export type Gradients = { readonly x: tf.Tensor } & Tensors;

/** The quantizer of a family. The law holds by construction: what `quantize` gives is what `levels` says of `codes`. */
export function quantizerOf(family: Family): Quantizer {
  const { name, bits, granularity = 'tensor', state: specs = [] } = family;
  const where = `quantizer '${name}'`;
  const trainable = specs.filter((spec) => spec.trainable).map((spec) => spec.name);

  const blocks = (shape: readonly (number | null)[], channelAxis?: number) =>
    blocksOf(shape, granularity, channelAxis, where);
  const contextOf = (x: tf.Tensor, { channelAxis, training = false, seed }: QuantizeContext): FamilyContext => ({
    blocks: blocks(x.shape, channelAxis),
    shape: x.shape,
    channelAxis: channelAxis ?? x.rank - 1,
    training,
    seed,
  });
  const fits = family.calibrator ?? (family.fit && meanCalibrator(family.fit.bind(family), contextOf, where));
  const calibrator = bits === 'float' && !family.floatTakesState ? undefined : fits;

  // state as layers hold it, as it broadcasts
  const broadcast = (state: Tensors, at: FamilyContext): Tensors =>
    Object.fromEntries(
      specs.map(({ name: piece, within = [] }) => [piece, tf.reshape(state[piece]!, [...at.blocks.shape, ...within])]),
    );
  const stateFor = (x: tf.Tensor, context: QuantizeContext): Tensors => {
    if (specs.length === 0) return {};
    if (context.state) return context.state;
    if (!calibrator || x.size === 0) return initialState(specs, blocks(x.shape, context.channelAxis));
    return observed(calibrator(context), x);
  };
  const parametersOf = (x: tf.Tensor, state: Tensors, at: FamilyContext): Tensors =>
    family.parameters ? family.parameters(x, state, at) : state;

  const codebookOf = (parameters: Tensors, at: FamilyContext): tf.Tensor =>
    gridded(family.levels(blockwise(parameters, at.blocks), at), at.blocks);
  const forward = (view: tf.Tensor, parameters: Tensors, at: FamilyContext): tf.Tensor => {
    const atOnce = family.onePass?.(view, parameters, at);
    if (atOnce) return atOnce;
    const codes = family.codes(view, parameters, at);
    // what a formula gives may be off by a bit on a GPU, whose division and whose flushing of small numbers are its own
    if (family.values && !canRunPrograms(tf.backend())) return family.values(codes, parameters);
    const codebook = codebookOf(parameters, at);
    return decode({ codes: tf.reshape(tf.cast(codes, 'int32'), at.blocks.unview(view).shape), codebook });
  };

  const quantize = (x: tf.Tensor, context: QuantizeContext): tf.Tensor => {
    const at = contextOf(x, context);
    const state = stateFor(x, context);
    if (bits === 'float') {
      return family.float ? at.blocks.unview(family.float(at.blocks.view(x), broadcast(state, at), at)) : tf.clone(x);
    }
    const op = tf.customGrad((...args) => {
      const save = args.pop() as tf.GradSaveFunc;
      const input = args[0] as tf.Tensor;
      const [value, parameters] = tf.tidy(() => {
        const view = at.blocks.view(input);
        const made = parametersOf(view, broadcast(state, at), at);
        return [at.blocks.unview(forward(view, made, at)), made] as const;
      }) as unknown as [tf.Tensor, Tensors];
      const names = Object.keys(parameters);
      save([input, ...Object.values(parameters)]);
      const gradFunc = (dy: tf.Tensor, [unquantized, ...kept]: tf.Tensor[]) =>
        tf.tidy(() => {
          const [saved, view] = [
            Object.fromEntries(names.map((each, i) => [each, kept[i]!])),
            at.blocks.view(unquantized!),
          ];
          const gradients = family.backward(at.blocks.view(dy), view, saved, at);
          return [
            at.blocks.unview(gradients.x),
            ...trainable.map((each) => tf.reshape(gradients[each]!, state[each]!.shape)),
          ];
        });
      return { value, gradFunc };
    });
    return op(x, ...trainable.map((each) => state[each]!));
  };

  return {
    name,
    bits,
    ...(specs.length > 0 && { state: specs.map((spec) => stateSpec(spec, blocks)) }),
    quantize: (x, context = {}) => tf.tidy(() => (x.size === 0 ? tf.clone(x) : quantize(x, context))),
    encode: (x, context = {}): Encoded => {
      codedBits(bits, name);
      checkFinite(x, name);
      return tf.tidy(() => {
        const at = contextOf(x, context);
        const parameters = parametersOf(at.blocks.view(x), broadcast(stateFor(x, context), at), at);
        const codebook = codebookOf(parameters, at);
        if (x.size === 0) return { codes: tf.zeros(x.shape, 'int32'), codebook };
        const codes = at.blocks.unview(family.codes(at.blocks.view(x), parameters, at));
        return { codes: tf.cast(codes, 'int32'), codebook };
      }) as unknown as Encoded;
    },
    withBits: (other) => family.withBits(checkPrecision(other, where)),
    getConfig: () => family.getConfig(),
    ...(calibrator && { calibrator }),
    ...(family.update && {
      update: (x, context) =>
        tf.tidy(() => {
          const at = contextOf(x, context);
          const state = stateFor(x, context);
          const after = untaped(() => family.update!(at.blocks.view(x), broadcast(state, at), at));
          return Object.fromEntries(
            Object.entries(after).map(([piece, value]) => [piece, tf.reshape(value, state[piece]!.shape)]),
          );
        }),
    }),
    ...(family.constrain && { constrain: family.constrain }),
    ...(family.outputScale && { outputScale: family.outputScale }),
  };
}

function stateSpec(
  { within = [], ...spec }: FamilyState,
  blocks: (shape: readonly (number | null)[], channelAxis?: number) => Blocks,
): QuantizerStateSpec {
  return { ...spec, shape: (inputShape, channelAxis) => [...blocks(inputShape, channelAxis).state, ...within] };
}

/** What is of the blocks, with one axis for all of them. */
function blockwise(parameters: Tensors, { shape }: Blocks): Tensors {
  if (shape.length === 0) return parameters;
  const ofBlocks = (value: tf.Tensor) => tf.util.arraysEqual(value.shape.slice(0, shape.length), [...shape]);
  const flat = (value: tf.Tensor) =>
    tf.reshape(value, [tf.util.sizeFromShape([...shape]), ...value.shape.slice(shape.length)]);
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, ofBlocks(value) ? flat(value) : value]),
  );
}

/** Levels of the blocks as a code book has them: one axis for each of the tensor, then the levels. */
function gridded(levels: tf.Tensor, { shape, grid }: Blocks): tf.Tensor {
  if (levels.rank === 1 || shape.length === 0) return tf.reshape(levels, [-1]);
  return tf.reshape(levels, [...grid, levels.shape.at(-1)!]);
}

function initialState(specs: readonly FamilyState[], { state }: Blocks): Tensors {
  return Object.fromEntries(
    specs.map(({ name, initial, within = [] }) => [name, tf.fill([...state, ...within], initial)]),
  );
}

/** What `make` makes, with nothing of it kept for a gradient, though one be taken around. */
function untaped(make: () => Tensors): Tensors {
  let shapes: [name: string, shape: number[]][] = [];
  const pack = tf.customGrad((none) => {
    const made = Object.entries(make());
    shapes = made.map(([name, value]) => [name, value.shape]);
    const value = tf.concat1d(made.map(([, each]) => tf.reshape(each, [-1]) as tf.Tensor1D));
    return { value, gradFunc: () => tf.zerosLike(none as tf.Tensor) };
  });
  const sizes = (packed: tf.Tensor) =>
    tf.split(
      packed,
      shapes.map(([, shape]) => tf.util.sizeFromShape(shape)),
    );
  return Object.fromEntries(
    sizes(pack(tf.scalar(0))).map((value, i) => [shapes[i]![0], tf.reshape(value, shapes[i]![1])]),
  );
}

/** What a calibrator makes of x alone, which is disposed of. */
function observed(calibrator: Calibrator, x: tf.Tensor): Record<string, tf.Tensor> {
  try {
    calibrator.observe(x);
    return calibrator.state();
  } finally {
    calibrator.dispose();
  }
}

import type {
  Calibrator,
  QuantizeContext,
  Quantizer,
  QuantizerStateSpec,
  Role,
  WeightStorage,
} from '@lowbit/plugin-api';
import { dispose, maximum, ones, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { initializers, regularizers, type LayerVariable } from '@tensorflow/tfjs-layers';
import { quantizerSpec, resolveQuantizer, type QuantizerOrSpec } from '../resolve.js';
import { notifyObservers } from '../observe.js';
import { scopedQuantizer, scopedSeed } from '../scope.js';

/** A layer's own `addWeight`, which is protected: `(...args) => this.addWeight(...args)`. */
export type AddWeight = (
  name: string,
  shape: number[],
  dtype: 'float32',
  initializer: ReturnType<typeof initializers.constant>,
  regularizer: ReturnType<typeof regularizers.l2> | undefined,
  trainable: boolean,
) => LayerVariable;

/** Where a weight may be: gives what it is set to after an update. */
export type WeightConstraint = (value: Tensor) => Tensor;

interface StateVariable {
  readonly spec: QuantizerStateSpec;
  readonly variable: LayerVariable;
  readonly weight: string;
}

/** Whether a weight's name within its layer is one that a slot gives to its state: 'weights_step', 'recurrent_weights_calibrated'. */
export function isStateName(weight: string): boolean {
  return /(^|_)(weights|activations|gradients)_[^/]+$/.test(weight);
}

/** Where a slot is in its layer. */
export interface SlotOptions {
  /** Sets apart the weights of slots of one role in one layer: 'recurrent' makes 'recurrent_weights_step'. */
  readonly prefix?: string;
}

/** A quantizer at its place in a layer: holds its state, and applies it at the precision that the scopes ask for. */
export class QuantizerSlot {
  readonly quantizer: Quantizer;
  #state: StateVariable[] = [];
  #channelAxis?: number;
  /** 1 once the state has been made from data; a weight, so that a checkpoint knows. */
  #calibrated?: LayerVariable;
  #knownCalibrated = false;

  constructor(
    private readonly layer: { readonly name: string },
    readonly role: Role,
    given: QuantizerOrSpec,
    private readonly options: SlotOptions = {},
  ) {
    this.quantizer = resolveQuantizer(given, role, `layer '${layer.name}' (${role})`);
  }

  /**
   * Makes the quantizer's state as weights of the layer, for an input of `inputShape`.
   *
   * @param channelAxis see `QuantizeContext`
   */
  build(
    inputShape: readonly (number | null)[],
    addWeight: AddWeight,
    channelAxis: number = inputShape.length - 1,
  ): void {
    this.#channelAxis = channelAxis;
    const constant = (value: number) => initializers.constant({ value });
    const { state = [], calibrator } = this.quantizer;
    this.#state = state.map((spec) => {
      const weight = this.#weight(spec.name);
      const regularizer = spec.decay ? regularizers.l2({ l2: spec.decay / 2 }) : undefined;
      const shape = spec.shape(inputShape, channelAxis);
      const initial = constant(spec.initial);
      const variable = addWeight(weight, shape, 'float32', initial, regularizer, spec.trainable);
      return { spec, weight, variable };
    });
    if (state.length > 0 && calibrator) {
      this.#calibrated = addWeight(this.#weight('calibrated'), [], 'float32', constant(0), undefined, false);
    }
  }

  /** The quantizer that the scopes around this call ask for. */
  current(): Quantizer {
    return scopedQuantizer({ layer: this.layer.name, role: this.role, quantizer: this.quantizer });
  }

  /** Applies the quantizer. In training, state that was never made from data is made from x first, and what x changes is changed. */
  apply(x: Tensor, training: boolean): Tensor {
    const quantizer = this.current();
    const { state = [], calibrator, update } = quantizer;
    if (training && state.length > 0 && calibrator && !this.calibrated) this.calibrate([x]);
    const context = { ...this.context(training), seed: scopedSeed() };
    const result = quantizer.quantize(x, context);
    notifyObservers({ slot: this, layer: this.layer.name, role: this.role, quantizer, x, result });
    if (training && update) this.#write(tidy(() => quantizer.update!(x, context)));
    return result;
  }

  /** What the quantizer is called with, but for the seed. State that was never made from data is left out: it then fits what it is given. */
  context(training: boolean): QuantizeContext {
    const state = this.#state.length > 0 && this.calibrated ? this.state() : undefined;
    return { state, training, channelAxis: this.#channelAxis };
  }

  /** Whether the state has been made from data, or the quantizer has none that could be. */
  get calibrated(): boolean {
    if (!this.#calibrated) return true;
    // workers add up their parts of 1, which need not make 1 to the last bit
    this.#knownCalibrated ||= this.#calibrated.read().dataSync()[0]! > 0.5;
    return this.#knownCalibrated;
  }

  /** Whether there is state that data can make. */
  get calibrates(): boolean {
    return this.#calibrated !== undefined;
  }

  /** What makes the state from data, for `setState`; its owner disposes it. Undefined where no state is made from data. */
  calibrator(): Calibrator | undefined {
    if (!this.calibrates) return undefined;
    return this.quantizer.calibrator?.({ channelAxis: this.#channelAxis, seed: scopedSeed() });
  }

  /** Makes the state from what the quantizer is to be applied to. */
  calibrate(batches: Iterable<Tensor>): void {
    const calibrator = this.calibrator();
    if (!calibrator) return;
    try {
      for (const batch of batches) calibrator.observe(batch);
      this.setState(calibrator.state());
    } finally {
      calibrator.dispose();
    }
  }

  /** Sets state by name, which counts as calibrated; the tensors are disposed of. */
  setState(state: Record<string, Tensor>): void {
    this.#write({ ...state });
    tidy(() => void this.#calibrated?.write(ones([])));
    this.#knownCalibrated = true;
  }

  /** The state's tensors by name; they belong to the layer. */
  state(): Record<string, Tensor> {
    return Object.fromEntries(this.#state.map(({ spec, variable }) => [spec.name, variable.read()]));
  }

  /** The names of the layer's weights that hold the state, and whether it was made from data. */
  weights(): readonly string[] {
    const flag = this.#calibrated ? [this.#weight('calibrated')] : [];
    return [...this.#state.map(({ weight }) => weight), ...flag];
  }

  /** Learning-rate scales by weight name, for those that are not 1. */
  learningRateScales(): Record<string, number> {
    const scaled = this.#state.filter(({ spec }) => (spec.learningRateScale ?? 1) !== 1);
    return Object.fromEntries(scaled.map(({ spec, weight }) => [weight, spec.learningRateScale!]));
  }

  /** Where state may be after an update, by weight name. */
  stateConstraints(): Record<string, WeightConstraint> {
    const bounded = this.#state.filter(({ spec }) => spec.minimum !== undefined);
    return Object.fromEntries(
      bounded.map(({ spec, weight }) => [weight, (value: Tensor) => maximum(value, spec.minimum!)]),
    );
  }

  /** Where the weights that the slot quantizes may be after an update. */
  weightConstraint(): WeightConstraint | undefined {
    const { quantizer } = this;
    return quantizer.constrain && ((w) => quantizer.constrain!(w, this.context(true)));
  }

  describeStorage(): WeightStorage[] {
    return this.#state.map(({ weight, variable }) => ({
      weight,
      kind: 'quantizer',
      count: variable.shape.reduce<number>((product, size) => product * (size ?? 1), 1),
      bits: 32,
    }));
  }

  toConfig(): Record<string, unknown> {
    return quantizerSpec(this.quantizer);
  }

  #weight(name: string): string {
    return [this.options.prefix, this.role, name].filter(Boolean).join('_');
  }

  #write(values: Record<string, Tensor>): void {
    for (const { spec, variable } of this.#state) {
      const value = values[spec.name];
      if (value) variable.write(value);
    }
    dispose(values);
  }
}

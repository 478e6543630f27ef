import type { Quantizer, QuantizerStateSpec, Role, WeightStorage } from '@lowbit/plugin-api';
import type { Tensor } from '@tensorflow/tfjs-core';
import { initializers, type LayerVariable } from '@tensorflow/tfjs-layers';
import { quantizerSpec, resolveQuantizer, type QuantizerOrSpec } from '../resolve.js';
import { scopedQuantizer, scopedSeed } from '../scope.js';

/** Adds a weight to the layer that owns the slot. */
export type AddWeight = (
  name: string,
  shape: number[],
  initializer: ReturnType<typeof initializers.constant>,
  trainable: boolean,
) => LayerVariable;

interface StateVariable {
  readonly spec: QuantizerStateSpec;
  readonly variable: LayerVariable;
  readonly weight: string;
}

/** A quantizer at its place in a layer: holds its state, and applies it at the precision that the scopes ask for. */
export class QuantizerSlot {
  readonly quantizer: Quantizer;
  #state: StateVariable[] = [];

  constructor(
    private readonly layer: { readonly name: string },
    private readonly role: Role,
    given: QuantizerOrSpec,
  ) {
    this.quantizer = resolveQuantizer(given, role, `layer '${layer.name}' (${role})`);
  }

  /** Makes the quantizer's state as weights of the layer, for an input of `inputShape`. */
  build(inputShape: readonly (number | null)[], addWeight: AddWeight): void {
    this.#state = (this.quantizer.state ?? []).map((spec) => {
      const weight = `${this.role}_${spec.name}`;
      const initializer = initializers.constant({ value: spec.initial });
      return { spec, weight, variable: addWeight(weight, spec.shape(inputShape), initializer, spec.trainable) };
    });
  }

  /** The quantizer that the scopes around this call ask for. */
  current(): Quantizer {
    return scopedQuantizer({ layer: this.layer.name, role: this.role, quantizer: this.quantizer });
  }

  apply(x: Tensor, training: boolean): Tensor {
    return this.current().quantize(x, { state: this.state(), training, seed: scopedSeed() });
  }

  /** The state's tensors by name; they belong to the layer. */
  state(): Record<string, Tensor> {
    return Object.fromEntries(this.#state.map(({ spec, variable }) => [spec.name, variable.read()]));
  }

  /** Learning-rate scales by weight name, for those that are not 1. */
  learningRateScales(): Record<string, number> {
    const scaled = this.#state.filter(({ spec }) => (spec.learningRateScale ?? 1) !== 1);
    return Object.fromEntries(scaled.map(({ spec, weight }) => [weight, spec.learningRateScale!]));
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
}

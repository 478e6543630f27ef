import type { WeightStorage } from '@lowbit/plugin-api';
import { tidy, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import type { QuantizerOrSpec } from '../resolve.js';
import { fused, left, type TakesNorm } from './fusion.js';
import type { QuantizedLayer } from './quantized-layer.js';
import { QuantizerSlot, type WeightConstraint } from './quantizer-slot.js';

/** Options of `quantActivation`. */
export type QuantActivationArgs = ConstructorParameters<typeof layers.Layer>[0] & {
  /** Quantizes what comes in, its non-linearity (a clip) included. */
  readonly quantizer: QuantizerOrSpec;
};

/** Quantizes its input. Any shape in, the same shape out. */
export class QuantActivation extends layers.Layer implements QuantizedLayer, TakesNorm {
  static readonly className = 'QuantActivation';
  readonly slot: QuantizerSlot;
  readonly slots: ReadonlyMap<string, QuantizerSlot>;

  constructor({ quantizer, ...args }: QuantActivationArgs) {
    super(args);
    this.supportsMasking = true;
    this.slot = new QuantizerSlot(this, 'activations', quantizer);
    this.slots = new Map([['quantizer', this.slot]]);
  }

  override build(inputShape: Parameters<InstanceType<typeof layers.Layer>['build']>[0]): void {
    this.slot.build(inputShape as (number | null)[], (...args) => this.addWeight(...args));
    super.build(inputShape);
  }

  override computeOutputShape<Shape>(inputShape: Shape): Shape {
    return inputShape;
  }

  override call(inputs: Tensor | Tensor[], kwargs: Record<string, unknown>): Tensor {
    const input = Array.isArray(inputs) ? inputs[0]! : inputs;
    const norm = left(input);
    return tidy(() =>
      norm ? fused(this.slot.current())!(norm) : this.slot.apply(input, kwargs?.['training'] === true),
    );
  }

  /** Whether this activation can do the work of a batch normalization before it, at the precision of the scopes around. */
  takesNorm(): boolean {
    return fused(this.slot.current()) !== undefined;
  }

  quantizedWeights(): Record<string, Tensor> {
    return {};
  }

  calibrateWeights(): void {
    // it has none
  }

  weightConstraints(): Record<string, WeightConstraint> {
    return this.slot.stateConstraints();
  }

  learningRateScales(): Record<string, number> {
    return this.slot.learningRateScales();
  }

  describeStorage(): WeightStorage[] {
    return this.slot.describeStorage();
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), quantizer: this.slot.toConfig() as serialization.ConfigDict };
  }
}

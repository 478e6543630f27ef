import type { DescribesStorage, WeightStorage } from '@lowbit/plugin-api';
import { tidy, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import type { QuantizerOrSpec } from '../resolve.js';
import { fused, left, type TakesNorm } from './fusion.js';
import { QuantizerSlot } from './quantizer-slot.js';

/** Options of `quantActivation`. */
export type QuantActivationArgs = ConstructorParameters<typeof layers.Layer>[0] & {
  /** Quantizes what comes in, its non-linearity (a clip) included. */
  readonly quantizer: QuantizerOrSpec;
};

/** Quantizes its input. Any shape in, the same shape out. */
export class QuantActivation extends layers.Layer implements DescribesStorage, TakesNorm {
  static readonly className = 'QuantActivation';
  readonly slot: QuantizerSlot;

  constructor({ quantizer, ...args }: QuantActivationArgs) {
    super(args);
    this.supportsMasking = true;
    this.slot = new QuantizerSlot(this, 'activations', quantizer);
  }

  override build(inputShape: Parameters<InstanceType<typeof layers.Layer>['build']>[0]): void {
    this.slot.build(inputShape as (number | null)[], (name, shape, initializer, trainable) =>
      this.addWeight(name, shape, 'float32', initializer, undefined, trainable),
    );
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

import { LowbitError, type DescribesStorage, type LayerKind, type WeightStorage } from '@lowbit/plugin-api';
import { mul, tidy, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { quantizeBackward } from '../dorefa/gradients.js';
import { storageBits } from '../bits.js';
import type { QuantizerOrSpec } from '../resolve.js';
import { scopedSeed } from '../scope.js';
import { leftConvolution } from './fusion.js';
import { QuantizerSlot, type AddWeight, type WeightConstraint } from './quantizer-slot.js';
import type { StockLayer } from './stock.js';
import { windowOf } from './window.js';

/** What every layer with quantized weights takes besides those weights' quantizers. */
export interface CommonQuantizers {
  /** Quantizes what comes in, its non-linearity (a clip) included. */
  readonly inputQuantizer?: QuantizerOrSpec;
  /** Quantizes the gradient that comes back through the layer's output (DoReFa's gradients). */
  readonly gradientQuantizer?: QuantizerOrSpec;
}

/** What a layer with a kernel takes besides the options of its stock layer. */
export interface KernelQuantizers extends CommonQuantizers {
  /** Quantizes the kernel; without it the layer is the stock one. Biases are never quantized. */
  readonly kernelQuantizer?: QuantizerOrSpec;
}

/** A layer that has quantizers. */
export interface QuantizedLayer extends DescribesStorage {
  /** The quantizers at their places, by the name of the option that gave them. */
  readonly slots: ReadonlyMap<string, QuantizerSlot>;
  /** The weights that have a quantizer, by name, as a forward pass sees them; the caller disposes of them. */
  quantizedWeights(): Record<string, Tensor>;
  /** Makes the state of the weights' quantizers from the weights as they are, where it was not made from data yet. */
  calibrateWeights(): void;
  /** Learning-rate scales of the quantizers' state, by weight name. */
  learningRateScales(): Record<string, number>;
  /** Where weights may be after an update, by weight name. */
  weightConstraints(): Record<string, WeightConstraint>;
}

/** A weight of a stock layer that a quantizer can be given for. */
export interface QuantizableWeight {
  /** The option that takes the quantizer: 'kernelQuantizer'. */
  readonly option: string;
  /** The weight's name within the layer: 'kernel'. */
  readonly weight: string;
  /** The stock layer's field that holds it. */
  readonly field: string;
  /** The axis of its output channels. */
  readonly channelAxis: number;
  /** The kind that its size is summed under, where that is not the layer's. */
  readonly kind?: LayerKind;
}

/** A tensor inside of a layer's call that a quantizer of activations can be given for: the layer gives it to its method `operand`. */
export interface QuantizableOperand {
  /** The option that takes the quantizer: 'scoreQuantizer'. */
  readonly option: string;
  /** What `operand` is told, and its state's names begin with. */
  readonly name: string;
  readonly shapeOf: (layer: StockLayer, inputShape: Parameters<StockLayer['build']>[0]) => (number | null)[];
}

/** How a stock layer is quantized. */
export interface QuantizedParts {
  readonly weights: readonly QuantizableWeight[];
  readonly operands?: readonly QuantizableOperand[];
  /** The kind that its size is summed under. */
  readonly kindOf: (layer: StockLayer) => LayerKind;
  /** What has the weights: the layer itself unless given, an RNN's cell. The quantizers' state is added there. */
  readonly holder?: (layer: StockLayer) => StockLayer;
}

/** The class of a stock layer. */
export type StockConstructor<Args> = new (args: Args) => StockLayer;
/** The class of a quantized layer. */
export type QuantizedConstructor<Args, Quantizers> = new (args: Args & Quantizers) => StockLayer & QuantizedLayer;
type Fields = Record<string, LayerVariable>;

/**
 * Derives a quantized layer from a stock one: its weights are read through their quantizers, the rest stays as it is.
 *
 * @param Stock the stock layer's class
 */
export function quantizedLayer<Args extends object, Quantizers extends CommonQuantizers>(
  Stock: StockConstructor<Args>,
  { weights, operands = [], kindOf, holder = (layer) => layer }: QuantizedParts,
): QuantizedConstructor<Args, Quantizers> {
  const optionNames = ['inputQuantizer', 'gradientQuantizer', ...[...weights, ...operands].map(({ option }) => option)];
  return class extends (Stock as StockConstructor<object>) implements QuantizedLayer {
    readonly slots: ReadonlyMap<string, QuantizerSlot>;
    /** What `Conv2D` asks whether it may leave its gradient to the layer after it. */
    readonly gradientSlot?: QuantizerSlot;

    constructor(args: Args & Quantizers) {
      const entries = Object.entries(args);
      const quantizers = Object.fromEntries(entries.filter(([key]) => optionNames.includes(key))) as Record<
        string,
        QuantizerOrSpec | undefined
      >;
      super(Object.fromEntries(entries.filter(([key]) => !optionNames.includes(key))));
      const slots = new Map<string, QuantizerSlot>();
      const { inputQuantizer, gradientQuantizer } = quantizers;
      if (inputQuantizer) slots.set('inputQuantizer', new QuantizerSlot(this, 'activations', inputQuantizer));
      weights.forEach(({ option, weight }, i) => {
        const given = quantizers[option];
        if (given) slots.set(option, new QuantizerSlot(this, 'weights', given, i > 0 ? { prefix: weight } : {}));
      });
      for (const { option, name } of operands) {
        const given = quantizers[option];
        if (given) slots.set(option, new QuantizerSlot(this, 'activations', given, { prefix: name }));
      }
      if (gradientQuantizer) {
        this.gradientSlot = new QuantizerSlot(this, 'gradients', gradientQuantizer);
        slots.set('gradientQuantizer', this.gradientSlot);
      }
      this.slots = slots;
      if (this.gradientSlot?.quantizer.state?.length) {
        throw new LowbitError('plugin', {
          what: 'a quantizer of gradients can have no state',
          where: `layer '${this.name}'`,
          received: this.gradientSlot.quantizer.name,
        });
      }
    }

    override build(inputShape: Parameters<StockLayer['build']>[0]): void {
      super.build(inputShape);
      const home = holder(this);
      const add: AddWeight = (...args) => (home as unknown as { addWeight: AddWeight }).addWeight(...args);
      const [first] = inputShape as (number | null | number[])[];
      // an RNN that is given its initial state is built with the shapes of both
      const shape = (Array.isArray(first) ? first : inputShape) as (number | null)[];
      this.slots.get('inputQuantizer')?.build(shape, add);
      for (const { slot, variable, channelAxis } of this.#quantizedPlaces()) {
        slot.build(variable.shape, add, channelAxis);
      }
      for (const { option, shapeOf } of operands) this.slots.get(option)?.build(shapeOf(this, inputShape), add);
      // nobody asks an RNN's cell for its penalties
      if ((home as StockLayer) !== this) this.addLoss(home.losses);
    }

    override call(inputs: Tensor | Tensor[], kwargs: Record<string, unknown>): Tensor | Tensor[] {
      const training = kwargs?.['training'] === true;
      const [output] = tidy(() => {
        const inputSlot = this.slots.get('inputQuantizer');
        const [first, ...rest] = Array.isArray(inputs) ? inputs : [inputs];
        const x = inputSlot ? inputSlot.apply(first!, training) : first!;
        const output = this.#callQuantized(rest.length > 0 ? [x, ...rest] : x, kwargs);
        const scale = inputSlot?.current().outputScale?.(first!, windowOf(this));
        const quantizer = this.gradientSlot?.current();
        const passed = (each: Tensor) =>
          quantizer && quantizer.bits !== 'float' ? quantizeBackward(each, quantizer, scopedSeed()) : each;
        if (Array.isArray(output)) return [output.map(passed)];
        const result = passed(scale ? mul(output, scale) : output);
        return [result, ...left(result)];
      }) as [Tensor | Tensor[]];
      return output;
    }

    /** What the stock layer computes with instead of one of its operands. */
    operand(name: string, x: Tensor, training: boolean): Tensor {
      const found = operands.find((each) => each.name === name);
      return (found && this.slots.get(found.option)?.apply(x, training)) ?? x;
    }

    // The stock layer reads its weights through `read`; for the time of one call it finds the quantized ones there.
    #callQuantized(inputs: Tensor | Tensor[], kwargs: Record<string, unknown>): Tensor | Tensor[] {
      const places = this.#quantizedPlaces();
      try {
        for (const { slot, fields, field, variable } of places) {
          const quantized = slot.apply(variable.read(), kwargs?.['training'] === true);
          fields[field] = Object.create(variable, { read: { value: () => quantized } }) as LayerVariable;
        }
        return super.call(inputs, kwargs);
      } finally {
        for (const { fields, field, variable } of places) fields[field] = variable;
      }
    }

    #quantizedPlaces() {
      const fields = holder(this) as unknown as Fields;
      return weights.flatMap((each) => {
        const slot = this.slots.get(each.option);
        return slot ? [{ ...each, slot, fields, variable: fields[each.field]! }] : [];
      });
    }

    quantizedWeights(): Record<string, Tensor> {
      return tidy(() =>
        Object.fromEntries(
          this.#quantizedPlaces().map(({ weight, slot, variable }) => [weight, slot.apply(variable.read(), false)]),
        ),
      );
    }

    calibrateWeights(): void {
      for (const { slot, variable } of this.#quantizedPlaces()) {
        if (!slot.calibrated) tidy(() => slot.calibrate([variable.read()]));
      }
    }

    learningRateScales(): Record<string, number> {
      return Object.assign({}, ...[...this.slots.values()].map((slot) => slot.learningRateScales())) as Record<
        string,
        number
      >;
    }

    weightConstraints(): Record<string, WeightConstraint> {
      const states = [...this.slots.values()].map((slot) => slot.stateConstraints());
      const own = this.#quantizedPlaces().flatMap(({ weight, slot }) => {
        const constraint = slot.weightConstraint();
        return constraint ? [{ [weight]: constraint }] : [];
      });
      return Object.assign({}, ...states, ...own) as Record<string, WeightConstraint>;
    }

    describeStorage(): WeightStorage[] {
      const own = kindOf(this);
      const home = holder(this);
      const rows = weights.map(({ option, weight, field, kind = own }): WeightStorage => {
        const { shape } = (home as unknown as Fields)[field]!;
        return { weight, kind, count: size(shape), bits: storageBits(this.slots.get(option)?.current()) };
      });
      const { bias } = home;
      if (bias) rows.push({ weight: 'bias', kind: rows.at(-1)!.kind, count: size(bias.shape), bits: 32 });
      return [...rows, ...[...this.slots.values()].flatMap((slot) => slot.describeStorage())];
    }

    override getConfig(): serialization.ConfigDict {
      const quantizers = [...this.slots].map(([option, slot]) => [option, slot.toConfig()]);
      return { ...super.getConfig(), ...(Object.fromEntries(quantizers) as serialization.ConfigDict) };
    }
  };
}

/** What the next layer needs of a convolution that is left to it: it outlives the call. */
function left(output: Tensor): Tensor[] {
  const { filter, statistics } = leftConvolution(output) ?? {};
  return filter && statistics ? [filter, ...statistics] : [];
}

function size(shape: readonly (number | null)[]): number {
  return shape.reduce<number>((product, dim) => product * (dim ?? 1), 1);
}

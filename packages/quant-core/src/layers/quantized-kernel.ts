import { LowbitError, type DescribesStorage, type LayerKind, type WeightStorage } from '@lowbit/plugin-api';
import { tidy, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { quantizeBackward } from '../dorefa/gradients.js';
import type { QuantizerOrSpec } from '../resolve.js';
import { scopedSeed } from '../scope.js';
import { leftConvolution } from './fusion.js';
import { QuantizerSlot, type AddWeight } from './quantizer-slot.js';
import type { StockLayer } from './stock.js';

/** What a layer with a kernel takes besides the options of its stock layer. */
export interface KernelQuantizers {
  /** Quantizes the kernel; without it the layer is the stock one. Biases are never quantized. */
  readonly kernelQuantizer?: QuantizerOrSpec;
  /** Quantizes the gradient that comes back through the layer's output (DoReFa's gradients). */
  readonly gradientQuantizer?: QuantizerOrSpec;
}

/** A layer whose kernel is read through a quantizer. */
export interface QuantizedLayer extends DescribesStorage {
  /** The quantizer of the kernel, or undefined when it is float. */
  readonly kernelSlot?: QuantizerSlot;
  /** The kernel as the forward pass sees it; the caller disposes it. Shape of the kernel, float32. */
  quantizedKernel(): Tensor;
  /** Learning-rate scales of the quantizers' state, by weight name. */
  learningRateScales(): Record<string, number>;
}

type StockConstructor<Args> = new (args: Args) => StockLayer;
type QuantizedConstructor<Args> = new (args: Args & KernelQuantizers) => StockLayer & QuantizedLayer;

/**
 * Derives a quantized layer from a stock one: its kernel is read through `kernelQuantizer`, the rest stays as it is.
 *
 * @param Stock the stock layer's class
 * @param kernelField where that class keeps its kernel
 * @param kindOf the kind that its size is summed under
 */
export function quantizedKernel<Args extends object>(
  Stock: StockConstructor<Args>,
  kernelField: 'kernel' | 'depthwiseKernel',
  kindOf: (layer: StockLayer) => LayerKind,
): QuantizedConstructor<Args> {
  return class extends (Stock as StockConstructor<object>) implements QuantizedLayer {
    readonly kernelSlot?: QuantizerSlot;
    readonly gradientSlot?: QuantizerSlot;

    constructor(args: Args & KernelQuantizers) {
      const { kernelQuantizer, gradientQuantizer, ...stockArgs } = args;
      super(stockArgs);
      if (kernelQuantizer) this.kernelSlot = new QuantizerSlot(this, 'weights', kernelQuantizer);
      if (gradientQuantizer) this.gradientSlot = new QuantizerSlot(this, 'gradients', gradientQuantizer);
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
      const addWeight: AddWeight = (name, shape, initializer, trainable) =>
        this.addWeight(name, shape, 'float32', initializer, undefined, trainable);
      this.kernelSlot?.build(this[kernelField].shape, addWeight);
    }

    override call(inputs: Tensor | Tensor[], kwargs: Record<string, unknown>): Tensor | Tensor[] {
      const [output] = tidy(() => {
        const output = this.#callQuantized(inputs, kwargs) as Tensor;
        const quantizer = this.gradientSlot?.current();
        if (!quantizer || quantizer.bits === 'float') return [output, ...left(output)];
        return [quantizeBackward(output, quantizer, scopedSeed())];
      });
      return output!;
    }

    // The stock layer reads its kernel through `read`; for the time of one call it finds the quantized one there.
    #callQuantized(inputs: Tensor | Tensor[], kwargs: Record<string, unknown>): Tensor | Tensor[] {
      if (!this.kernelSlot) return super.call(inputs, kwargs);
      const kernel = this[kernelField];
      const quantized = this.kernelSlot.apply(kernel.read(), kwargs?.['training'] === true);
      this[kernelField] = Object.create(kernel, { read: { value: () => quantized } }) as LayerVariable;
      try {
        return super.call(inputs, kwargs);
      } finally {
        this[kernelField] = kernel;
      }
    }

    quantizedKernel(): Tensor {
      return tidy(() => {
        const kernel = this[kernelField].read();
        return this.kernelSlot ? this.kernelSlot.apply(kernel, false) : kernel.clone();
      });
    }

    learningRateScales(): Record<string, number> {
      return this.kernelSlot?.learningRateScales() ?? {};
    }

    describeStorage(): WeightStorage[] {
      const bits = this.kernelSlot?.current().bits ?? 'float';
      const kind = kindOf(this);
      const rows: WeightStorage[] = [
        {
          weight: kernelField === 'kernel' ? 'kernel' : 'depthwise_kernel',
          kind,
          count: size(this[kernelField].shape),
          bits: bits === 'float' ? 32 : bits,
        },
      ];
      if (this.bias) rows.push({ weight: 'bias', kind, count: size(this.bias.shape), bits: 32 });
      return [...rows, ...(this.kernelSlot?.describeStorage() ?? [])];
    }

    override getConfig(): serialization.ConfigDict {
      const config = super.getConfig();
      if (this.kernelSlot) config['kernelQuantizer'] = this.kernelSlot.toConfig() as serialization.ConfigDict;
      if (this.gradientSlot) config['gradientQuantizer'] = this.gradientSlot.toConfig() as serialization.ConfigDict;
      return config;
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

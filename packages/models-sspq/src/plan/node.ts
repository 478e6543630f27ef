import type { Quantizer } from '@lowbit/plugin-api';

/** [height, width, channels] of one feature map, or [features]. */
export type Shape = readonly number[];

/** How a convolution or dense kernel starts. */
export type KernelStart =
  /** Variance scaling, 2 / fan out, truncated normal: He et al., as the authors' ImageNet script has it. */
  | 'he-fan-out'
  /** Uniform, variance 1 / (3·fan in): PyTorch's default, which the authors' CIFAR script copies. */
  | 'pytorch-uniform'
  /** Normal with this standard deviation. */
  | { readonly normal: number };

/** What a shift layer does; 'rounded' is an active shift whose offsets are rounded in the forward pass. */
export type ShiftKind = 'active' | 'sparse' | 'grouped' | 'rounded';

/** What one layer computes. */
export type Operation =
  | {
      readonly op: 'conv';
      readonly filters: number;
      readonly kernelSize: number;
      readonly strides: number;
      readonly useBias: boolean;
      readonly start: KernelStart;
      /** Quantizes the kernel; without it the kernel is float. */
      readonly quantizer?: Quantizer;
      /** Quantizes the gradient that comes back through the output. */
      readonly gradientQuantizer?: Quantizer;
    }
  | { readonly op: 'batch-norm'; readonly epsilon: number; readonly gammaStart: 'zeros' | 'ones' }
  | { readonly op: 'relu' }
  | { readonly op: 'quantize'; readonly quantizer: Quantizer }
  | { readonly op: 'shift'; readonly shift: ShiftKind; readonly strides: number }
  | { readonly op: 'max-pool'; readonly size: number; readonly strides: number }
  | { readonly op: 'average-pool' }
  | { readonly op: 'add' }
  | { readonly op: 'dense'; readonly units: number; readonly start: KernelStart };

/** One layer of a plan: its name, what it reads, what it computes, and the shape of what comes out. */
export type PlanLayer = Operation & {
  /** Unique in the plan: 'group2/block1/pointwise1'. */
  readonly name: string;
  /** Names of the layers that it reads; 'input' is the model's input. */
  readonly inputs: readonly string[];
  /** Shape of each input, without the batch axis. */
  readonly inputShapes: readonly Shape[];
  /** Shape of the output, without the batch axis. */
  readonly shape: Shape;
};

/** A model as data, in an order in which it can be computed. The last layer's output is the model's: logits. */
export interface Plan {
  readonly name: string;
  readonly inputShape: Shape;
  readonly layers: readonly PlanLayer[];
}

/** What the plan calls the model's input. */
export const INPUT = 'input';

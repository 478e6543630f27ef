import type { Quantizer } from '@lowbit/plugin-api';
import type { KernelStart } from './node.js';
import type { PlanWriter, Value } from './plan-writer.js';

/** What a model is quantized with. */
export interface LayerQuantizers {
  /** For every convolution but the first; without it they are float. */
  readonly weights?: Quantizer;
  /** For every activation but the stem's; without it they are ReLU. */
  readonly activations?: Quantizer;
  /** For the gradient at the output of every convolution but the first; without it that stays float. */
  readonly gradients?: Quantizer;
}

/** What all layers of a kind have in common. */
export interface Details {
  readonly batchNormEpsilon: number;
  readonly kernelStart: KernelStart;
  /** Standard deviation of the classifier's first weights. */
  readonly classifierDeviation: number;
}

/** The authors' ImageNet scripts: tensorpack's batch norm, He's start. */
export const IMAGENET_DETAILS: Details = {
  batchNormEpsilon: 1e-5,
  kernelStart: 'he-fan-out',
  classifierDeviation: 0.01,
};

/** The authors' CIFAR script. */
export const CIFAR_DETAILS: Details = {
  batchNormEpsilon: 1e-4,
  kernelStart: 'pytorch-uniform',
  classifierDeviation: 1e-3,
};

/** The first convolution. */
export interface Stem {
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides: number;
  /** Whether batch norm and a float ReLU follow. */
  readonly normalized: boolean;
  /** Whether a 3×3 max pool of stride 2 follows. */
  readonly pool: boolean;
  /** Whether that ReLU is one of the quantized activations instead, so that the convolutions that follow read codes. */
  readonly quantized?: boolean;
}

interface ConvOptions {
  readonly filters: number;
  readonly kernelSize?: number;
  readonly strides?: number;
  readonly useBias?: boolean;
}

/** The layers that all models here are made of. */
export class Parts {
  constructor(
    readonly plan: PlanWriter,
    private readonly quantizers: LayerQuantizers,
    private readonly details: Details,
  ) {}

  /** The float convolution that a model begins with, and what follows it before the first group. */
  stem({ filters, kernelSize, strides, normalized, pool, quantized }: Stem): Value {
    const start = this.details.kernelStart;
    const conv = { op: 'conv', filters, kernelSize, strides, useBias: false, start } as const;
    let x = this.plan.add('stem/conv', conv, this.plan.input);
    if (normalized) {
      x = this.norm('stem/norm', x);
      x = quantized ? this.activate('stem/activation', x) : this.plan.add('stem/relu', { op: 'relu' }, x);
    }
    return pool ? this.plan.add('stem/pool', { op: 'max-pool', size: 3, strides: 2 }, x) : x;
  }

  /** A convolution with quantized weights, 1×1 unless said otherwise. */
  conv(name: string, from: Value, { filters, kernelSize = 1, strides = 1, useBias = false }: ConvOptions): Value {
    const start = this.details.kernelStart;
    const { weights: quantizer, gradients: gradientQuantizer } = this.quantizers;
    const conv = { op: 'conv', filters, kernelSize, strides, useBias, start, quantizer, gradientQuantizer } as const;
    return this.plan.add(name, conv, from);
  }

  norm(name: string, from: Value, gammaStart: 'zeros' | 'ones' = 'ones'): Value {
    return this.plan.add(name, { op: 'batch-norm', epsilon: this.details.batchNormEpsilon, gammaStart }, from);
  }

  activate(name: string, from: Value): Value {
    const quantizer = this.quantizers.activations;
    return this.plan.add(name, quantizer ? { op: 'quantize', quantizer } : { op: 'relu' }, from);
  }

  /** Batch norm and activation: 'NAME/norm', 'NAME/activation'. */
  normActivate(name: string, from: Value): Value {
    return this.activate(`${name}/activation`, this.norm(`${name}/norm`, from));
  }

  add(name: string, a: Value, b: Value): Value {
    return this.plan.add(name, { op: 'add' }, a, b);
  }

  averagePool(name: string, from: Value): Value {
    return this.plan.add(name, { op: 'average-pool' }, from);
  }

  /** The float dense layer that gives the logits. */
  classifier(from: Value, classes: number): Value {
    const start = { normal: this.details.classifierDeviation };
    return this.plan.add('classifier/dense', { op: 'dense', units: classes, start }, from);
  }
}

/** Each block of a net of groups in order: its name, width and stride. Every group but the first halves the map. */
export function* eachGroup(
  widths: readonly number[],
  blocks: readonly number[],
): Generator<{
  group: string;
  index: number;
  width: number;
  blocks: { name: string; index: number; strides: number }[];
}> {
  for (const [index, width] of widths.entries()) {
    const group = `group${index}`;
    const list = Array.from({ length: blocks[index]! }, (_, i) => ({
      name: `${group}/block${i}`,
      index: i,
      strides: index > 0 && i === 0 ? 2 : 1,
    }));
    yield { group, index, width, blocks: list };
  }
}

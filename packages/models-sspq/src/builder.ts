import { parseOptions, type Quantizer, type Schema, type Spec } from '@lowbit/plugin-api';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { buildPlan } from './build.js';
import { checkedInputs, layerQuantizers, type BuildContext, type Inputs } from './context.js';
import {
  aslOptions,
  basicResnetOptions,
  checkGroups,
  resnetOptions,
  sspqOptions,
  type AslOptions,
  type BasicResnetOptions,
  type CommonOptions,
  type ResnetOptions,
  type SspqOptions,
} from './options.js';
import { aslPlan } from './plan/asl.js';
import { basicResnetPlan } from './plan/basic-resnet.js';
import type { Plan } from './plan/node.js';
import type { LayerQuantizers, Stem } from './plan/parts.js';
import { resnetPlan } from './plan/resnet.js';
import { sspqPlan } from './plan/sspq.js';

/** Builds one named model; a plugin's factory, and a function for direct use. */
export interface ModelBuilder<Options> {
  /**
   * @returns a functional model: float32 [n, height, width, channels] in, logits [n, classes] out; the caller disposes it
   * @throws LowbitError an unknown or bad option, an unknown quantizer, an input that the model cannot read
   */
  (options?: Options, context?: BuildContext): LayersModel;
  readonly options: Schema<Options>;
  /** The model as data, without any tensor. Throws as the builder does. */
  plan(options?: Options, context?: BuildContext): Plan;
}

/** What a model's name stands for. */
export interface Preset {
  readonly widths: readonly number[];
  readonly blocks: readonly number[];
  /** 4 by default, as the paper says. */
  readonly expansion?: number;
  readonly weights: Quantizer | Spec;
  readonly activations: Quantizer | Spec;
  /** Without `filters` it has as many as the first group's width. */
  readonly stem: Omit<Stem, 'filters'>;
  readonly inputs: Inputs;
}

/** What every architecture has, after presets and options have been put together. */
interface Resolved {
  readonly name: string;
  readonly widths: readonly number[];
  readonly blocks: readonly number[];
  readonly expansion: number;
  readonly stem: Stem;
}

type Lay<Options> = (
  resolved: Resolved,
  options: Options,
  quantizers: LayerQuantizers,
  shape: readonly number[],
  classes: number,
) => Plan;

/** Filters of the CIFAR script's stem, whatever the widths are. */
const CIFAR_STEM_FILTERS = 16;

/** SSPQ and, where `light`, L-SSPQ. */
export function sspqBuilder(name: string, preset: Preset, light: boolean): ModelBuilder<SspqOptions> {
  return builder(name, preset, sspqOptions, light, (resolved, options, quantizers, shape, classes) => {
    const { secondBn = true, shift = 'active', afterShift = 'float' } = options;
    const architecture = { ...resolved, script: scriptOf(options), light, secondBn, shift, afterShift };
    return sspqPlan(architecture, quantizers, shape, classes);
  });
}

export function aslBuilder(name: string, preset: Preset): ModelBuilder<AslOptions> {
  return builder(name, preset, aslOptions, false, (resolved, options, quantizers, shape, classes) => {
    const { shift = 'active', firstPreactivation = false } = options;
    return aslPlan({ ...resolved, shift, firstPreactivation }, quantizers, shape, classes);
  });
}

export function resnetBuilder(name: string, preset: Preset): ModelBuilder<ResnetOptions> {
  return builder(name, preset, resnetOptions, false, (resolved, _options, quantizers, shape, classes) =>
    resnetPlan(resolved, quantizers, shape, classes),
  );
}

export function basicResnetBuilder(name: string, preset: Preset): ModelBuilder<BasicResnetOptions> {
  return builder(name, preset, basicResnetOptions, false, (resolved, _options, quantizers, shape, classes) =>
    basicResnetPlan(resolved, quantizers, shape, classes),
  );
}

function builder<Options extends CommonOptions>(
  name: string,
  preset: Preset,
  schema: Schema<Options>,
  light: boolean,
  lay: Lay<Options>,
): ModelBuilder<Options> {
  const where = `model '${name}'`;
  const plan = (given: Options = {} as Options, context: BuildContext = {}): Plan => {
    const options = parseOptions(schema, given, where);
    const { widths = preset.widths, blocks = preset.blocks, expansion = preset.expansion ?? 4 } = options;
    checkGroups(where, widths, blocks, light);
    const filters = scriptOf(options) === 'cifar' ? CIFAR_STEM_FILTERS : widths[0]!;
    const stem = { filters, ...preset.stem, ...options.stem };
    const { shape, classes } = checkedInputs(where, context, preset.inputs, options.stem !== undefined);
    const { weights = preset.weights, activations = preset.activations, gradients = 'float' } = options;
    const quantizers = layerQuantizers(where, { weights, activations, gradients }, context.registry);
    return lay({ name, widths, blocks, expansion, stem }, options, quantizers, shape, classes);
  };
  const build = (options?: Options, context?: BuildContext) => buildPlan(plan(options, context), context?.seed ?? 0);
  return Object.assign(build, { options: schema, plan });
}

function scriptOf({ script, expansion }: Pick<SspqOptions, 'script' | 'expansion'>): 'imagenet' | 'cifar' {
  return script ?? (expansion === 1 ? 'cifar' : 'imagenet');
}

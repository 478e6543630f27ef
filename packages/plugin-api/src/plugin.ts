import type { layers as tfLayers, LayersModel } from '@tensorflow/tfjs-layers';
import type { Dataset, DatasetContext } from './dataset.js';
import { LowbitError } from './error.js';
import type { Exporter, ModelContext } from './model.js';
import type { Schema } from './options.js';
import type { Quantizer, Role } from './quantizer.js';
import type { GradientTransform, Loss, Schedule, WeightTransform } from './training.js';

/** The version of this interface. A plugin says which it was written for. */
export const API_VERSION = 1;

/** What each kind of extension is made from and what it makes. */
export interface Extensions {
  quantizers: { context: Role; product: Quantizer };
  layers: { context: undefined; product: InstanceType<typeof tfLayers.Layer> };
  models: { context: ModelContext; product: LayersModel };
  datasets: { context: DatasetContext; product: Promise<Dataset> };
  schedules: { context: undefined; product: Schedule };
  gradientTransforms: { context: undefined; product: GradientTransform };
  weightTransforms: { context: undefined; product: WeightTransform };
  losses: { context: undefined; product: Loss };
  exporters: { context: undefined; product: Exporter };
}

export type ExtensionKind = keyof Extensions;

/** A factory of one kind. Its options are whatever its own schema says; the registry checks them before it is called. */
export interface ExtensionFactory<Kind extends ExtensionKind> {
  (options: never, context: Extensions[Kind]['context']): Extensions[Kind]['product'];
  readonly options?: Schema<unknown>;
}

/** Each kind, with the key that names it in a config: `{ "quantizer": "dorefa", "bits": 2 }`. */
export const EXTENSION_KINDS = {
  quantizers: 'quantizer',
  layers: 'layer',
  models: 'model',
  datasets: 'dataset',
  schedules: 'schedule',
  gradientTransforms: 'gradientTransform',
  weightTransforms: 'weightTransform',
  losses: 'loss',
  exporters: 'exporter',
} as const satisfies Record<ExtensionKind, string>;

/** A plugin: for each kind, a record from name to factory. */
export type Plugin = {
  readonly name: string;
  readonly apiVersion: number;
} & { readonly [Kind in ExtensionKind]?: Readonly<Record<string, ExtensionFactory<Kind>>> };

/**
 * Checks the shape of a plugin and gives it back frozen. Has no other effect: a registry must be given it.
 *
 * @throws LowbitError an unnamed plugin, another API version, an unknown kind, something that is not a factory
 */
export function definePlugin<const P extends Plugin>(plugin: P): P {
  checkPlugin(plugin, 'definePlugin');
  return Object.freeze(plugin);
}

/** Throws unless `plugin` is one that this version can use. `where` is what the message calls it. */
export function checkPlugin(plugin: unknown, where: string): asserts plugin is Plugin {
  const fail = (what: string, received?: unknown, hint?: string): never => {
    throw new LowbitError('plugin', { what, where, received, hint });
  };
  if (typeof plugin !== 'object' || plugin === null) {
    return fail('not a plugin', plugin, 'export default definePlugin({ name, apiVersion, … })');
  }
  const { name, apiVersion, ...kinds } = plugin as Record<string, unknown>;
  if (typeof name !== 'string' || name === '') return fail('a plugin needs a name', name);
  if (apiVersion !== API_VERSION) {
    const hint = `this version of Lowbit speaks API version ${API_VERSION}; install a version of ${name} made for it`;
    return fail(`plugin '${name}' is of another API version`, apiVersion, hint);
  }
  for (const [kind, factories] of Object.entries(kinds)) {
    if (!(kind in EXTENSION_KINDS)) {
      return fail(
        `plugin '${name}' brings an unknown kind '${kind}'`,
        undefined,
        `known: ${Object.keys(EXTENSION_KINDS).join(', ')}`,
      );
    }
    if (factories === undefined) continue;
    if (typeof factories !== 'object' || factories === null)
      return fail(`${kind} of plugin '${name}' must be a record of factories`, factories);
    for (const [key, make] of Object.entries(factories)) {
      if (typeof make !== 'function')
        return fail(`'${key}' among the ${kind} of plugin '${name}' is not a factory`, make);
    }
  }
}

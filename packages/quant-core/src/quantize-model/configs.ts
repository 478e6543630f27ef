import { targetOf, type LayerConfig, type Target } from './targets.js';

/** A layer of a saved model's topology. */
export interface LayerEntry {
  className: string;
  config: LayerConfig;
}

/** A layer that can be quantized, at its place in a topology. */
export interface PlacedConfig {
  /** The path that its weights are named by. Of a wrapped layer, the wrapper's. */
  readonly path: string;
  readonly entry: LayerEntry;
  readonly target: Target;
}

/** The layers of a model's topology that can be quantized, in their order, those of models inside and in wrappers included. */
export function placedConfigs({ config }: LayerEntry, prefix = ''): PlacedConfig[] {
  return (config['layers'] as LayerEntry[]).flatMap((entry) => {
    const path = `${prefix}${entry.config['name'] as string}`;
    return Array.isArray(entry.config['layers']) ? placedConfigs(entry, `${path}/`) : unwrapped(entry, path);
  });
}

function unwrapped(entry: LayerEntry, path: string): PlacedConfig[] {
  const { layer } = entry.config as { layer?: LayerEntry };
  if (layer) return unwrapped(layer, path);
  const target = targetOf(entry.className);
  return target ? [{ path, entry, target }] : [];
}

import { serialization } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { BatchNorm } from '../layers/batch-norm.js';
import { Conv2D } from '../layers/conv2d.js';
import { Relu } from '../layers/relu.js';
import type { LayerEntry } from './configs.js';

type Layer = LayersModel['layers'][number];
type LayerClass = (new (config: never) => Layer) & { readonly className: string };

/** The layers of ours that are saved under a stock layer's name, and so would be made again as that one. */
const OWN: readonly LayerClass[] = [BatchNorm, Conv2D, Relu];

/** What TF.js finds one of them by; in no file, as the layer that it makes has the stock layer's name. */
function ownName({ className }: LayerClass): string {
  return `@lowbit/quant-core/${className}`;
}

for (const Own of OWN) {
  const found = {
    className: ownName(Own),
    fromConfig: (_found: unknown, config: serialization.ConfigDict) => new Own(config as never),
  };
  serialization.registerClass(
    found as unknown as serialization.SerializableConstructor<serialization.Serializable>,
    '@lowbit/quant-core',
  );
}

/** Names what is a layer of ours in a model as one in the model's topology, in models inside and in wrappers too. */
export function keepOwnLayers(model: Layer, { config }: LayerEntry): void {
  const { layers = [], layer } = model as { layers?: Layer[]; layer?: Layer };
  const entries = (config['layers'] as LayerEntry[] | undefined) ?? [];
  for (const entry of entries)
    keep(
      layers.find(({ name }) => name === entry.config['name'])!,
      entry,
    );
  if (layer && config['layer']) keep(layer, config['layer'] as LayerEntry);
}

function keep(layer: Layer, entry: LayerEntry): void {
  // a quantized layer is another class, which is saved under its own name
  const Own = OWN.find((each) => layer.constructor === each);
  if (Own && entry.className === Own.className) entry.className = ownName(Own);
  keepOwnLayers(layer, entry);
}

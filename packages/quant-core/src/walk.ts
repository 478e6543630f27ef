import type { LayersModel } from '@tensorflow/tfjs-layers';

type Layer = LayersModel['layers'][number];

/** A layer of a model at its place. */
export interface Placed {
  /** 'conv', 'inner/conv' for a layer of a model inside, 'bi/forward_lstm' for half of a `bidirectional`; what its weights are named by. */
  readonly path: string;
  /** The layer whose weights these are. */
  readonly layer: Layer;
  /** What describes them: of a wrapper (`timeDistributed`) the layer that it wraps. */
  readonly inner: Layer;
}

/** The layers of a model, those of models inside of it included, each once. */
export function placedLayers(model: LayersModel): Placed[] {
  const seen = new Set<Layer>();
  const collect = (layers: readonly Layer[], prefix: string): Placed[] =>
    layers.flatMap((layer) => {
      if (seen.has(layer)) return [];
      seen.add(layer);
      const path = prefix + layer.name;
      const { layers: within } = layer as Partial<LayersModel>;
      if (Array.isArray(within)) return collect(within, `${path}/`);
      const directions = directionsOf(layer);
      return directions.length > 0 ? collect(directions, `${path}/`) : [{ path, layer, inner: unwrapped(layer) }];
    });
  return collect(model.layers, '');
}

function unwrapped(layer: Layer): Layer {
  const { layer: inner } = layer as Layer & { readonly layer?: Layer };
  return inner ? unwrapped(inner) : layer;
}

/** The two layers that a `bidirectional` runs, copies of the one that it was given; none of any other layer. */
function directionsOf(layer: Layer): Layer[] {
  const { forwardLayer, backwardLayer } = layer as Layer & { forwardLayer?: Layer; backwardLayer?: Layer };
  return forwardLayer && backwardLayer ? [forwardLayer, backwardLayer] : [];
}

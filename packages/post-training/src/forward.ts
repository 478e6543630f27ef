import { withSeed } from '@lowbit/quant-core';
import { tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** A layer's own `call`, for the time of a pass. */
export type Call = (inputs: Tensor | Tensor[], kwargs: Record<string, unknown>) => Tensor | Tensor[];
type Layer = LayersModel['layers'][number];

/** One inference, of which only what the layers leave elsewhere is kept; what is random in quantizers is the same each time. */
export function infer(model: LayersModel, x: Tensor | Tensor[]): void {
  tidy(() => void withSeed(0, () => model.apply(x, { training: false })));
}

/**
 * Runs `body`, in which each of `layers` is called through what `around` makes of its call: in models inside of models and in wrappers
 * too, as often as the layer is used.
 */
export function withCalls<Of extends Layer, T>(
  layers: readonly Of[],
  around: (layer: Of, call: Call) => Call,
  body: () => T,
): T {
  try {
    for (const layer of layers) {
      Object.assign(layer, { call: around(layer, layer.call.bind(layer) as Call) });
    }
    return body();
  } finally {
    // what was assigned hid the method of the class
    for (const layer of layers) delete (layer as Partial<Layer>).call;
  }
}

import { quantizedLayers, withObserver, withPrecision, type QuantizerSlot } from '@lowbit/quant-core';
import type { Calibrator } from '@lowbit/plugin-api';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { eachBatch, type Batches } from './batches.js';
import { infer } from './forward.js';

/** Options of {@link calibrateModel}. */
export interface CalibrateOptions {
  /** Also what has been calibrated or trained before; not unless given. */
  readonly again?: boolean;
}

/**
 * Makes the state of a model's quantizers from data: that of weights from the weights, that of activations from what they are applied to
 * when `batches` pass through the model with its weights quantized and its activations still float.
 *
 * @param batches passed over once
 * @returns the paths of the layers whose activations were calibrated
 * @throws LowbitError ('data') no batch, one of another shape, or one that a calibrator refuses; no state is then changed
 */
export async function calibrateModel(
  model: LayersModel,
  batches: Batches,
  { again = false }: CalibrateOptions = {},
): Promise<string[]> {
  const placed = quantizedLayers(model);
  for (const { layer } of placed) layer.calibrateWeights();
  const paths = new Map<QuantizerSlot, string>();
  for (const { path, layer } of placed) {
    for (const slot of layer.slots.values()) {
      if (slot.role === 'activations' && slot.calibrates && (again || !slot.calibrated)) paths.set(slot, path);
    }
  }
  const calibrators = new Map<QuantizerSlot, Calibrator>();
  try {
    await eachBatch(model, batches, 'calibrateModel', (x) =>
      withObserver(
        ({ slot, x: seen }) => {
          if (!paths.has(slot)) return;
          let calibrator = calibrators.get(slot);
          if (!calibrator) calibrators.set(slot, (calibrator = slot.calibrator()!));
          calibrator.observe(seen);
        },
        () => withPrecision({ activations: 'float' }, () => infer(model, x)),
      ),
    );
    const states = [...calibrators].map(([slot, calibrator]) => ({ slot, state: calibrator.state() }));
    for (const { slot, state } of states) slot.setState(state);
    return [...new Set(states.map(({ slot }) => paths.get(slot)!))];
  } finally {
    for (const calibrator of calibrators.values()) calibrator.dispose();
  }
}

import { FoldedConv2D } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { eachBatch, type Batches } from './batches.js';
import { infer, withCalls, type Call } from './forward.js';
import { pairLayers } from './layer-errors.js';

type Layer = LayersModel['layers'][number];

/** The inside of a layer that adds a bias. */
interface Biased extends Layer {
  bias: LayerVariable | null;
  activation: { getClassName(): string; apply(x: tf.Tensor): tf.Tensor } | null;
  dataFormat?: string;
}

/** What was done: the paths of the layers whose mean output is right again, and of those that have nothing to correct it by. */
export interface BiasCorrection {
  readonly corrected: readonly string[];
  readonly skipped: readonly string[];
}

/**
 * Corrects the shift that quantization makes in the mean of each quantized layer's output, channel by channel: b += E[y] − E[ŷ], with y
 * before the layer's activation. The layers are corrected one after another, each with those before it corrected already. A layer
 * without a bias has the shift taken out of the moving mean of the batch normalization behind it; of a folded convolution it is β that
 * takes the shift. Nagel et al., "Data-Free Quantization
 * Through Weight Equalization and Bias Correction", ICCV 2019, §4.2 and appendix D (the empirical form).
 *
 * @param float the model that `quantized` was made of
 * @param batches passed over once more than there are layers to correct: a list, or a function that makes a generator
 * @throws LowbitError ('data') no batch, or one of another shape; ('usage') models of other layers
 */
export async function correctBias(
  float: LayersModel,
  quantized: LayersModel,
  batches: Batches,
): Promise<BiasCorrection> {
  const pairs = pairLayers(float, quantized).map(({ path, layer, float: twin }) => ({
    path,
    layer: layer as Layer as Biased,
    twin: twin as Biased,
    shift: shiftOf(layer as Layer as Biased),
  }));
  const correctable = pairs.filter(({ shift }) => shift);
  const skipped = pairs.filter(({ shift }) => !shift).map(({ path }) => path);
  const wanted = await channelMeans(
    float,
    correctable.map(({ twin }) => twin),
    batches,
  );
  try {
    for (const { layer, twin, shift } of correctable) {
      const means = await channelMeans(quantized, [layer], batches);
      tf.tidy(() => shift!(tf.sub(wanted.get(twin)!, means.get(layer)!)));
      tf.dispose([...means.values()]);
    }
  } finally {
    tf.dispose([...wanted.values()]);
  }
  return { corrected: correctable.map(({ path }) => path), skipped };
}

/** What is added to each channel of what a layer computes: its bias, or β of the normalization folded into it. */
function offsetOf(layer: Biased): LayerVariable | null {
  return layer instanceof FoldedConv2D ? layer.beta : layer.bias;
}

/** What adds to the mean of a layer's output; undefined where nothing does. */
function shiftOf(layer: Biased): ((by: tf.Tensor) => void) | undefined {
  const bias = offsetOf(layer);
  if (bias) return (by) => bias.write(tf.add(bias.read(), by));
  const [next, ...others] = layer.outboundNodes.map(({ outboundLayer }) => outboundLayer);
  if (next?.getClassName() !== 'BatchNormalization' || others.length > 0 || next.inboundNodes.length > 1)
    return undefined;
  const { movingMean } = next as Layer & { movingMean: LayerVariable };
  return (by) => movingMean.write(tf.sub(movingMean.read(), by));
}

/** The mean of each channel of what the layers put out, before their activations where they add a bias; the caller disposes of them. */
async function channelMeans(
  model: LayersModel,
  layers: readonly Biased[],
  batches: Batches,
): Promise<Map<Biased, tf.Tensor>> {
  const sums = new Map<Biased, { count: number; sum: tf.Tensor }>();
  const add = (layer: Biased, y: tf.Tensor) => {
    const axis = layer.dataFormat === 'channelsFirst' ? 1 : y.rank - 1;
    const axes = y.shape.map((_, i) => i).filter((i) => i !== axis);
    const { count, sum } = sums.get(layer) ?? { count: 0 };
    const total = tf.tidy(() => {
      const added = tf.sum(y, axes);
      return tf.keep(sum ? tf.add(sum, added) : added);
    });
    sum?.dispose();
    sums.set(layer, { count: count + y.size / y.shape[axis]!, sum: total });
  };
  try {
    await eachBatch(model, batches, 'correctBias', (x) =>
      withCalls(
        layers,
        (layer, call) => beforeActivation(layer, call, (y) => add(layer, y)),
        () => infer(model, x),
      ),
    );
    return new Map([...sums].map(([layer, { count, sum }]) => [layer, tf.tidy(() => tf.div(sum, count))]));
  } finally {
    tf.dispose([...sums.values()].map(({ sum }) => sum));
  }
}

const LINEAR: NonNullable<Biased['activation']> = { getClassName: () => 'linear', apply: (x) => x };

function beforeActivation(layer: Biased, call: Call, look: (y: tf.Tensor) => void): Call {
  const { activation } = layer;
  const bias = offsetOf(layer);
  return (inputs, kwargs) => {
    try {
      if (bias && activation) layer.activation = LINEAR;
      const y = [call(inputs, kwargs)].flat()[0]!;
      look(y);
      return bias && activation ? activation.apply(y) : y;
    } finally {
      layer.activation = activation;
    }
  };
}

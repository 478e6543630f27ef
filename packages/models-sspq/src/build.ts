import {
  layers,
  input as inputLayer,
  model as functionalModel,
  type LayersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { batchNorm, conv2d, quantActivation, quantConv2d, relu } from '@lowbit/quant-core';
import { activeShift2d, groupedShift2d, sparseShift2d } from '@lowbit/shift-ops';
import { kernelInitializer, seedOf } from './initializers.js';
import { INPUT, type Plan, type PlanLayer, type ShiftKind } from './plan/node.js';

type Layer = InstanceType<typeof layers.Layer>;

/**
 * Builds the model that a plan describes: float32 [n, height, width, channels] in, logits [n, classes] out.
 *
 * @param seed seeds the initial weights, each layer's by its name: the same seed gives the same bits
 */
export function buildPlan(plan: Plan, seed: number): LayersModel {
  const input = inputLayer({ shape: [...plan.inputShape], name: INPUT });
  const values = new Map<string, SymbolicTensor>([[INPUT, input]]);
  let output = input;
  for (const each of plan.layers) {
    const from = each.inputs.map((name) => values.get(name)!);
    output = tfLayer(each, seed).apply(from.length === 1 ? from[0]! : from) as SymbolicTensor;
    values.set(each.name, output);
  }
  return functionalModel({ inputs: input, outputs: output, name: plan.name });
}

function tfLayer(layer: PlanLayer, seed: number): Layer {
  const { name } = layer;
  switch (layer.op) {
    case 'conv': {
      const { filters, kernelSize, strides, useBias, start, quantizer, gradientQuantizer } = layer;
      const initializer = kernelInitializer(start, seedOf(seed, name));
      const args = {
        name,
        filters,
        kernelSize,
        strides,
        useBias,
        kernelInitializer: initializer,
        padding: 'same',
      } as const;
      if (!quantizer && !gradientQuantizer) return conv2d(args);
      return quantConv2d({ ...args, kernelQuantizer: quantizer, gradientQuantizer });
    }
    case 'batch-norm':
      // tensorpack's momentum
      return batchNorm({
        name,
        momentum: 0.9,
        epsilon: layer.epsilon,
        gammaInitializer: layer.gammaStart,
      });
    case 'relu':
      return relu({ name });
    case 'quantize':
      return quantActivation({ name, quantizer: layer.quantizer });
    case 'shift':
      return shiftLayer(layer.shift, name, layer.strides, seedOf(seed, name));
    case 'max-pool':
      return layers.maxPooling2d({ name, poolSize: layer.size, strides: layer.strides, padding: 'same' });
    case 'average-pool':
      return layers.globalAveragePooling2d({ name });
    case 'add':
      return layers.add({ name });
    case 'dense':
      return layers.dense({
        name,
        units: layer.units,
        kernelInitializer: kernelInitializer(layer.start, seedOf(seed, name)),
      });
  }
}

function shiftLayer(shift: ShiftKind, name: string, stride: number, seed: number): Layer {
  switch (shift) {
    case 'active':
      return activeShift2d({ name, stride, seed });
    case 'sparse':
      return sparseShift2d({ name, stride, seed });
    case 'rounded':
      // the active shift as it starts and learns in SSPQ, only with the forward pass of the sparse one
      return sparseShift2d({ name, stride, seed, radius: Math.SQRT1_2, l1: 0 });
    case 'grouped':
      return groupedShift2d({ name, stride });
  }
}

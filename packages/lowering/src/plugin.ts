import { toOnnxQdq, toQonnx } from '@lowbit/export-onnx';
import { writeModel } from '@lowbit/graph';
import { API_VERSION, definePlugin, factory, type ExportContext, type Exporter } from '@lowbit/plugin-api';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { bakeModel } from './bake/bake-model.js';
import { lower } from './lower.js';
import { tfjsFiles } from './tfjs-files.js';

const floatInputs = z
  .union([z.literal('float'), z.literal(8)])
  .default('float')
  .describe('what few-bit weights see of real-valued inputs');

const packed = z.strictObject({
  floatInputs,
  packings: z
    .array(z.enum(['ternary', 'huffman']))
    .default([])
    .describe('what else codes may be packed as where that is smaller'),
});

const onnx = z.strictObject({
  floatInputs,
  layout: z.enum(['nhwc', 'nchw']).optional().describe('of images that come in and go out'),
  batch: z
    .union([z.int().positive(), z.string().min(1)])
    .optional()
    .describe('examples computed at once: a number, or a name for any number'),
});
const qdq = onnx.extend({
  fewBitWeights: z.enum(['int4', 'int8']).optional().describe('how weights of 4 bits or fewer are kept'),
});

type Lowered = Pick<z.output<typeof packed>, 'floatInputs'>;

/** Brings the formats `lowbit` (a packed file), `qonnx`, `onnx` (with QuantizeLinear and DequantizeLinear) and `tfjs`. */
export const plugin = definePlugin({
  name: '@lowbit/lowering',
  apiVersion: API_VERSION,
  exporters: {
    lowbit: factory(packed, ({ packings, ...options }: z.output<typeof packed>): Exporter => ({
      name: 'lowbit',
      extension: '.lowbit',
      write: (model, context) => writeModel(lowered(model, options, context), { packings }),
    })),
    qonnx: factory(onnx, ({ floatInputs: inputs, ...options }: z.output<typeof onnx>): Exporter => ({
      name: 'qonnx',
      extension: '.onnx',
      write: (model, context) => toQonnx(lowered(model, { floatInputs: inputs }, context), options),
    })),
    onnx: factory(qdq, ({ floatInputs: inputs, ...options }: z.output<typeof qdq>): Exporter => ({
      name: 'onnx',
      extension: '.onnx',
      write: (model, context) => toOnnxQdq(lowered(model, { floatInputs: inputs }, context), options),
    })),
    tfjs: factory(z.strictObject({}), (): Exporter => ({
      name: 'tfjs',
      extension: '',
      write(model, context = {}) {
        const baked = bakeModel(model);
        try {
          return tfjsFiles(baked, context);
        } finally {
          baked.weights.forEach((weight) => weight.dispose());
        }
      },
    })),
  },
});

function lowered(model: LayersModel, options: Lowered, context: ExportContext = {}) {
  const { normalization, labels, metadata } = context;
  const said = { ...metadata, ...(labels && { labels: JSON.stringify(labels) }) };
  return lower(model, { ...options, ...(normalization && { normalize: normalization }), metadata: said });
}

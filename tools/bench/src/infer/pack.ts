// Makes one of the product's nets with random weights, and packs it: pack.ts NET FILE.
import { writeFile } from 'node:fs/promises';
import { pickBackend } from '@lowbit/backends';
import { writeModel } from '@lowbit/graph';
import { lower } from '@lowbit/lowering';
import models from '@lowbit/models-sspq';
import { createRegistry } from '@lowbit/plugin-api';
import quantCore from '@lowbit/quant-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { PRODUCT_NETS, type ProductNet } from './product-nets.js';

const [, , name, file] = process.argv as [string, string, ProductNet, string];
await pickBackend('wasm');
const { spec, inputShape, classes } = PRODUCT_NETS[name];
const registry = createRegistry([models, quantCore]);
const model = registry.make('models', spec, { inputShape, classes, seed: 1, registry }) as LayersModel;
await writeFile(file, writeModel(lower(model)));
process.exit(0);

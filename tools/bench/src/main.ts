import { suggestNames } from '@lowbit/plugin-api';
import { formatReport } from './format.js';
import { markdownReport } from './markdown.js';
import { readOptions, type Options } from './options.js';
import { benchFit } from './fit/fit.js';
import { benchInfer } from './infer/infer.js';
import { benchKernels } from './kernels/kernels.js';
import { benchLimits } from './limits/limits.js';
import { benchLstm } from './lstm/lstm.js';
import { benchMemory } from './memory/memory.js';
import { benchPeers } from './peers/peers.js';
import { benchProducts } from './products/products.js';
import { benchQuantize } from './quantize/quantize.js';
import { circumstances, report, type Found } from './report.js';
import { benchTrain } from './train/train.js';

type Bench = (options: Options, log: (line: string) => void) => Promise<Found>;

const BENCHES: Readonly<Record<string, Bench>> = {
  train: benchTrain,
  peers: benchPeers,
  products: benchProducts,
  limits: benchLimits,
  kernels: benchKernels,
  fit: benchFit,
  lstm: benchLstm,
  memory: benchMemory,
  quantize: benchQuantize,
  infer: benchInfer,
};

function usage(message: string): never {
  console.error(`error: ${message}`);
  process.exit(2);
}

function optionsOrUsage(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    return usage((error as Error).message);
  }
}

const options = optionsOrUsage();
const { name, json, markdown } = options;
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (!bench) usage(`unknown benchmark '${name}'; ${suggestNames(name, Object.keys(BENCHES))}`);
const here = circumstances();
const result = report(name, here, await bench(options, (line) => console.error(line)));
console.log(json ? JSON.stringify(result) : markdown ? markdownReport(result) : formatReport(result));

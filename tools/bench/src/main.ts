import { suggestNames } from '@lowbit/plugin-api';
import { formatReport } from './format.js';
import { readOptions, type Options } from './options.js';
import { benchPeers } from './peers/peers.js';
import { report, type Found } from './report.js';
import { benchTrain } from './train/train.js';

type Bench = (options: Options, log: (line: string) => void) => Promise<Found>;

const BENCHES: Readonly<Record<string, Bench>> = { train: benchTrain, peers: benchPeers };

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
const { name, json } = options;
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (!bench) usage(`unknown benchmark '${name}'; ${suggestNames(name, Object.keys(BENCHES))}`);
const result = report(name, await bench(options, (line) => console.error(line)));
console.log(json ? JSON.stringify(result) : formatReport(result));

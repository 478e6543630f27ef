import { parseArgs } from 'node:util';
import { suggestNames } from '@lowbit/plugin-api';
import { formatReport, report, type Row } from './report.js';
import { benchTrain } from './train/train.js';

const BENCHES: Readonly<Record<string, (log: (line: string) => void) => Promise<Row[]>>> = { train: benchTrain };

function usage(message: string): never {
  console.error(`error: ${message}`);
  process.exit(2);
}

function readArgs(): { name: string; json: boolean } {
  try {
    const options = { json: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    return { name: positionals.length > 0 ? positionals.join(' ') : 'train', json: values.json };
  } catch (error) {
    return usage((error as Error).message);
  }
}

const { name, json } = readArgs();
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (!bench) usage(`unknown benchmark '${name}'; ${suggestNames(name, Object.keys(BENCHES))}`);
const result = report(name, await bench((line) => console.error(line)));
console.log(json ? JSON.stringify(result) : formatReport(result));

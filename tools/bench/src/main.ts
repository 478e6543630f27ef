import { parseArgs } from 'node:util';
import { suggestNames } from '@lowbit/plugin-api';
import { formatReport, report, type Row } from './report.js';
import { benchTrain } from './train/train.js';

const BENCHES: Readonly<Record<string, (log: (line: string) => void) => Promise<Row[]>>> = { train: benchTrain };

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean' } } });
const [name = 'train', ...rest] = positionals;
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (!bench || rest.length > 0) {
  console.error(`error: unknown benchmark '${positionals.join(' ')}'; ${suggestNames(name, Object.keys(BENCHES))}`);
  process.exit(2);
}
const result = report(name, await bench((line) => console.error(line)));
console.log(values.json ? JSON.stringify(result) : formatReport(result));

// npm run samples -w @lowbit/demo: writes the digits that the page offers into src/generated/samples.ts.
import { writeFileSync } from 'node:fs';
import { firstOfEach } from '../src/testing/first-of-each.js';

const rows = (await firstOfEach()).map((digit) => `  [${digit.join(', ')}],\n`);
const text = `// Written by npm run samples: of each digit the first test example of its data set, 8×8 numbers 0 … 16.
export const samples: readonly (readonly number[])[] = [\n${rows.join('')}];\n`;
writeFileSync(new URL('../src/generated/samples.ts', import.meta.url), text);

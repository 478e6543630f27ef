// npm run quantizers: writes docs/quantizers.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pageFiles } from './write.js';

const folder = fileURLToPath(new URL('../../../docs/quantizers', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const [name, text] of await pageFiles(folder)) writeFileSync(`${folder}/${name}`, text);

// npm run digits: the whole of experiments/digits-w1a4.json, in this Node and in Chromium.
import { pickBackend } from '@lowbit/backends';
import { trainDigits, type DigitsRun } from './digits.js';
import { openPage } from './open-page.js';

const row = (where: string, { testAccuracy, weights, seconds }: DigitsRun): void =>
  console.log(`${where}: ${(100 * testAccuracy).toFixed(2)} %, ${seconds.toFixed(0)} s, weights ${weights}`);

const page = await openPage();
const inPage = await page.call('digitsOnWasm').finally(() => page.close());
row(`Chromium ${page.version}`, inPage);
await pickBackend('wasm', { simd: 'plain' });
const here = await trainDigits();
row(`Node ${process.versions.node}`, here);
const differing = here.losses.filter((loss, step) => loss !== inPage.losses[step]).length;
console.log(`losses: ${differing} of ${here.losses.length} differ`);
process.exitCode = differing === 0 && here.weights === inPage.weights ? 0 : 1;

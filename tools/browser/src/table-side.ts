// One row of the table, in a process of its own: table-side.ts BACKEND STEPS [SIMD]. Prints one line of JSON.
import { pickBackend, type BackendName, type PickOptions } from '@lowbit/backends';
import { firstSteps } from './first-steps.js';

const [backend, steps, simd] = process.argv.slice(2);
const { simd: used } = await pickBackend(backend as BackendName, { simd: simd as PickOptions['simd'] });
const line = JSON.stringify({ simd: used, ...(await firstSteps(Number(steps))) });
// a GPU's device keeps the process alive
process.stdout.write(`\n${line}\n`, () => process.exit(0));

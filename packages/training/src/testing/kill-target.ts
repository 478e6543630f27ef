import { setBackend } from '@tensorflow/tfjs-core';
import { trainRun } from '../run/train-run.js';
import { killedExperiment, testRegistry } from './kit.js';

// A process to be killed: trains in the folder that it is given, goes on where the last one was killed.
await setBackend('cpu');
const events = trainRun(killedExperiment, { dir: process.argv[2]!, registry: testRegistry(), resume: true });
for await (const { type } of events) process.stdout.write(`${type}\n`);

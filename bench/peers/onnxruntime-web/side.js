// ONNX Runtime Web as a side of the benchmark, one thread. The protocol is in ../README.md; the first line is the shapes,
// 'step SHAPE,KIND' computes one product.
import { createInterface } from 'node:readline';
import * as ort from 'onnxruntime-web';
import { matMulInteger, qLinearConv } from './model.js';

const KINDS = { MatMulInteger: matMulInteger, QLinearConv: qLinearConv };
/** Milliseconds that a repetition is to take at least. */
const ENOUGH = 60;

const answer = (values) => process.stdout.write(`${JSON.stringify(values)}\n`);
const sessions = new Map();

async function prepared(name, shapes) {
  if (!sessions.has(name)) {
    const [index, kind] = name.split(',');
    const [places, channels] = shapes[Number(index)];
    const options = { executionProviders: ['wasm'], graphOptimizationLevel: 'all' };
    const session = await ort.InferenceSession.create(KINDS[kind](shapes[Number(index)]), options);
    const data = Uint8Array.from({ length: places * channels }, (_, k) => (k * 2654435761) % 256);
    const shape = kind === 'QLinearConv' ? [1, 1, places, channels] : [places, channels];
    sessions.set(name, { session, feeds: { x: new ort.Tensor('uint8', data, shape) }, repetitions: 1 });
  }
  return sessions.get(name);
}

try {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const shapes = JSON.parse((await lines.next()).value);
  const version = ort.env.versions.web ?? ort.env.versions.common;
  answer({ ready: 'WASM, 1 thread', versions: { node: process.versions.node, 'onnxruntime-web': version } });
  for await (const line of lines) {
    const ready = await prepared(line.slice('step '.length), shapes);
    const [wall, { user, system }] = [performance.now(), process.cpuUsage()];
    for (let i = 0; i < ready.repetitions; i++) await ready.session.run(ready.feeds);
    const used = process.cpuUsage();
    const ms = (performance.now() - wall) / ready.repetitions;
    answer({ ms, cpuMs: (used.user + used.system - user - system) / 1000 / ready.repetitions });
    ready.repetitions = Math.ceil(ENOUGH / ms);
  }
} catch (error) {
  answer({ skipped: error.message.split('\n')[0] });
}
process.exit(0); // also where lines are still to come: nobody waits for an answer to them

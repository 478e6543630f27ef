// ONNX Runtime Web as a side of the benchmark, one thread. The protocol is in ../README.md; the first line is a list of models,
// { file, type, shape }, and 'step INDEX' computes one of them.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import * as ort from 'onnxruntime-web';

/** Milliseconds that a repetition is to take at least. */
const ENOUGH = 60;

const answer = (values) => process.stdout.write(`${JSON.stringify(values)}\n`);

async function prepared({ file, type, shape }) {
  const options = { executionProviders: ['wasm'], graphOptimizationLevel: 'all' };
  const session = await ort.InferenceSession.create(await readFile(file), options);
  const size = shape.reduce((product, side) => product * side, 1);
  const data =
    type === 'uint8'
      ? Uint8Array.from({ length: size }, (_, k) => (k * 2654435761) % 256)
      : Float32Array.from({ length: size }, (_, k) => Math.sin(k));
  return { session, feeds: { x: new ort.Tensor(type, data, shape) }, repetitions: 1 };
}

try {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const models = JSON.parse((await lines.next()).value);
  const version = ort.env.versions.web ?? ort.env.versions.common;
  answer({ ready: 'WASM, 1 thread', versions: { node: process.versions.node, 'onnxruntime-web': version } });
  const sessions = new Map();
  for await (const line of lines) {
    const index = Number(line.slice('step '.length));
    if (!sessions.has(index)) sessions.set(index, await prepared(models[index]));
    const ready = sessions.get(index);
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

/**
 * What runs in a process of its own to see whether a backend works: `node -e PROBE_PROGRAM '{"from", "package", "backend"}'`.
 * It is text, since it must run the same from sources, from a build and from a bundle. Its last line is a JSON object.
 */
export const PROBE_PROGRAM = `
const task = JSON.parse(process.argv[1]);
const require = process.getBuiltinModule('node:module').createRequire(task.from);
const util = process.getBuiltinModule('node:util');
const answer = (facts) => process.stdout.write('\\n' + JSON.stringify(facts) + '\\n', () => process.exit(0));

async function adapter() {
  const url = process.getBuiltinModule('node:url').pathToFileURL(require.resolve('webgpu'));
  const { create, globals } = await import(url);
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
  const found = await navigator.gpu.requestAdapter();
  if (!found) throw new Error('no GPU adapter answers');
  const { vendor, architecture, device, description, isFallbackAdapter } = found.info;
  return { adapter: description || device || [vendor, architecture].filter(Boolean).join(' '), architecture, fallback: isFallbackAdapter };
}

async function probe() {
  const facts = task.backend === 'webgpu' ? await adapter() : {};
  util.isArray ??= Array.isArray;
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  const tf = require('@tensorflow/tfjs-core');
  require(task.package);
  if (!(await tf.setBackend(task.backend))) throw new Error('TensorFlow.js cannot start it');
  await tf.ready();
  const values = await tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])).data();
  if (String([...values]) !== '19,22,43,50') throw new Error('it computes [' + values + '] where [19, 22, 43, 50] is right');
  const { isUsingGpuDevice, binding } = tf.backend();
  return { ...facts, gpu: isUsingGpuDevice, libtensorflow: binding && binding.TF_Version };
}

probe().then(answer, (error) => answer({ error: String((error && error.message) || error) }));
`;

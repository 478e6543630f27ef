import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import textLines from '../../../examples/import-onnx/text-lines.js';
import { importOnnx } from '@lowbit/import-onnx';
import { load } from '@lowbit/runtime';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Interop, missingPython, python } from './python.js';

const PACKAGE = 'rapidocr_onnxruntime';
const found = missingPython === undefined ? modelsOf(PACKAGE) : '';
const missing =
  missingPython ?? (found === '' ? `no Python package ${PACKAGE}: run tools/interop/setup.sh` : undefined);
const engine = missing === undefined ? new Interop() : undefined;
afterAll(() => engine?.close());
beforeEach((context) => context.skip(missing !== undefined, missing));

/** The folder of a package, which is not imported. */
function modelsOf(name: string): string {
  const find = `import importlib.util as u; s = u.find_spec('${name}'); print(s.submodule_search_locations[0] if s else '')`;
  const folder = spawnSync(python, ['-c', find]).stdout.toString().trim();
  return folder && `${folder}/models`;
}

/** Lines of text [1, 48, 192, 3], from −1 to 1. */
async function lines(count: number): Promise<Float32Array[]> {
  const { inputs } = await textLines.datasets['text-lines']().splits.test.read([...Array(count).keys()]);
  const all = Float32Array.from(inputs.data, (byte) => byte / 127.5 - 1);
  const size = all.length / count;
  return Array.from({ length: count }, (_, i) => all.slice(i * size, (i + 1) * size));
}

function channelsFirst(x: Float32Array): Float32Array {
  const places = x.length / 3;
  return Float32Array.from(x, (_, i) => x[(i % places) * 3 + Math.floor(i / places)]!);
}

describe('PP-OCR with its own weights', () => {
  it.each([
    ['which way a line goes (MobileNetV3)', 'ch_ppocr_mobile_v2.0_cls_infer.onnx', 5],
    ['what a line says (convolutions and attention)', 'ch_PP-OCRv4_rec_infer.onnx', 2],
  ])('%s: as ONNX Runtime', async (_name, file, count) => {
    const bytes = readFileSync(`${found}/${file}`);
    const graph = await importOnnx(bytes, { inputShapes: [48, 192, 3] });
    const model = await load(graph);
    for (const x of await lines(count)) {
      const { outputs } = await engine!.run('onnxruntime', bytes, {
        x: { shape: [1, 3, 48, 192], data: channelsFirst(x) },
      });
      const [expected] = Object.values(outputs);
      const [output] = graph.outputs;
      const y = (await model.run({ [graph.inputs[0]!.name]: x }))[output!]!;
      const largest = expected!.data.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      expect(y.length).toBe(expected!.data.length);
      expected!.data.forEach((value, i) => {
        if (!(Math.abs(value - y[i]!) <= 1e-4 * largest)) expect(y[i], `value ${i}`).toBeCloseTo(value, 6);
      });
    }
    model.dispose();
  });
});

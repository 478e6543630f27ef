import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adapterFinding, probe } from './probe.js';

/** A project with made-up packages, each one file of JavaScript. */
class Project {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'lowbit-backends-'));
  readonly file = path.join(this.folder, 'index.js');

  add(name: string, code: string, inside = ''): this {
    const folder = path.join(this.folder, inside, 'node_modules', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name, version: '1.2.3' }));
    writeFileSync(path.join(folder, 'index.js'), code);
    return this;
  }

  /** tfjs-node with its addon, and what requiring it does. */
  addNative(name: 'tfjs-node' | 'tfjs-node-gpu', code = ''): this {
    this.add(`@tensorflow/${name}`, code);
    const lib = path.join(this.folder, 'node_modules', '@tensorflow', name, 'lib', 'napi-v8');
    mkdirSync(lib, { recursive: true });
    writeFileSync(path.join(lib, 'tfjs_binding.node'), '');
    return this;
  }
}

/** A tfjs-core that answers as if `backend` were its current one. */
const core = (backend = '{}', product = '[19, 22, 43, 50]', starts = true) => `module.exports = {
  setBackend: async () => ${starts}, ready: async () => {}, tensor2d: () => 0,
  matMul: () => ({ data: async () => Float32Array.from(${product}) }), backend: () => (${backend}) };`;

const CORE = '@tensorflow/tfjs-core';
const CPU = '@tensorflow/tfjs-backend-cpu';

describe('probe', () => {
  let project: Project;
  beforeEach(() => void (project = new Project()));
  afterEach(() => rmSync(project.folder, { recursive: true, force: true }));

  it('names what is not installed', async () => {
    expect(await probe('node', project.file)).toEqual({ ok: false, why: '@tensorflow/tfjs-node is not installed' });
    expect((await probe('webgpu', project.file)).why).toBe(
      '@tensorflow/tfjs-backend-webgpu and webgpu are not installed',
    );
    project.add('webgpu', '');
    expect((await probe('webgpu', project.file)).why).toBe('@tensorflow/tfjs-backend-webgpu is not installed');
  });

  it('finds a native addon missing', async () => {
    project.add(CORE, core()).add('@tensorflow/tfjs-node', '');
    expect((await probe('node', project.file)).why).toBe('its native addon (tfjs_binding.node) was not built');
  });

  it('finds a second copy of tfjs-core', async () => {
    project.add(CORE, core()).add(CPU, '').add(CORE, core(), `node_modules/${CPU}`);
    const { ok, why } = await probe('cpu', project.file);
    expect(ok).toBe(false);
    expect(why).toBe(`${CPU} uses another copy of ${CORE} (1.2.3); npm dedupe, or install the same version of both`);
  });

  it('gives tfjs-node back what Node 23 took away', async () => {
    const code =
      "const util = require('util'); if (!util.isArray([]) || !util.isNullOrUndefined(null) || util.isNullOrUndefined(0)) throw new Error('no');";
    project.add(CORE, core("{ binding: { TF_Version: '9.9' } }")).addNative('tfjs-node', code);
    expect(await probe('node', project.file)).toEqual({ ok: true, why: 'libtensorflow 9.9' });
  });

  it.each([
    [true, { ok: true, why: 'libtensorflow 9.9 with a GPU' }],
    [false, { ok: false, why: 'libtensorflow 9.9 finds no GPU; it needs an NVIDIA driver, CUDA and cuDNN' }],
  ])('takes tfjs-node-gpu for a GPU alone: %s', async (gpu, finding) => {
    project.add(CORE, core(`{ isUsingGpuDevice: ${gpu}, binding: { TF_Version: '9.9' } }`)).addNative('tfjs-node-gpu');
    expect(await probe('node-gpu', project.file)).toEqual(finding);
  });

  it.each([
    ['what its package throws', "throw new Error('bad things\\nhappened')", core(), 'bad things'],
    ['that it cannot be started', '', core('{}', '[]', false), 'TensorFlow.js cannot start it'],
    [
      'that it computes nonsense',
      '',
      core('{}', '[1, 2, 3, 4]'),
      'it computes [1,2,3,4] where [19, 22, 43, 50] is right',
    ],
    ['a crash', 'process.abort()', core(), 'it crashes (SIGABRT)'],
    ['an exit', 'process.exit(3)', core(), 'it crashes (exit code 3)'],
    ['a silent exit', "console.log('bye'); process.exit(0)", core(), 'it ends the process'],
    ['that it hangs', 'for (;;);', core(), 'it did not answer within 1 s'],
  ])('reports %s', async (_name, code, coreCode, why) => {
    project.add(CORE, coreCode).add(CPU, code);
    expect(await probe('cpu', project.file, code.startsWith('for') ? 1000 : undefined)).toEqual({ ok: false, why });
  });

  it('finds the packages of this repository', async () => {
    expect((await probe('cpu')).ok).toBe(true);
    expect((await probe('wasm')).ok).toBe(true);
  });
});

describe('adapterFinding', () => {
  it.each([
    ['NVIDIA H100', 'hopper', false, false],
    ['SwiftShader driver 5.0.0', 'swiftshader', true, true],
    ['llvmpipe (LLVM 15.0.6, 256 bits)', '', false, true],
    ['Microsoft Basic Render Driver', '', false, true],
    ['a GPU', '', true, true],
  ])('tells whether %s is a CPU', (name, architecture, fallback, software) => {
    expect(adapterFinding(name, architecture, fallback)).toMatchObject({ ok: true, software });
  });
});

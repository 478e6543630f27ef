import { LowbitError, suggestNames } from '@lowbit/plugin-api';
import { simd } from '@lowbit/wasm-host';
import * as tf from '@tensorflow/tfjs-core';
import { checkOneCore } from './cores.js';
import { examine, howToGet } from './examine.js';
import { load } from './load.js';
import { PACKAGES } from './probe.js';
import { selfTest } from './self-test.js';
import { BACKENDS, type BackendName, type Finding, type Picked, type PickOptions, type Tried } from './types.js';

/**
 * Chooses, starts and tests a TF.js backend, and says why.
 *
 * `auto` takes the first that works of: `node-gpu` (tfjs-node-gpu with a GPU), `node` (tfjs-node), `webgpu` (where the adapter is
 * a real GPU; in Node through the `webgpu` package), `wasm` (with @lowbit/wasm-kernels, so that it trains), `cpu`. The native
 * ones and WebGPU are tried in a process of their own first, which takes a second or two where they are installed.
 *
 * @throws LowbitError an unknown name; a backend that was asked for by name and cannot be had, with how to get it; two copies
 *   of tfjs-core. The backend in use stays the same then.
 */
export function pickBackend(name: 'auto' | BackendName = 'auto', options: PickOptions = {}): Promise<Picked> {
  return pick(name, options, { examine, start });
}

/** How a backend is examined and started. */
export interface Steps {
  examine(name: BackendName): Promise<Finding>;
  /** Loads it, makes it the current one and tests it. */
  start(name: BackendName, options: PickOptions): Promise<void>;
}

/** {@link pickBackend} with the steps given. */
export async function pick(name: string, options: PickOptions, steps: Steps): Promise<Picked> {
  if (name !== 'auto' && !isBackend(name)) {
    throw new LowbitError('usage', {
      what: `unknown backend '${name}'`,
      hint: suggestNames(name, ['auto', ...BACKENDS]),
    });
  }
  checkOneCore();
  const before = tf.getBackend();
  const tried: Tried[] = [];
  for (const each of name === 'auto' ? BACKENDS : [name]) {
    const { ok, why, software = false } = await attempt(each, name === 'auto', options, steps);
    tried.push({ name: each, ok, why, software });
    if (ok) return { backend: tf.getBackend(), name: each, ...flavour(each), reason: reasonFor(name, why), tried };
  }
  if (before) await tf.setBackend(before);
  throw new LowbitError('unsupported', {
    what: `backend '${name}' cannot be used: ${tried.map((each) => (name === 'auto' ? `${each.name}: ${each.why}` : each.why)).join('; ')}`,
    hint: name === 'auto' ? undefined : howToGet(name),
  });
}

function flavour(name: BackendName): Pick<Picked, 'simd'> {
  return name === 'wasm' ? { simd: simd() } : {};
}

async function attempt(name: BackendName, auto: boolean, options: PickOptions, steps: Steps): Promise<Finding> {
  const finding = await steps.examine(name);
  if (!finding.ok) return finding;
  if (auto && finding.software) return { ...finding, ok: false };
  try {
    await steps.start(name, options);
    return finding;
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message.split('\n')[0]! : String(error) };
  }
}

async function start(name: BackendName, options: PickOptions): Promise<void> {
  await load(name, options);
  if (!(await tf.setBackend(PACKAGES[name].backend))) throw new Error('TensorFlow.js cannot start it');
  await tf.ready();
  await selfTest();
}

function reasonFor(asked: string, why: string): string {
  return asked === 'auto' ? `the first of ${BACKENDS.join(', ')} that works here: ${why}` : `asked for: ${why}`;
}

function isBackend(name: string): name is BackendName {
  return (BACKENDS as readonly string[]).includes(name);
}

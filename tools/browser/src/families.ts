import { pickBackend, type BackendName } from '@lowbit/backends';
import { createRegistry, type Precision, type QuantizeContext, type Quantizer, type Role } from '@lowbit/plugin-api';
import quantCore, { decode } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';

/** Values of a tensor, as a page and Node hand them to each other. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** A quantizer of quant-core, and what it is tried on. */
export interface FamilyCase {
  readonly role: Role;
  /** Names it, with its options. */
  readonly spec: Readonly<Record<string, unknown>> & { readonly quantizer: string };
  readonly bits: Precision;
  readonly x: Values;
  /** Of the output. */
  readonly gradient: Values;
  /** What it computes with; what it is calibrated to by x unless given. */
  readonly state?: Readonly<Record<string, Values>>;
}

/** What a quantizer makes of a case. At 'float' there are no codes. */
export interface FamilyResult {
  /** By its calibrator. */
  readonly calibrated: Readonly<Record<string, Values>>;
  readonly value: Values;
  readonly codes: Values;
  readonly codebook: Values;
  /** What the codes stand for: the law wants the bits of `value`. */
  readonly decoded: Values;
  /** Of x, and of the state that is trained, by name. */
  readonly gradients: Readonly<Record<string, Values>>;
  /** New values of state, by name. */
  readonly updated: Readonly<Record<string, Values>>;
}

const registry = createRegistry([quantCore]);

/** Makes quantizers of quant-core. @throws LowbitError bits that one cannot have */
export function makeFamily({ role, spec, bits }: Pick<FamilyCase, 'role' | 'spec' | 'bits'>): Quantizer {
  return registry.make('quantizers', { ...spec, bits }, role);
}

/** Tries quantizers on a backend: in Node or in a page, the same code. */
export async function families(backend: BackendName, cases: readonly FamilyCase[]): Promise<FamilyResult[]> {
  await pickBackend(backend);
  const results: FamilyResult[] = [];
  for (const each of cases) {
    const before = tf.memory().numTensors;
    results.push(await family(each));
    const left = tf.memory().numTensors - before;
    if (left !== 0) throw new Error(`${left} tensors were left behind by ${JSON.stringify(each.spec)}`);
  }
  return results;
}

async function family(given: FamilyCase): Promise<FamilyResult> {
  const quantizer = makeFamily(given);
  const [x, dy] = [tensorOf(given.x), tensorOf(given.gradient)];
  const calibrated = calibrate(quantizer, x);
  await x.data(); // so that WebGPU has them on the host, where encode looks for NaN
  const state = given.state
    ? Object.fromEntries(Object.entries(given.state).map(([name, values]) => [name, tensorOf(values)]))
    : tf.tidy(() => Object.fromEntries(Object.entries(calibrated).map(([name, value]) => [name, tf.clone(value)])));
  const context: QuantizeContext = { seed: 1, training: true, ...(quantizer.state && { state }) };
  const { codes, codebook } =
    quantizer.bits === 'float' ? { codes: tf.tensor1d([]), codebook: tf.tensor1d([]) } : quantizer.encode(x, context);
  const made = {
    value: quantizer.quantize(x, context),
    codes,
    codebook,
    decoded: quantizer.bits === 'float' ? tf.tensor1d([]) : decode({ codes, codebook }),
  };
  const gradients = given.role === 'gradients' ? {} : gradientsOf(quantizer, x, dy, state);
  const updated = quantizer.update?.(x, context) ?? {};
  const result = {
    ...(await valuesOf(made)),
    gradients: await valuesOf(gradients),
    updated: await valuesOf(updated),
    calibrated: await valuesOf(calibrated),
  };
  tf.dispose([x, dy, ...Object.values(state)]);
  return result;
}

function calibrate(quantizer: Quantizer, x: tf.Tensor): Record<string, tf.Tensor> {
  const calibrator = quantizer.calibrator?.({ seed: 1 });
  if (!calibrator) {
    const specs = quantizer.state ?? [];
    return Object.fromEntries(
      specs.map(({ name, shape, initial }) => [name, tf.fill(shape(x.shape, x.rank - 1), initial) as tf.Tensor]),
    );
  }
  calibrator.observe(x);
  const state = calibrator.state();
  calibrator.dispose();
  return state;
}

function gradientsOf(
  quantizer: Quantizer,
  x: tf.Tensor,
  dy: tf.Tensor,
  state: Readonly<Record<string, tf.Tensor>>,
): Record<string, tf.Tensor> {
  // at 'float' most have no use for their state
  const trained = quantizer.bits === 'float' ? [] : (quantizer.state ?? []).filter(({ trainable }) => trainable);
  const names = trained.map(({ name }) => name);
  const quantize = (at: tf.Tensor, ...pieces: tf.Tensor[]) =>
    quantizer.quantize(at, {
      seed: 1,
      training: true,
      ...(quantizer.state && {
        state: { ...state, ...Object.fromEntries(names.map((name, i) => [name, pieces[i]!])) },
      }),
    });
  const all = tf.grads(quantize)([x, ...names.map((name) => state[name]!)], dy);
  return Object.fromEntries(['x', ...names].map((name, i) => [name, all[i]!]));
}

function tensorOf({ shape, data }: Values): tf.Tensor {
  return tf.tensor([...data], [...shape], 'float32');
}

/** Reads tensors and disposes of them. */
async function valuesOf<Name extends string>(
  tensors: Readonly<Record<Name, tf.Tensor>>,
): Promise<Record<Name, Values>> {
  const all: [string, Values][] = [];
  for (const [name, tensor] of Object.entries<tf.Tensor>(tensors)) {
    all.push([name, { shape: tensor.shape, data: [...(await tensor.data())] }]);
    tensor.dispose();
  }
  return Object.fromEntries(all) as Record<Name, Values>;
}

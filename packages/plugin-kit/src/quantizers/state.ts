import { LowbitError, type Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { rule, type Broken } from '../rule.js';
import { shapeOf } from '../show.js';
import { firstDifference, toHost, toTensors } from '../values.js';
import { contextWith, precisions, sampleOf, stateFor, type QuantizerSubject } from './subject.js';

const spec = rule<QuantizerSubject>(
  'state is declared with names, shapes and values that make sense',
  ({ quantizer, shape }, on) => {
    const names = (quantizer.state ?? []).map(({ name }) => name);
    on('the names of state', (broken) => {
      if (new Set(names).size < names.length || names.some((name) => !/^[\w.-]+$/.test(name))) {
        throw broken('names of letters, digits, _ . -, each once', names);
      }
    });
    for (const { name, initial, minimum = -Infinity, learningRateScale = 1, decay = 0, ...each } of quantizer.state ??
      []) {
      on(`state '${name}'`, (broken) => {
        if (!Number.isFinite(initial) || initial < minimum)
          throw broken('a finite initial value, not below the minimum', initial);
        if (!(learningRateScale >= 0)) throw broken('a learningRateScale from 0', learningRateScale);
        if (!(decay >= 0)) throw broken('a decay from 0', decay);
        const known = each.shape(shape, shape.length - 1);
        if (!known.every((size) => Number.isInteger(size) && size > 0))
          throw broken('a shape of positive integers', known);
      });
    }
  },
);

const batches = rule<QuantizerSubject>(
  'the state of activations has one shape for every batch size',
  ({ quantizer, role, shape }, on) => {
    if (role !== 'activations') return;
    for (const { name, shape: shapeFor } of quantizer.state ?? []) {
      on(`state '${name}'`, (broken) => {
        const [known, unknown] = [shape, [null, ...shape.slice(1)]].map((each) => shapeFor(each, shape.length - 1));
        if (!tf.util.arraysEqual(known!, unknown!)) {
          throw broken(`${shapeOf(known!)} too where the batch size is unknown`, shapeOf(unknown!));
        }
      });
    }
  },
);

const saved = rule<QuantizerSubject>(
  'all that it remembers is in its state: saved and put back it gives the same bits',
  (subject, on) => {
    for (const { bits, quantizer } of precisions(subject)) {
      on(`ordinary values at ${bits} bits`, (broken) =>
        tf.tidy(() => {
          const x = sampleOf(subject);
          const file = toHost(stateFor(quantizer, x));
          const bitsOf = (state: Record<string, tf.Tensor>): ArrayLike<number> =>
            quantizer.quantize(x, contextWith(quantizer, state, { training: true })).dataSync();
          const before = bitsOf(toTensors(file));
          bitsOf(stateFor(quantizer, sampleOf(subject, 2)));
          quantizer.quantize(tf.mul(x, 3), { seed: 1, training: true });
          const wrong = firstDifference(before, bitsOf(toTensors(file)));
          if (wrong >= 0) throw broken('the same bits of the same state', `others at [${wrong}]`);
        }),
      );
    }
  },
);

const calibrated = rule<QuantizerSubject>(
  'a calibrator gives all of the state, in its shapes, and says so when it has seen nothing',
  (subject, on) => {
    for (const { bits, quantizer } of precisions(subject)) {
      if (!quantizer.calibrator || !quantizer.state?.length) continue;
      on(`a calibrator at ${bits} bits`, (broken) =>
        tf.tidy(() => {
          const x = sampleOf(subject);
          const make = () => quantizer.calibrator!({ channelAxis: x.rank - 1, seed: 1 });
          const unused = make();
          try {
            tf.dispose(unused.state());
            throw broken('a LowbitError of state() before observe()', 'state');
          } catch (error) {
            if (!(error instanceof LowbitError)) throw error;
          } finally {
            unused.dispose();
          }
          const observed = [1, 2].map(() => {
            const calibrator = make();
            for (const seed of [1, 2]) calibrator.observe(sampleOf(subject, seed));
            const state = toHost(calibrator.state());
            calibrator.dispose();
            return state;
          });
          checkPieces(quantizer, x, observed[0]!, broken, true);
          for (const [name, { data }] of Object.entries(observed[0]!)) {
            const at = firstDifference(data, observed[1]![name]!.data);
            if (at >= 0) throw broken(`the same '${name}' of the same batches and seed`, `another at [${at}]`);
          }
        }),
      );
    }
  },
);

const updated = rule<QuantizerSubject>(
  'update gives new values of state that no gradient trains, and leaves the old as they are',
  (subject, on) => {
    for (const { bits, quantizer } of precisions(subject)) {
      if (!quantizer.update) continue;
      on(`ordinary values at ${bits} bits`, (broken) =>
        tf.tidy(() => {
          const x = sampleOf(subject);
          const state = stateFor(quantizer, x);
          const before = toHost(state);
          const context = contextWith(quantizer, state, { training: true, channelAxis: x.rank - 1 });
          const after = toHost(quantizer.update!(sampleOf(subject, 2), context));
          checkPieces(quantizer, x, after, broken, false);
          const trained = quantizer.state?.find(({ name, trainable }) => trainable && name in after);
          if (trained) throw broken('no state that gradients train', `'${trained.name}'`);
          for (const [name, { data }] of Object.entries(toHost(state))) {
            if (firstDifference(data, before[name]!.data) >= 0)
              throw broken(`the old '${name}' unchanged`, 'another value in the same tensor');
          }
        }),
      );
    }
  },
);

/** Names, shapes and finite values of what stands for state. */
function checkPieces(
  { state = [] }: Quantizer,
  x: tf.Tensor,
  values: ReturnType<typeof toHost>,
  broken: Broken,
  all: boolean,
): void {
  const names = state.map(({ name }) => name);
  const strange = Object.keys(values).find((name) => !names.includes(name));
  if (strange !== undefined) throw broken(`state of the names ${names.join(', ')}`, `'${strange}'`);
  for (const { name, shape, minimum = -Infinity } of state) {
    const value = values[name];
    if (!value) {
      if (all) throw broken(`a value of '${name}'`, `only ${Object.keys(values).join(', ') || 'nothing'}`);
      continue;
    }
    const expected = shape(x.shape, x.rank - 1);
    if (!tf.util.arraysEqual(value.shape as number[], expected)) {
      throw broken(`'${name}' of shape ${shapeOf(expected)}`, shapeOf(value.shape));
    }
    const wrong = value.data.find((each) => !Number.isFinite(each) || each < Math.fround(minimum));
    if (wrong !== undefined) throw broken(`finite values of '${name}', not below its minimum`, wrong);
  }
}

/** How often weights are constrained until they must have come to rest, and what they may still move by. */
const REPEATS = 64;
const AT_REST = 1e-5;

const constrained = rule<QuantizerSubject>(
  'constrain gives a new tensor of the shape of the weights, and repeated comes to rest',
  (subject, on) => {
    for (const { bits, quantizer } of precisions(subject)) {
      if (!quantizer.constrain) continue;
      on(`ordinary values times 3 at ${bits} bits`, (broken) =>
        tf.tidy(() => {
          const w = tf.mul(sampleOf(subject), 3);
          const context = contextWith(quantizer, stateFor(quantizer, w), { training: true });
          let constrained = quantizer.constrain!(w, context);
          if (constrained.id === w.id) throw broken('a new tensor', 'the one that was given');
          if (!tf.util.arraysEqual(constrained.shape, w.shape))
            throw broken(shapeOf(w.shape), shapeOf(constrained.shape));
          let moved = Infinity;
          // centred weights that a clip has moved are centred no more: two constraints come to rest step by step
          for (let i = 0; i < REPEATS && !(moved <= AT_REST); i++) {
            const again = quantizer.constrain!(constrained, context);
            moved = tf.max(tf.abs(tf.sub(again, constrained))).dataSync()[0]!;
            constrained = again;
            if (!Number.isFinite(moved)) throw broken('finite values', moved);
          }
          if (moved > AT_REST)
            throw broken(`weights that stay where ${REPEATS} repeats have put them`, `${moved} more`);
        }),
      );
    }
  },
);

const scaled = rule<QuantizerSubject>('outputScale is of shape [n, height, width, 1]', (subject, on) => {
  const { quantizer, shape } = subject;
  if (!quantizer.outputScale || shape.length !== 4) return;
  on(`ordinary values ${shapeOf(shape)}, a 3×3 window`, (broken) =>
    tf.tidy(() => {
      const window = { kernelSize: [3, 3], strides: [1, 1], padding: 'same', dilationRate: [1, 1] } as const;
      const scale = quantizer.outputScale!(sampleOf(subject), window);
      const expected = [...shape.slice(0, 3), 1];
      if (!tf.util.arraysEqual(scale.shape, expected)) throw broken(shapeOf(expected), shapeOf(scale.shape));
      if (!scale.dataSync().every(Number.isFinite)) throw broken('finite values', scale.dataSync());
    }),
  );
});

/** What state, and what makes and changes it, promises. */
export const stateRules = [spec, batches, saved, calibrated, updated, constrained, scaled];

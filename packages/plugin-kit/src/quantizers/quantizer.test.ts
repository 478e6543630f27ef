import type { Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { expect, it } from 'vitest';
import { changed, stepped, steppedSurrogate } from '../testing/stepped.js';
import type { QuantizerOptions } from './options.js';
import { checkQuantizer, describeQuantizer, quantizerRules } from './quantizer.js';

const declared: QuantizerOptions = { options: { bits: 2 }, surrogate: steppedSurrogate, bits: [1, 2, 3] };

describeQuantizer(
  changed(() => ({})),
  { ...declared, backends: ['wasm'] },
);
describeQuantizer(
  changed(() => ({})),
  { ...declared, role: 'activations' },
);
describeQuantizer(stepped({ bits: 2 }), { ...declared, shape: [4, 6] });

/** What is changed in a right quantizer, the first rule that it then breaks, and how that is told. */
const broken: [
  rule: RegExp,
  told: RegExp,
  change: (quantizer: Quantizer) => Partial<Quantizer>,
  more?: Partial<QuantizerOptions>,
][] = [
  [/^it has a name/, /expected bits among 3, float, received 2/, () => ({}), { bits: [3] }],
  [/^it can be made/, /on bits 5, expected no error, received the error '/, () => ({}), { bits: [1, 2, 5] }],
  [
    /^withBits gives the same/,
    /on withBits\(3\), expected bits 3, received 2/,
    (q) => ({ withBits: (b) => (b === 3 ? q : q.withBits(b)) }),
  ],
  [
    /^a precision that it cannot/,
    /on withBits\(2.5\), expected a LowbitError, received a quantizer of 2 bits/,
    (q) => ({ withBits: (b) => q.withBits(Math.floor(b as number) === 2 ? 2 : b) }),
  ],
  [
    /^at 'float' encode/,
    /expected a LowbitError, received codes/,
    (q) => ({ encode: (x, c) => (q.bits === 'float' ? stepped({ bits: 3 }) : q).encode(x, c) }),
  ],
  [
    /^getConfig gives/,
    /expected values that JSON has, received 'step' is number/,
    (q) => ({ getConfig: () => ({ ...q.getConfig(), step: NaN }) }),
  ],
  [
    /^the factory makes/,
    /on the config at 2 bits, expected no error, received the error 'unknown key 'more'/,
    (q) => ({ getConfig: () => ({ bits: q.bits, more: true }) }),
  ],
  [
    /^quantize keeps the shape/,
    /on an empty tensor \[0, 3, 4, 6\] at 1 bits, expected float32 \[0, 3, 4, 6\], received float32 \[0\]/,
    (q) => ({ quantize: (x, c) => (x.size === 0 ? tf.tensor1d([]) : q.quantize(x, c)) }),
  ],
  [
    /^codes are int32/,
    /expected int32 \[3, 3, 4, 6\], received float32/,
    (q) => ({ encode: (x, c) => ({ ...q.encode(x, c), codes: tf.cast(q.encode(x, c).codes, 'float32') }) }),
  ],
  [
    /^codes are int32/,
    /expected codes from 0 to 1, received -1 at \[\d+\]/,
    (q) => ({ encode: (x, c) => ({ ...q.encode(x, c), codes: tf.sub(q.encode(x, c).codes, tf.scalar(1, 'int32')) }) }),
  ],
  [
    /^the code book/,
    /expected 1 to 2 levels, received 4 levels/,
    (q) => ({
      encode: (x, c) => ({ ...q.encode(x, c), codebook: tf.concat([q.encode(x, c).codebook, tf.ones([2])]) }),
    }),
  ],
  [
    /^decode\(encode/,
    /expected quantize's -?\d[\d.e-]*, received -?\d[\d.e-]* at \[0\], where x is -?\d.* \(channelAxis 3\)/,
    (q) => ({ quantize: (x, c) => tf.mul(q.quantize(x, c), 1.0001) }),
  ],
  [
    /^finite values/,
    /on zeros .* at 1 bits, expected a finite value, received NaN at \[0\], where x is 0/,
    (q) => ({ quantize: (x, c) => tf.mul(q.quantize(x, c), tf.div(x, x)) }),
  ],
  [
    /^NaN and infinities/,
    /on NaN among ordinary values at 1 bits, expected no error, received the error 'of my own'/,
    (q) => ({
      encode: (x, c) => {
        if (!tf.tidy(() => tf.all(tf.isFinite(x)).dataSync()[0])) throw new TypeError('of my own');
        return q.encode(x, c);
      },
    }),
  ],
  [
    /^quantizing twice/,
    /expected .* again, received/,
    (q) => ({ quantize: (x, c) => tf.mul(q.quantize(x, c), 0.5) }),
    { idempotent: true },
  ],
  [
    /^the same seed/,
    /expected the same bits of every seed/,
    (q) => ({ quantize: (x, c) => tf.add(q.quantize(x, c), c?.seed ?? 0) }),
  ],
  [/^the same seed/, /expected other bits of another seed/, () => ({}), { random: true }],
  [
    /^the same seed/,
    /expected the same bits of the same seed/,
    (q) => ({ quantize: (x, c) => tf.add(q.quantize(x, c), Math.random()) }),
  ],
  [
    /^the gradient in x/,
    /on twice the ordinary values at 1 bits, in x, expected .* of finite differences at \[\d+\], received/,
    (q) => ({
      quantize: (x, c) => {
        const twice = tf.customGrad((input) => ({
          value: tf.clone(input as tf.Tensor),
          gradFunc: (dy: tf.Tensor) => tf.mul(dy, 2),
        }));
        return twice(q.quantize(x, c));
      },
    }),
  ],
  [/^the gradient in x/, /expected .* of finite differences/, () => ({}), { surrogate: 'identity' }],
  [
    /^the gradient in each trainable/,
    /in clip, expected/,
    () => ({}),
    {
      surrogate: (x, { clip }, at) =>
        tf.add(tf.minimum(tf.maximum(x, tf.neg(at.state.clip!)), at.state.clip!), tf.mul(clip!, 0)),
    },
  ],
  [
    /^state is declared/,
    /on the names of state, expected names .* each once, received \["clip", "clip"\]/,
    (q) => ({ state: [q.state![0]!, q.state![0]!] }),
  ],
  [
    /^state is declared/,
    /on state 'clip', expected a finite initial value, not below the minimum, received 0/,
    (q) => ({ state: [{ ...q.state![0]!, initial: 0 }, q.state![1]!] }),
  ],
  [
    /^the state of activations/,
    /expected \[2\] too where the batch size is unknown, received \[1\]/,
    (q) => ({ state: [q.state![0]!, { ...q.state![1]!, shape: (shape) => [shape[0] ?? 1] }] }),
    { role: 'activations' },
  ],
  [/^all that it remembers/, /expected the same bits of the same state, received others/, remembering()],
  [
    /^a calibrator gives/,
    /expected a value of 'mean', received only clip/,
    (q) => ({
      calibrator: (c) => {
        const inner = q.calibrator!(c);
        return {
          ...inner,
          state: () => {
            const { mean, ...rest } = inner.state();
            mean!.dispose();
            return rest;
          },
        };
      },
    }),
  ],
  [
    /^a calibrator gives/,
    /expected a LowbitError of state\(\) before observe\(\), received state/,
    () => ({
      calibrator: () => ({
        observe: () => undefined,
        state: () => ({ clip: tf.scalar(1), mean: tf.scalar(0) }),
        dispose: () => undefined,
      }),
    }),
  ],
  [
    /^update gives/,
    /expected no state that gradients train, received 'clip'/,
    () => ({ update: () => ({ clip: tf.scalar(1) }) }),
  ],
  [
    /^update gives/,
    /expected state of the names clip, mean, received 'other'/,
    () => ({ update: () => ({ other: tf.scalar(1) }) }),
  ],
  [/^constrain gives/, /expected a new tensor, received the one that was given/, () => ({ constrain: (w) => w })],
  [/^constrain gives/, /weights that stay where 64 repeats/, () => ({ constrain: (w) => tf.add(w, 0.5) })],
  [/^constrain gives/, /weights that stay where 64 repeats/, () => ({ constrain: (w) => tf.mul(w, 0.99) })],
  [/^constrain gives/, /finite values/, () => ({ constrain: (w) => tf.div(w, 0) })],
  [/^outputScale/, /expected \[3, 3, 4, 1\], received \[3, 3, 4, 6\]/, () => ({ outputScale: (x) => tf.abs(x) })],
  [
    /^no call leaves/,
    /on quantize\(x, \{ state \}\) at 1 bits, expected as many tensors after as before, received 1 more/,
    (q) => ({
      quantize: (x, c) => {
        tf.add(1, 1);
        return q.quantize(x, c);
      },
    }),
  ],
  [
    /^no call leaves/,
    /received disposed of|received 1 fewer/,
    (q) => ({
      constrain: (w) => {
        const y = tf.clone(w);
        w.dispose();
        return y;
      },
      withBits: q.withBits,
    }),
  ],
  [
    /^what it is given/,
    /at \[0\]/,
    (q) => ({
      encode: (x, c) => {
        const encoded = q.encode(x, c);
        x.dataSync()[0] = 7;
        return encoded;
      },
    }),
  ],
  [/^a layer with it/, /as before it was saved/, counting()],
  [/^codes packed/, /expected the values of quantize/, (q) => ({ quantize: (x, c) => tf.neg(q.quantize(x, c)) })],
];

it.each(broken)('%s is broken: %s', async (rule, told, change, more = {}) => {
  await tf.setBackend('cpu');
  const violations = await checkQuantizer(changed(change), { ...declared, ...more });
  const found = violations.find((each) => rule.test(each.rule));
  expect(found, `broken instead: ${violations.map(({ message }) => message).join('\n')}`).toBeDefined();
  expect(found!.message).toMatch(told);
});

it('every rule has a quantizer that breaks it', () => {
  const tried = quantizerRules.filter(({ name }) => broken.some(([rule]) => rule.test(name)));
  const untried = quantizerRules.filter((each) => !tried.includes(each)).map(({ name }) => name);
  expect(untried).toEqual(['an unknown option is refused by a LowbitError']);
});

it('a factory that takes any option is found out', async () => {
  const lax = (options: { bits: 2 }) => stepped(options);
  const violations = await checkQuantizer(lax, declared);
  expect(violations.map(({ rule }) => rule)).toEqual(['an unknown option is refused by a LowbitError']);
});

/** A quantizer that adds what the largest value so far was: state of which nothing knows. */
function remembering(): (quantizer: Quantizer) => Partial<Quantizer> {
  let largest = 0;
  return (quantizer) => ({
    quantize(x, context) {
      if (context?.training) largest = Math.max(largest, ...x.dataSync());
      return tf.add(quantizer.quantize(x, context), largest);
    },
  });
}

/** A quantizer that gives something else each time it is made. */
function counting(): (quantizer: Quantizer) => Partial<Quantizer> {
  let made = 0;
  return (quantizer) => {
    const shift = made++;
    return { quantize: (x, context) => tf.add(quantizer.quantize(x, context), shift) };
  };
}

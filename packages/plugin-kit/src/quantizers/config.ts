import { LowbitError, type Precision, type Quantizer } from '@lowbit/plugin-api';
import { decode } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { rule } from '../rule.js';
import { shapeOf } from '../show.js';
import { firstDifference } from '../values.js';
import { contextWith, madeAt, precisions, sampleOf, stateFor, type QuantizerSubject } from './subject.js';

const ALL_BITS = [1, 2, 3, 4, 5, 6, 7, 8] as const;

const named = rule<QuantizerSubject>('it has a name, and bits that it was declared with', ({ quantizer, bits }, on) => {
  on('the quantizer', (broken) => {
    if (typeof quantizer.name !== 'string' || quantizer.name === '') throw broken('a name', quantizer.name);
    const known: readonly Precision[] = [...bits, 'float'];
    if (!known.includes(quantizer.bits)) throw broken(`bits among ${known.join(', ')}`, quantizer.bits);
  });
});

const makeable = rule<QuantizerSubject>('it can be made at every declared precision', (subject, on) => {
  for (const bits of subject.bits) on(`bits ${bits}`, () => void madeAt(subject, bits));
});

const atOtherBits = rule<QuantizerSubject>(
  'withBits gives the same quantizer at every declared precision, with state that stays usable',
  (subject, on) => {
    const { quantizer } = subject;
    const { bits: own } = quantizer;
    for (const bits of [...subject.bits, 'float'] as const) {
      on(`withBits(${bits})`, (broken) =>
        tf.tidy(() => {
          const other = quantizer.withBits(bits);
          if (other.bits !== bits) throw broken(`bits ${bits}`, other.bits);
          if (other.name !== quantizer.name) throw broken(`the name '${quantizer.name}'`, other.name);
          if (bits !== 'float') checkSameState(quantizer, other, subject.shape, broken);
          const x = sampleOf(subject);
          const context = contextWith(other, stateFor(quantizer, x));
          const result = other.quantize(x, context);
          if (!tf.util.arraysEqual(result.shape, x.shape)) throw broken(shapeOf(x.shape), shapeOf(result.shape));
          const values = result.dataSync();
          if (!values.every(Number.isFinite)) throw broken(`finite values with the state of ${own} bits`, 'others');
          if (quantizer.bits !== own) throw broken(`the first to stay at ${own} bits`, quantizer.bits);
          if (bits === 'float') return;
          const { codes, codebook } = other.encode(x, context);
          if (codebook.shape.at(-1)! > 2 ** bits) throw broken(`at most ${2 ** bits} levels`, codebook.shape.at(-1));
          const wrong = firstDifference(decode({ codes, codebook }).dataSync(), values);
          if (wrong >= 0) throw broken(`the law with the state of ${own} bits`, `other bits at [${wrong}]`);
        }),
      );
    }
  },
);

function checkSameState(
  quantizer: Quantizer,
  other: Quantizer,
  shape: readonly number[],
  broken: (expected: string, received: unknown) => Error,
): void {
  const describe = ({ state = [] }: Quantizer): string =>
    state.map((each) => `${each.name} ${shapeOf(each.shape(shape, shape.length - 1))}`).join(', ') || 'no state';
  if (describe(other) !== describe(quantizer)) throw broken(describe(quantizer), describe(other));
}

const refusesBits = rule<QuantizerSubject>(
  'a precision that it cannot have is refused by a LowbitError',
  (subject, on) => {
    const others = ALL_BITS.filter((bits) => !subject.bits.includes(bits));
    for (const bits of [...others, 0, 9, 2.5, NaN]) {
      on(`withBits(${bits})`, (broken) => {
        try {
          const { bits: received } = subject.quantizer.withBits(bits as Precision);
          throw broken('a LowbitError', `a quantizer of ${received} bits`);
        } catch (error) {
          if (!(error instanceof LowbitError)) throw error;
        }
      });
    }
  },
);

const floatHasNoCodes = rule<QuantizerSubject>("at 'float' encode throws a LowbitError", (subject, on) => {
  on("ordinary values at 'float'", (broken) =>
    tf.tidy(() => {
      const x = sampleOf(subject);
      try {
        subject.quantizer.withBits('float').encode(x, contextWith(subject.quantizer, stateFor(subject.quantizer, x)));
      } catch (error) {
        if (error instanceof LowbitError) return;
        throw error;
      }
      throw broken('a LowbitError', 'codes');
    }),
  );
});

const plainConfig = rule<QuantizerSubject>('getConfig gives plain JSON options', ({ quantizer }, on) => {
  on('getConfig()', (broken) => {
    const config = quantizer.getConfig();
    const copy = JSON.stringify(sorted(JSON.parse(JSON.stringify(config)) as unknown));
    const strange = Object.entries(config).find(([, value]) => value === undefined || !isPlain(value));
    if (strange) throw broken('values that JSON has', `'${strange[0]}' is ${typeof strange[1]}`);
    if (copy !== JSON.stringify(sorted(config))) throw broken('what JSON makes of it', copy);
  });
});

const madeAgain = rule<QuantizerSubject>('the factory makes the same quantizer of its own config', (subject, on) => {
  const { registry, role } = subject;
  if (!registry) return;
  for (const { bits, quantizer } of precisions(subject)) {
    on(`the config at ${bits} bits`, (broken) =>
      tf.tidy(() => {
        const config = quantizer.getConfig();
        const again = registry.make('quantizers', { ...config, quantizer: quantizer.name }, role);
        const [expected, received] = [config, again.getConfig()].map((each) => JSON.stringify(sorted(each)));
        if (received !== expected) throw broken(expected!, received);
        const x = sampleOf(subject);
        const context = contextWith(quantizer, stateFor(quantizer, x));
        const wrong = firstDifference(again.quantize(x, context).dataSync(), quantizer.quantize(x, context).dataSync());
        if (wrong >= 0) throw broken('the same bits', `others at [${wrong}]`);
      }),
    );
  }
});

const strictOptions = rule<QuantizerSubject>(
  'an unknown option is refused by a LowbitError',
  ({ registry, quantizer, role }, on) => {
    if (!registry) return;
    on("{ …config, 'no-such-option': 1 }", (broken) => {
      try {
        registry.make('quantizers', { ...quantizer.getConfig(), quantizer: quantizer.name, 'no-such-option': 1 }, role);
      } catch (error) {
        if (error instanceof LowbitError) return;
        throw error;
      }
      throw broken('a LowbitError (give the factory a strict schema)', 'a quantizer');
    });
  },
);

function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return ['string', 'boolean', 'object'].includes(typeof value);
  if (ArrayBuffer.isView(value)) return false;
  return Object.values(value).every(isPlain);
}

/** With the keys of objects in order, so that equal options are equal texts. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

/** What name, precision and options promise. */
export const configRules = [
  named,
  makeable,
  atOtherBits,
  refusesBits,
  floatHasNoCodes,
  plainConfig,
  madeAgain,
  strictOptions,
];

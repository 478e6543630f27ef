import { LowbitError } from '@lowbit/plugin-api';
import type { Draft, LoweredValue } from './draft.js';
import { epilogue } from './epilogue.js';
import type { InputNormalization } from './options.js';

/**
 * (x / inputMax − pixelMean − mean) / std as x · scale + bias, by channel; of a mean example as a row of all values.
 *
 * @throws LowbitError ('config') another number of means or deviations than there are channels, or of mean pixels than there are values
 */
export function normalizeInput(draft: Draft, input: LoweredValue, normalization: InputNormalization): LoweredValue {
  const { inputMax, mean, std, pixelMean } = normalization;
  const { shape, name } = input;
  const channels = shape.at(-1)!;
  const size = shape.reduce((product, side) => product * side, 1);
  for (const [key, count] of [
    ['mean', channels],
    ['std', channels],
    ['pixelMean', size],
  ] as const) {
    const given = normalization[key];
    if (given && given.length !== count) {
      throw new LowbitError('config', {
        what: `${key} needs ${count} numbers for an input of shape [${shape.join(', ')}]`,
        where: 'lower at normalize',
        received: given.length,
      });
    }
  }
  const count = pixelMean ? size : channels;
  const at = (values: readonly number[] | undefined, i: number, orElse: number) =>
    values?.[i % values.length] ?? orElse;
  const numbers = Array.from({ length: count }, (_, i) => i);
  const scale = numbers.map((i) => 1 / (inputMax * at(std, i, 1)));
  const bias = numbers.map((i) => -(at(pixelMean, i, 0) + at(mean, i, 0)) / at(std, i, 1));
  const row = pixelMean ? draft.add(`${name}/row`, 'reshape', [input], { shape: [size] }, { shape: [size] }) : input;
  const normalized = draft.add(
    `${name}/normalized`,
    'affine',
    [row],
    {},
    { shape: row.shape },
    epilogue({ scale, bias }),
  );
  return pixelMean ? draft.add(`${name}/image`, 'reshape', [normalized], { shape }, { shape }) : normalized;
}

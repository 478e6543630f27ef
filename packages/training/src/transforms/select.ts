import { LowbitError, suggestNames } from '@lowbit/plugin-api';

/** Tells the variables that a transform applies to, by their names `layer/weight`. */
export type Selector = (variable: string) => boolean;

/**
 * - `'kernels'`: what multiplies the inputs of a convolution, dense, recurrent or embedding layer, and neither biases nor the
 *   parameters of batch normalization, shifts or quantizers;
 * - `'all'`: every trainable variable;
 * - else a regular expression that the name must contain a match of: `'^stem/'`, `'kernel$|gamma$'`.
 *
 * @throws LowbitError ('config') text that is not a regular expression
 */
export function selector(on: string, where = 'on'): Selector {
  if (on === 'all') return () => true;
  const pattern = on === 'kernels' ? /(?:^|[/_])(?:kernel|embeddings)$/ : regularExpression(on, where);
  return (variable) => pattern.test(variable);
}

/** @throws LowbitError ('config') `on` is a regular expression that none of the names match */
export function checkMatches(on: string, names: readonly string[], where: string): true {
  if (on === 'all' || on === 'kernels' || names.some(selector(on, where))) return true;
  throw new LowbitError('config', {
    what: 'no trainable variable has such a name',
    where,
    received: on,
    hint: suggestNames(on, names),
  });
}

function regularExpression(source: string, where: string): RegExp {
  try {
    return new RegExp(source);
  } catch (cause) {
    const hint = "write 'kernels', 'all' or a regular expression for names layer/weight";
    throw new LowbitError('config', { what: 'not a regular expression', where, received: source, hint }, { cause });
  }
}

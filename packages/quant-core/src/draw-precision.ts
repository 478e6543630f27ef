import { LowbitError, type Precision, type Role } from '@lowbit/plugin-api';
import { checkPrecision } from './bits.js';
import { mix, type Site } from './scope.js';

/** A precision, or one with its share of the draws: 1 unless given. */
export type Choice = Precision | readonly [precision: Precision, share: number];

/**
 * A precision for each quantizer of a forward pass, drawn by chance and apart from the others: what SPEQ's stochastic teacher runs at
 * (Boo et al., 2021, eq. 4.9 of the dissertation: n_A with probability u, else n_H).
 *
 * `withPrecision(drawPrecision({ activations: [[2, 0.5], [8, 0.5]] }, step), () => model.apply(x))`
 *
 * What is drawn depends on the seed, the layer's name and the role alone: not on the order of the layers, nor on other draws. To leave
 * some layers out, ask it for the others: `(site) => (/shortcut/.test(site.layer) ? undefined : draw(site))`.
 *
 * @param choices for each role that is drawn; roles that are not named stay as they are
 * @param seed another for each pass
 * @throws LowbitError ('config') a precision or a share that is none, or nothing to draw from
 */
export function drawPrecision(
  choices: Readonly<Partial<Record<Role, readonly Choice[]>>>,
  seed: number,
): (site: Site) => Precision | undefined {
  const checked = Object.entries(choices).map(([role, given]) => [role, check(given, `choices of ${role}`)] as const);
  const known = new Map<string, readonly (readonly [Precision, number])[]>(checked);
  return ({ layer, role }) => {
    const found = known.get(role);
    return found && pick(found, uniform(seed, `${role}/${layer}`));
  };
}

function check(given: readonly Choice[], where: string): readonly (readonly [Precision, number])[] {
  const pairs = given.map((choice): readonly [Precision, number] => {
    const [precision, share] = Array.isArray(choice) ? (choice as [Precision, number]) : [choice as Precision, 1];
    return [checkPrecision(precision, where), share];
  });
  if (pairs.every(([, share]) => share >= 0 && Number.isFinite(share)) && pairs.some(([, share]) => share > 0))
    return pairs;
  throw new LowbitError('config', {
    what: 'there is nothing to draw from',
    where,
    received: given,
    hint: 'list precisions, as [2, 4, 8], or with shares of which one is above 0, as [[2, 0.5], [8, 0.5]]',
  });
}

/** The choice in whose part of [0, 1) the number lies. */
export function pick<T>(choices: readonly (readonly [T, number])[], at: number): T {
  let left = at * choices.reduce((sum, [, share]) => sum + share, 0);
  const found = choices.find(([, share]) => {
    left -= share;
    return left < 0;
  });
  return (found ?? choices.findLast(([, share]) => share > 0)!)[0];
}

/** A number in [0, 1) of a seed and a name: FNV-1a, mixed. */
function uniform(seed: number, name: string): number {
  let hash = 0x811c9dc5;
  for (const unit of name) hash = Math.imul(hash ^ unit.codePointAt(0)!, 0x01000193);
  return mix(seed, hash >>> 0) / 2 ** 32;
}

import { distance } from 'fastest-levenshtein';

/** The names closest to `wanted` by edit distance, nearest first: at most `count`, and none that is wholly different. */
export function nearestNames(wanted: string, names: Iterable<string>, count = 3): string[] {
  const key = wanted.toLowerCase();
  return [...names]
    .map((name) => ({ name, far: distance(key, name.toLowerCase()) }))
    .filter(({ name, far }) => far <= Math.max(2, Math.ceil(Math.max(name.length, key.length) / 2)))
    .sort((a, b) => a.far - b.far || a.name.localeCompare(b.name))
    .slice(0, count)
    .map(({ name }) => name);
}

/** "did you mean 'a' or 'b'?" when something is near, else the whole list. */
export function suggestNames(wanted: string, names: readonly string[]): string {
  const near = nearestNames(wanted, names);
  if (near.length > 0) return `did you mean ${near.map((name) => `'${name}'`).join(' or ')}?`;
  return names.length > 0 ? `known: ${[...names].sort().join(', ')}` : 'none is registered';
}

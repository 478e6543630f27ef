import Table from 'cli-table3';

const NOTHING = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((part) => [side + part, '']),
  ),
);

/** Columns side by side, without rules; those numbered in `right` (from 0) are right-aligned. No head: no line for it. */
export function table(
  head: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const columns = (head ?? rows[0] ?? []).length;
  const made = new Table({
    head: head ? [...head] : [],
    colAligns: Array.from({ length: columns }, (_, i) => (right.includes(i) ? 'right' : 'left')),
    chars: { ...NOTHING, 'mid-mid': '', middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  made.push(...rows.map((row) => [...row]));
  return made.toString().replace(/ +$/gm, '');
}

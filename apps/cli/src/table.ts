import Table from 'cli-table3';

/** A table with rules between its head and its body only. Columns named in `right` are right-aligned. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const plain = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
  };
  const made = new Table({
    head: [...head],
    colAligns: head.map((_, i) => (right.includes(i) ? 'right' : 'left')),
    chars: {
      ...plain,
      'bottom-right': '',
      left: '',
      'left-mid': '',
      right: '',
      'right-mid': '',
      mid: '',
      'mid-mid': '',
      middle: ' ',
    },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 1, compact: true },
  });
  made.push(...rows.map((row) => [...row]));
  return made.toString().replace(/ +$/gm, '');
}

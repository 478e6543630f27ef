/** A received value as a message shows it: short. */
export function inspect(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return shownNumber(value);
  if (typeof value === 'function') return 'a function';
  if (value instanceof Error) return `the error '${value.message}'`;
  const list = ArrayBuffer.isView(value) ? [...(value as Float32Array)] : value;
  const text = Array.isArray(list)
    ? `[${list.map((each) => (typeof each === 'number' ? shownNumber(each) : (JSON.stringify(each) ?? String(each)))).join(', ')}]`
    : (JSON.stringify(list) ?? String(list));
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}

/** JSON has neither −0 nor NaN. */
function shownNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** A shape as a message shows it. */
export function shapeOf(shape: readonly (number | null)[]): string {
  return `[${shape.join(', ')}]`;
}

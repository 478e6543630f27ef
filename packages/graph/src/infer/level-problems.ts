/** The most levels that a code of 8 bits tells apart. */
export const MAX_LEVELS = 256;

/** What levels must be and these are not, as the end of "levels must be …". */
export function levelsProblem(levels: unknown): string | undefined {
  const whole = '{ integers, scale } or { values }';
  if (typeof levels !== 'object' || levels === null) return whole;
  const { integers, scale, values, ...rest } = levels as Record<string, unknown>;
  if (Object.keys(rest).length > 0 || (integers === undefined) === (values === undefined)) return whole;
  if (values !== undefined) {
    if (scale !== undefined) return whole;
    return isList(values, 2, isFloat32) ? undefined : `given as 2 to ${MAX_LEVELS} finite float32 values`;
  }
  return (
    integersProblem(integers, 2) ?? (isFloat32(scale) && scale > 0 ? undefined : 'given a scale, a float32 above 0')
  );
}

/**
 * The largest integers that codes stand for: 2ⁿ − 1 levels of 8 bits on each side of 0, as the odd numbers that DoReFa's weights are
 * multiples of (L-SSPQ §II-B), or as codes of 8 bits less a zero point.
 */
const MOST = 255;

/** What integers must be and these are not. */
export function integersProblem(integers: unknown, least: number): string | undefined {
  if (!isList(integers, least, Number.isInteger)) return `given as ${least} to ${MAX_LEVELS} whole numbers`;
  return integers.every((integer) => Math.abs(integer) <= MOST) ? undefined : `integers from -${MOST} to ${MOST}`;
}

/** Whether it is a finite number that float32 holds exactly. */
export function isFloat32(value: unknown): value is number {
  return Number.isFinite(value) && Math.fround(value as number) === value;
}

function isList(list: unknown, least: number, holds: (value: unknown) => boolean): list is readonly number[] {
  return Array.isArray(list) && list.length >= least && list.length <= MAX_LEVELS && list.every(holds);
}

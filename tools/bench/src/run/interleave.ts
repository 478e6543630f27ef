import { busySeconds } from './busy.js';
import type { Sample, Side, Skipped } from './side.js';

export interface Repetitions {
  /** Steps before the timed ones, of each side. */
  readonly warm: number;
  /** Timed steps of each side. */
  readonly timed: number;
}

/** What came of a side. */
export type Outcome = { readonly side: Side; readonly samples: readonly Sample[] } | Skipped;

export interface Interleaved {
  readonly outcomes: readonly Outcome[];
  /** Cores that others kept busy on average meanwhile; absent where nothing was timed or the system does not count. */
  readonly othersCores?: number;
}

/**
 * Times sides against each other: every repetition takes one step of each, and the one that begins moves on by one each time,
 * so that what else the machine does hits all of them alike. A side that fails is left out from there on, and the others go on.
 *
 * @param busy seconds in which cores were at work, of all processes
 */
export async function interleave(
  sides: readonly Side[],
  { warm, timed }: Repetitions,
  busy: () => number | undefined = busySeconds,
): Promise<Interleaved> {
  const samples = new Map(sides.map((side): [Side, Sample[]] => [side, []]));
  const failures = new Map<Side, string>();
  const step = async (side: Side): Promise<Sample[]> => {
    if (failures.has(side)) return [];
    try {
      return [await side.step()];
    } catch (error) {
      failures.set(side, (error as Error).message);
      return [];
    }
  };
  for (const side of sides) for (let i = 0; i < warm; i++) await step(side);
  const [began, busyBefore] = [performance.now(), busy()];
  for (let repetition = 0; repetition < timed; repetition++) {
    for (const side of rotated(sides, repetition)) samples.get(side)!.push(...(await step(side)));
  }
  const [seconds, busyAfter] = [(performance.now() - began) / 1000, busy()];
  const outcomes = sides.map((side): Outcome => {
    const skipped = failures.get(side);
    return skipped === undefined ? { side, samples: samples.get(side)! } : { name: side.name, skipped };
  });
  const taken = [...samples.values()].flat();
  if (busyBefore === undefined || busyAfter === undefined || taken.length === 0) return { outcomes };
  const own = taken.reduce((sum, { cpuMs }) => sum + cpuMs / 1000, 0);
  return { outcomes, othersCores: Math.max(0, (busyAfter - busyBefore - own) / seconds) };
}

/** `items` from the one at `by` on, which may lie beyond the end, and then those before it. */
export function rotated<T>(items: readonly T[], by: number): T[] {
  return items.map((_, i) => items[(i + by) % items.length]!);
}

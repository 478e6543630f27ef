import { fetchModel, type PageModel } from './models/client.js';

/** A few-bit network and its float twin. */
export interface Pair {
  readonly few: PageModel;
  readonly float: PageModel;
}

/** The networks that come with the page, and what its heading says of them. */
export const PAIRS = {
  digits: { few: 'W1A4', task: 'Draw a digit.', bits: 'One bit a weight', deed: 'reads it.' },
  photographs: { few: 'W4A4', task: 'Drop a photograph.', bits: 'Four bits a weight', deed: 'name it.' },
} as const;

export type PairName = keyof typeof PAIRS;

const pairs = new Map<PairName, Promise<Pair>>();

/** Fetches networks when they are first asked for. */
export function pairOf(name: PairName): Promise<Pair> {
  const pair = pairs.get(name) ?? fetchPair(name);
  pairs.set(name, pair);
  // what could not be had is asked for again the next time
  pair.catch(() => pairs.delete(name));
  return pair;
}

async function fetchPair(name: PairName): Promise<Pair> {
  const { few } = PAIRS[name];
  const file = (kind: string) => `models/${name}-${kind}.lowbit`;
  return { few: await fetchModel(few, file(few.toLowerCase())), float: await fetchModel('Float twin', file('float')) };
}

import type { PageModel } from '../models/client.js';
import type { Facts } from '../models/facts.js';
import { element } from './element.js';
import { percent } from './numbers.js';

/** Of networks with more classes the likeliest are shown. */
const ALL = 10;
const LIKELIEST = 5;

/** What a model makes of an input. */
export interface Reading {
  readonly label: string;
  readonly probability: number;
}

/** Each label with its probability, in their order. */
export function readings(scores: Float32Array, { labels, hasSoftmax }: Facts): Reading[] {
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const parts = hasSoftmax ? scores : scores.map((score) => Math.exp(score - most));
  const total = hasSoftmax ? 1 : parts.reduce((sum, part) => sum + part, 0);
  return labels.map((label, i) => ({ label, probability: parts[i]! / total }));
}

/** The likeliest. */
export function best(all: readonly Reading[]): Reading {
  return all.reduce((a, b) => (b.probability > a.probability ? b : a));
}

/** Says which model a card is of. */
export function showModel(card: HTMLElement, { name, facts }: PageModel): void {
  const weights = Math.min(...facts.layers.map(({ weightBits }) => weightBits));
  const inputs = Math.min(...facts.layers.map(({ inputBits }) => inputBits));
  card.querySelector('h3')!.textContent = name;
  card.querySelector('.kind')!.textContent =
    weights === 32 ? '32-bit floats throughout' : `${weights}-bit weights, ${inputs}-bit activations`;
}

/** Shows what a model reads, or that there is nothing to read. */
export function showReading(card: HTMLElement, all: readonly Reading[] | undefined): void {
  const first = all && best(all);
  const answer = card.querySelector('.answer')!;
  answer.textContent = first?.label ?? '–';
  answer.classList.toggle('word', (first?.label.length ?? 0) > 1);
  const shown = (all ?? []).length <= ALL ? (all ?? []) : likeliest(all!);
  const rows = shown.map(({ label, probability }) => {
    const bar = element('span', { className: 'bar', ariaHidden: 'true' });
    bar.style.setProperty('--part', String(probability));
    const row = element(
      'li',
      {},
      element('span', { className: 'label' }, label),
      bar,
      element('span', { className: 'part' }, percent(probability)),
    );
    row.classList.toggle('best', label === first!.label);
    return row;
  });
  card.querySelector('.scores')!.replaceChildren(...rows);
}

function likeliest(all: readonly Reading[]): Reading[] {
  return [...all].sort((a, b) => b.probability - a.probability).slice(0, LIKELIEST);
}

import type { PageModel } from '../models/client.js';
import type { Layer } from '../models/facts.js';
import { element } from './element.js';
import { bits, bytes, milliseconds, times } from './numbers.js';

/** A model, with the milliseconds that a classification takes where they have been measured. */
export interface Timed {
  readonly model: PageModel;
  readonly ms?: number;
}

/** Puts into a place a table of what models cost side by side, the few-bit one first. */
export function showCosts(place: HTMLElement, few: Timed, float: Timed | undefined): void {
  const all = float ? [few, float] : [few];
  const memory = ({ model }: Timed) => model.facts.memory;
  const rows: CostRow[] = [
    cost('File', all, ({ model }) => model.facts.bytes, bytes, 'smaller'),
    cost(
      'Bits a parameter',
      all,
      ({ model: { facts } }) => facts.bits / facts.parameters,
      (n) => n.toFixed(2),
      'fewer',
    ),
    cost('One classification', all, ({ ms }) => ms, milliseconds, 'faster'),
    cost('Memory: weights', all, (each) => memory(each).weights, bytes, 'less'),
    cost('Memory: arena of activations', all, (each) => memory(each).arena, bytes, 'less'),
    cost('Memory: all, in pages', all, (each) => memory(each).total, bytes, 'less'),
  ];
  const head = headRow(['', ...all.map(({ model }) => model.name), ...(float ? ['ratio'] : [])]);
  const body = rows.map(({ what, cells, ratio }) =>
    element('tr', {}, header(what), ...cells, ...(float ? [element('td', { className: 'ratio' }, ratio)] : [])),
  );
  place.replaceChildren(table('What the networks cost', head, body));
}

interface CostRow {
  readonly what: string;
  readonly cells: HTMLElement[];
  readonly ratio: string;
}

function cost(
  what: string,
  all: readonly Timed[],
  of: (each: Timed) => number | undefined,
  text: (value: number) => string,
  better: string,
): CostRow {
  const values = all.map(of);
  const most = Math.max(...values.map((value) => value ?? 0));
  const cells = values.map((value, i) => {
    const bar = element('span', { className: 'bar', ariaHidden: 'true' });
    bar.style.setProperty('--part', String((value ?? 0) / most || 0));
    return element('td', { className: i === 0 ? 'few' : 'float' }, value === undefined ? '…' : text(value), bar);
  });
  const [few, float] = values;
  const isBetter = few !== undefined && float !== undefined && float > 1.05 * few;
  return { what, cells, ratio: isBetter ? `${times(float / few)} ${better}` : '' };
}

/** Puts into a place the bits of each layer with weights, and its twin's bytes where it has layers of the same names. */
export function showLayers(place: HTMLElement, few: PageModel, float: PageModel | undefined): void {
  const twins = new Map(float?.facts.layers.map((layer) => [layer.name, layer]));
  const hasTwins = few.facts.layers.every(({ name }) => twins.has(name));
  const sizes = [few, ...(hasTwins ? [float!] : [])].map(({ name }) => `bytes, ${name}`);
  const head = headRow(['layer', 'weights', 'inputs', 'computes in', ...sizes, 'out', 'operation']);
  const body = few.facts.layers.map((layer) => layerRow(layer, hasTwins ? twins.get(layer.name) : undefined));
  place.replaceChildren(table('Layers that have weights', head, body));
}

function layerRow({ name, op, shape, weightBits, inputBits, arithmetic, bytes }: Layer, twin?: Layer): HTMLElement {
  const number = (value: number) => element('td', { className: 'number' }, value.toLocaleString('en-US'));
  return element(
    'tr',
    {},
    header(name),
    element('td', {}, chip(weightBits)),
    element('td', {}, chip(inputBits)),
    element('td', {}, arithmetic),
    number(bytes),
    ...(twin ? [number(twin.bytes)] : []),
    element('td', {}, shape.join('×')),
    element('td', {}, op),
  );
}

/** A number of bits, as dark as there are few. */
function chip(count: number): HTMLElement {
  return element('span', { className: count === 32 ? 'chip float' : 'chip few' }, bits(count));
}

function header(text: string): HTMLElement {
  // long names may break behind their slashes
  const parts = text.split('/').flatMap((part, i) => (i === 0 ? [part] : ['/', element('wbr'), part]));
  return element('th', { scope: 'row' }, ...parts);
}

function headRow(texts: readonly string[]): HTMLElement {
  const cells = texts.map((text) => (text === '' ? element('td') : element('th', { scope: 'col' }, text)));
  return element('tr', {}, ...cells);
}

function table(caption: string, head: HTMLElement, body: readonly HTMLElement[]): HTMLElement {
  return element(
    'table',
    {},
    element('caption', { className: 'unseen' }, caption),
    element('thead', {}, head),
    element('tbody', {}, ...body),
  );
}

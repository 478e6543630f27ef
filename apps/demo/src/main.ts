import { digitOf } from './digit.js';
import { samples } from './generated/samples.js';
import { paint, paintDigit, scaledPixels, valuesOf } from './image.js';
import { inkOfImage, inkOfStrokes, type Pixels } from './ink.js';
import { openModel, timeModels, type PageModel } from './models/client.js';
import { createPad, type Strokes } from './pad.js';
import { PAIRS, pairOf, type Pair, type PairName } from './pairs.js';
import { registerWorker } from './offline/register.js';
import { takeFiles } from './files.js';
import { best, readings, showModel, showReading, type Reading } from './view/card.js';
import { byId, element } from './view/element.js';
import { percent, times } from './view/numbers.js';
import { showCosts, showLayers } from './view/tables.js';

/** Of the pad's side: how far apart the points of ink are, and pixels of an image that ink is looked for in. */
const INK_STEP = 1 / 60;
const INK_PIXELS = 56;
/** Milliseconds for which a classification is timed. */
const BUDGET = 50;
/** Labels that are named of a network of images. */
const MOST_NAMED = 20;

const seen = byId<HTMLCanvasElement>('seen');
const cards = { few: byId('few'), float: byId('float') };
const pairButtons = document.querySelectorAll<HTMLButtonElement>('#pairs button');

/** Networks that come with the page, and what is shown of them: another one may stand in the first one's place. */
let own: Pair;
let asked: PairName;
let few: PageModel;
let isOurs = true;
/** The float twin, where it takes the same input and says the same of it. */
let float: PageModel | undefined;
const ms = new Map<PageModel, number>();
/** Counts the inputs, so that what is computed of an earlier one is not shown. */
let turn = 0;

const isOfDigits = ({ facts }: PageModel) => facts.shape.join() === '8,8,1';
const isAlike = (a: PageModel, b: PageModel) =>
  a.facts.shape.join() === b.facts.shape.join() && a.facts.labels.join() === b.facts.labels.join();

/** Classifies an input, and where it is final says so and measures how long it takes. */
async function classify(values: Float32Array, isFinal: boolean): Promise<void> {
  const mine = ++turn;
  try {
    await classifyAt(mine, values, isFinal);
  } catch (error) {
    // a model that has been closed since complains with reason
    if (mine === turn) complain(error);
  }
}

async function classifyAt(mine: number, values: Float32Array, isFinal: boolean): Promise<void> {
  const given = float ? [few, float] : [few];
  const isEmpty = values.every((value) => value === 0);
  const scores = isEmpty ? [] : await Promise.all(given.map((model) => model.run(values)));
  if (mine !== turn) return;
  const all = scores.map((each, i) => readings(each, given[i]!.facts));
  showReading(cards.few, all[0]);
  showReading(cards.float, all[1]);
  if (!isFinal) return;
  byId('status').textContent = isEmpty ? 'Nothing is drawn.' : announcement(given, all);
  if (isEmpty) return;
  const times = await timeModels(given, values, BUDGET);
  given.forEach((model, i) => ms.set(model, times[i]!));
  if (mine === turn) showAllCosts();
}

function announcement(given: readonly PageModel[], all: readonly Reading[][]): string {
  const sentences = all.map((each, i) => {
    const { label, probability } = best(each);
    return `${given[i]!.name} ${isOfDigits(given[i]!) ? 'reads' : 'sees'} ${label}, ${percent(probability)}.`;
  });
  return sentences.join(' ');
}

function showAllCosts(): void {
  showCosts(byId('cost-table'), { model: few, ms: ms.get(few) }, float && { model: float, ms: ms.get(float) });
}

function classifyDigit(digit: Float32Array, isFinal: boolean): void {
  paintDigit(seen, digit);
  const isEmpty = digit.every((value) => value === 0);
  seen.ariaLabel = isEmpty ? 'Nothing is drawn' : 'The drawing, scaled to 8×8 pixels';
  void classify(digit, isFinal);
}

const pad = createPad(byId<HTMLCanvasElement>('pad'), (strokes: Strokes, isDone) => {
  say('');
  classifyDigit(digitOf(inkOfStrokes(strokes, INK_STEP)), isDone);
});

function showSamples(): void {
  const buttons = samples.map((digit, i) => {
    const canvas = element('canvas', { className: 'pixels', width: 8, height: 8, ariaHidden: 'true' });
    const button = element('button', { type: 'button', ariaLabel: `The test set's digit ${i}` }, canvas);
    button.addEventListener('click', () => {
      say('');
      pad.show(enlarged(digit));
      classifyDigit(Float32Array.from(digit), true);
    });
    return button;
  });
  byId('samples').replaceChildren(...buttons);
  paintSamples();
}

function paintSamples(): void {
  document
    .querySelectorAll<HTMLCanvasElement>('#samples canvas')
    .forEach((canvas, i) => paintDigit(canvas, samples[i]!));
}

/** A digit of the data set in the size of the pad, its pixels to be seen. */
function enlarged(digit: ArrayLike<number>): HTMLCanvasElement {
  const small = element('canvas', { width: 8, height: 8 });
  small.style.color = getComputedStyle(seen).color;
  byId('draw').append(small);
  paintDigit(small, digit);
  small.remove();
  const large = element('canvas', { width: 512, height: 512 });
  const context = large.getContext('2d')!;
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, 512, 512);
  return large;
}

/** Shows networks that come with the page. */
async function showPair(name: PairName): Promise<void> {
  asked = name;
  const pair = await pairOf(name);
  // others have been asked for meanwhile
  if (asked !== name) return;
  own = pair;
  for (const button of pairButtons) button.ariaPressed = String(button.dataset['pair'] === name);
  const { task, bits, deed } = PAIRS[name];
  Object.entries({ task, bits, deed }).forEach(([id, text]) => (byId(id).textContent = text));
  byId('smaller').textContent = `The packed file is ${times(own.float.facts.bytes / own.few.facts.bytes)} smaller.`;
  show(own.few);
}

/** Shows a model in the few-bit one's place, or the page's own. */
function show(model: PageModel): void {
  turn++;
  if (few !== model && !isOurs) void few.close();
  few = model;
  isOurs = model === own.few;
  const takesDigits = isOfDigits(model);
  float = isAlike(model, own.float) ? own.float : undefined;
  const [height, width, channels] = model.facts.shape;
  byId('pad-view').hidden = !takesDigits;
  byId('image-view').hidden = takesDigits;
  byId('clear').hidden = !takesDigits;
  byId('back').hidden = isOurs;
  cards.float.hidden = !float;
  byId('draw-title').textContent = takesDigits ? 'Your digit' : 'Your image';
  byId('image-size').textContent = `${height}×${width} pixels, ${channels === 3 ? 'in colours' : 'in grays'}`;
  byId('image-labels').textContent = model.facts.labels.slice(0, MOST_NAMED).join(', ');
  showModel(cards.few, few);
  if (float) showModel(cards.float, float);
  showHost();
  showAllCosts();
  showLayers(byId('layers-table'), few, float);
  if (takesDigits) pad.clear();
  else clearImage(height!, width!);
}

function clearImage(height: number, width: number): void {
  const image = byId<HTMLCanvasElement>('image');
  Object.assign(image, { width, height, ariaLabel: 'No image yet' });
  showReading(cards.few, undefined);
  byId('status').textContent = 'No image yet.';
}

function showHost(): void {
  const { simd, threads } = few.facts;
  const isolation = crossOriginIsolated
    ? ''
    : ' The page is not isolated from other origins, so that there is no memory for more.';
  const of = threads === 1 ? 'one thread' : `${threads} threads`;
  byId('host').textContent = `Measured here: WebAssembly with ${simd} SIMD, ${of}, in a worker.${isolation}`;
}

async function takeImage(file: Blob): Promise<void> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error('this is no image that the browser can read; choose a PNG, JPEG, WebP or a packed model');
  });
  if (isOfDigits(few)) {
    const scale = INK_PIXELS / Math.max(bitmap.width, bitmap.height);
    const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
    const ink = inkOfImage(scaledPixels(bitmap, width!, height!, 'contain'));
    if (ink.length === 0) throw new Error('the image has one colour only; choose one with a digit');
    pad.show(bitmap);
    classifyDigit(digitOf(ink), true);
  } else {
    const [height, width, channels] = few.facts.shape as [number, number, number];
    const pixels: Pixels = scaledPixels(bitmap, width, height, 'cover');
    const image = byId<HTMLCanvasElement>('image');
    paint(image, pixels);
    image.ariaLabel = 'Your image, scaled to what the network takes';
    await classify(valuesOf(pixels, channels), true);
  }
}

async function take(file: File): Promise<void> {
  say('');
  try {
    if (file.type.startsWith('image/')) await takeImage(file);
    else show(await openModel(file.name, new Uint8Array(await file.arrayBuffer())));
  } catch (error) {
    complain(error);
  }
}

function say(problem: string): void {
  byId('problem').textContent = problem;
}

function complain(error: unknown): void {
  const { message } = error as Error;
  say(message.charAt(0).toUpperCase() + message.slice(1) + (message.endsWith('.') ? '' : '.'));
}

async function start(): Promise<void> {
  showSamples();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paintSamples);
  registerWorker((text) => (byId('offline').textContent = text));
  takeFiles((file) => void take(file));
  byId('clear').addEventListener('click', () => pad.clear());
  byId('back').addEventListener('click', () => show(own.few));
  for (const button of pairButtons) {
    button.addEventListener('click', () => {
      say('');
      showPair(button.dataset['pair'] as PairName).catch(complain);
    });
  }
  await showPair('digits');
  document.body.classList.add('ready');
}

start().catch(complain);

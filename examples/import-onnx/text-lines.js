import { readFileSync } from 'node:fs';
import { API_VERSION, definePlugin } from '@lowbit/plugin-api';
import sharp from 'sharp';

// A data set of lines of text, drawn when they are read: upright, and upside down. The words are those of the licence; fonts, sizes, colours and noise
// are drawn by the number of the example, so that an example is always the same.

const [HEIGHT, WIDTH] = [48, 192];
const FONTS = ['DejaVu Sans', 'DejaVu Serif', 'Liberation Sans', 'Liberation Serif', 'Liberation Mono'];
const WORDS = readFileSync(new URL('../../LICENSE', import.meta.url), 'utf8').match(/[A-Za-z]{3,}|\d{2,}/g);

/** Numbers from 0 to 1: mulberry32. */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** [48, 192, 3] bytes of one line, as text detectors cut it out: 48 high, grey where it is narrower than 192. Every other one is upside down. */
async function draw(seed) {
  const random = numbers(seed * 2654435761);
  const among = (list) => list[Math.floor(random() * list.length)];
  const words = Array.from({ length: 1 + Math.floor(random() * 3) }, () => among(WORDS)).join(' ');
  const colour = (from, to) => `rgb(${[0, 1, 2].map(() => Math.round(from + random() * (to - from))).join()})`;
  const [back, ink] = random() < 0.7 ? [colour(170, 255), colour(0, 90)] : [colour(0, 90), colour(170, 255)];
  const text =
    `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="80"><rect width="100%" height="100%" fill="${back}"/>` +
    `<text x="20" y="54" font-family="${among(FONTS)}" font-size="40" fill="${ink}" ` +
    `transform="rotate(${random() * 2 - 1})">${words}</text></svg>`;
  const cut = await sharp(Buffer.from(text)).removeAlpha().trim({ threshold: 30 }).png().toBuffer();
  const margin = () => 2 + Math.floor(random() * 6);
  const sides = { top: margin(), bottom: margin(), left: margin(), right: margin() };
  const line = await sharp(cut)
    .extend({ ...sides, background: back })
    .blur(0.3 + random() * 1.2)
    .png()
    .toBuffer();
  const { width, height } = await sharp(line).metadata();
  const scaled = Math.min(WIDTH, Math.round((HEIGHT * width) / height));
  const turned = await sharp(line)
    .rotate(seed % 2 === 0 ? 0 : 180)
    .png()
    .toBuffer();
  const pixels = await sharp(turned)
    .resize({ width: scaled, height: HEIGHT, fit: 'fill' })
    .extend({ right: WIDTH - scaled, background: 'rgb(128, 128, 128)' })
    .raw()
    .toBuffer();
  return pixels.map((value) => Math.max(0, Math.min(255, value + (random() - 0.5) * 20)));
}

/** Examples from `first` on, each drawn once. */
function split(first, size) {
  const drawn = new Map();
  const example = (i) => drawn.get(i) ?? drawn.set(i, draw(first + i)).get(i);
  return {
    size,
    async read(indices) {
      const data = Buffer.concat(await Promise.all(indices.map(example)));
      return {
        inputs: { shape: [indices.length, HEIGHT, WIDTH, 3], data: new Uint8Array(data) },
        targets: { shape: [indices.length], data: Int32Array.from(indices, (i) => (first + i) % 2) },
      };
    },
  };
}

export default definePlugin({
  name: 'text-lines',
  apiVersion: API_VERSION,
  datasets: {
    'text-lines': () => ({
      name: 'text-lines',
      inputShape: [HEIGHT, WIDTH, 3],
      classes: ['upright', 'upside down'],
      inputMax: 255,
      // how the model wants them: from −1 to 1
      statistics: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
      splits: { train: split(0, 512), test: split(100_000, 1000) },
    }),
  },
});

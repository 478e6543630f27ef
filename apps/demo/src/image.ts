import type { Pixels } from './ink.js';

/** Where no pixel of an image is. */
const PAPER = '#fff';

/**
 * Pixels of an image, scaled.
 *
 * @param fit 'cover': its middle, as large as fits; 'contain': the whole, on white
 */
export function scaledPixels(image: ImageBitmap, width: number, height: number, fit: 'cover' | 'contain'): Pixels {
  const context = new OffscreenCanvas(width, height).getContext('2d')!;
  const scales = [width / image.width, height / image.height];
  const scale = fit === 'cover' ? Math.max(...scales) : Math.min(...scales);
  const [w, h] = [image.width * scale, image.height * scale];
  context.fillStyle = PAPER;
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, (width - w) / 2, (height - h) / 2, w, h);
  return context.getImageData(0, 0, width, height);
}

/** Pixels as data sets have them: 0 … 255, three channels or, of one, their gray. */
export function valuesOf({ data }: Pixels, channels: number): Float32Array {
  const count = data.length / 4;
  if (channels === 3) return Float32Array.from({ length: 3 * count }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)]!);
  const gray = (i: number) => 0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!;
  return Float32Array.from({ length: count }, (_, i) => Math.round(gray(4 * i)));
}

/** Draws pixels as they are, one for one. */
export function paint(canvas: HTMLCanvasElement, { width, height, data }: Pixels): void {
  Object.assign(canvas, { width, height });
  canvas.getContext('2d')!.putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
}

/** Draws a digit of 8×8 numbers 0 … 16 in the colour of the canvas's text. */
export function paintDigit(canvas: HTMLCanvasElement, digit: ArrayLike<number>): void {
  const context = canvas.getContext('2d')!;
  const side = Math.sqrt(digit.length);
  context.clearRect(0, 0, side, side);
  context.fillStyle = getComputedStyle(canvas).color;
  for (let i = 0; i < digit.length; i++) {
    context.globalAlpha = digit[i]! / 16;
    context.fillRect(i % side, Math.floor(i / side), 1, 1);
  }
}

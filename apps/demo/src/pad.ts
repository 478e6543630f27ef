import type { Point } from './ink.js';

/** Of the pad's side: how wide the pen draws, and how far an arrow key moves. */
const PEN = 0.07;
const STEP = 1 / 24;

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -STEP, y: 0 },
  ArrowRight: { x: STEP, y: 0 },
  ArrowUp: { x: 0, y: -STEP },
  ArrowDown: { x: 0, y: STEP },
};

/** Strokes, from 0 to 1 in both directions. */
export type Strokes = readonly (readonly Point[])[];

export interface Pad {
  clear(): void;
  /** Shows an image in place of strokes. */
  show(image: CanvasImageSource & { readonly width: number; readonly height: number }): void;
}

/**
 * Makes a canvas one to draw on, by pointer and by keys.
 *
 * @param changed is called with what is drawn; `isDone` where a stroke has come to its end
 */
export function createPad(canvas: HTMLCanvasElement, changed: (strokes: Strokes, isDone: boolean) => void): Pad {
  const context = canvas.getContext('2d')!;
  let strokes: Point[][] = [];
  let cursor: Point = { x: 0.5, y: 0.2 };
  /** The pen that is down: a pointer's, or that of the keys. */
  let pen: number | 'keys' | undefined;

  function draw(): void {
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const { color, accentColor } = getComputedStyle(canvas);
    context.clearRect(0, 0, side, side);
    Object.assign(context, { strokeStyle: color, lineWidth: PEN * side, lineCap: 'round', lineJoin: 'round' });
    for (const stroke of strokes) {
      context.beginPath();
      context.moveTo(stroke[0]!.x * side, stroke[0]!.y * side);
      for (const { x, y } of stroke) context.lineTo(x * side, y * side);
      context.stroke();
    }
    if (document.activeElement !== canvas || !canvas.matches(':focus-visible')) return;
    // where the keys' pen is: a ring, filled while it is down
    Object.assign(context, { strokeStyle: accentColor, fillStyle: accentColor, lineWidth: 2 * devicePixelRatio });
    context.beginPath();
    context.arc(cursor.x * side, cursor.y * side, (PEN / 2) * side, 0, 2 * Math.PI);
    context.stroke();
    if (pen === 'keys') context.fill();
  }

  function begin(by: number | 'keys', at: Point): void {
    pen = by;
    strokes.push([at]);
    update(false);
  }

  function update(isDone: boolean): void {
    if (isDone) pen = undefined;
    draw();
    changed(strokes, isDone);
  }

  const place = ({ clientX, clientY }: PointerEvent): Point => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return { x: (clientX - left) / width, y: (clientY - top) / height };
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || pen !== undefined) return;
    canvas.setPointerCapture(event.pointerId);
    begin(event.pointerId, place(event));
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerId !== pen) return;
    const passed = event.getCoalescedEvents();
    strokes.at(-1)!.push(...(passed.length > 0 ? passed : [event]).map(place));
    update(false);
  });
  for (const end of ['pointerup', 'pointercancel'] as const)
    canvas.addEventListener(end, ({ pointerId }) => pointerId === pen && update(true));

  canvas.addEventListener('keydown', (event) => {
    const arrow = ARROWS[event.key];
    if (arrow) {
      cursor = { x: clamp(cursor.x + arrow.x), y: clamp(cursor.y + arrow.y) };
      if (pen === 'keys') strokes.at(-1)!.push(cursor);
      if (pen === 'keys') changed(strokes, false);
      draw();
    } else if (event.key === ' ') {
      if (pen === 'keys') update(true);
      else if (pen === undefined) begin('keys', cursor);
    } else if (event.key === 'Backspace') clear();
    else return;
    event.preventDefault();
  });
  canvas.addEventListener('focus', draw);
  canvas.addEventListener('blur', () => (pen === 'keys' ? update(true) : draw()));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  new ResizeObserver(draw).observe(canvas);

  function clear(): void {
    strokes = [];
    update(true);
  }

  return {
    clear,
    show(image) {
      strokes = [];
      pen = undefined;
      draw();
      const scale = canvas.width / Math.max(image.width, image.height);
      const [width, height] = [image.width * scale, image.height * scale];
      context.drawImage(image, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
    },
  };
}

function clamp(part: number): number {
  return Math.min(1 - PEN / 2, Math.max(PEN / 2, part));
}

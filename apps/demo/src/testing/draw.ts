import type { Page } from 'playwright-core';

/** Strokes of a hand, in parts of the pad's side: x, y. */
type Drawing = readonly (readonly (readonly [number, number])[])[];

/** A three of two bows. */
export const THREE: Drawing = [
  [
    ...[
      [0.34, 0.24],
      [0.42, 0.17],
      [0.53, 0.16],
      [0.62, 0.22],
      [0.62, 0.33],
      [0.55, 0.42],
      [0.46, 0.46],
    ],
    ...[
      [0.58, 0.5],
      [0.66, 0.6],
      [0.64, 0.73],
      [0.54, 0.81],
      [0.42, 0.81],
      [0.33, 0.74],
    ],
  ] as [number, number][],
];

/** A seven with its bar, small and in a corner. */
export const SEVEN: Drawing = [
  [
    [0.1, 0.12],
    [0.22, 0.11],
    [0.34, 0.11],
    [0.29, 0.22],
    [0.24, 0.33],
    [0.21, 0.44],
  ],
  [
    [0.16, 0.29],
    [0.31, 0.28],
  ],
];

/** Draws with the mouse. */
export async function draw(page: Page, drawing: Drawing): Promise<void> {
  const pad = page.locator('#pad');
  await pad.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await pad.boundingBox())!;
  for (const [first, ...rest] of drawing) {
    await page.mouse.move(x + first![0] * width, y + first![1] * height);
    await page.mouse.down();
    for (const [u, v] of rest) await page.mouse.move(x + u * width, y + v * height, { steps: 4 });
    await page.mouse.up();
  }
}

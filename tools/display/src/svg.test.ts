import { expect, it } from 'vitest';
import { svgOf } from './index.js';

it('draws a mark for each value', async () => {
  const svg = await svgOf({
    data: { values: [{ a: 1 }, { a: 2 }, { a: 3 }] },
    mark: 'point',
    encoding: { x: { field: 'a', type: 'quantitative' } },
  });
  expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/);
  expect(svg.match(/aria-roledescription="point"/g)).toHaveLength(3);
});

import { svgOf, type ChartSpec } from '@lowbit/display';
import type { Measured } from './measure.js';

/** The staircase of a quantizer, its gradient, and what share of a Gaussian each level takes, as an SVG. */
export async function quantizerChart(measured: Measured): Promise<string> {
  return svgOf(spec(measured));
}

type Panel = Extract<ChartSpec, { hconcat: unknown }>['hconcat'][number];

const SIZE = { width: 220, height: 180 };
const X = { type: 'quantitative' as const, title: 'x', scale: { domain: [-3, 3], clamp: true } };
const SLOPES: [number, number] = [-1, 3];

function spec({ staircase, gradient, codes }: Measured): ChartSpec {
  const levels: Panel = {
    ...SIZE,
    title: 'quantized',
    data: { values: [...staircase] },
    mark: { type: 'rule', strokeWidth: 2, strokeCap: 'round', clip: true },
    encoding: {
      x: { ...X, field: 'from' },
      x2: { field: 'to' },
      y: { field: 'level', type: 'quantitative', title: 'x̂', scale: { padding: 8 } },
    },
  };
  const slopes: Panel = {
    ...SIZE,
    title: 'gradient',
    data: { values: [...gradient] },
    mark: { type: 'line', clip: true },
    encoding: {
      x: { ...X, field: 'x' },
      y: { field: 'slope', type: 'quantitative', title: 'dΣx̂/dx', scale: { domain: SLOPES } },
    },
  };
  const shares: Panel = {
    ...SIZE,
    title: 'codes of a Gaussian',
    data: { values: codes.map(({ level, share }) => ({ level: level.toPrecision(3), share: 100 * share })) },
    mark: { type: 'bar' },
    encoding: {
      x: { field: 'level', type: 'ordinal', title: 'level', sort: null },
      y: { field: 'share', type: 'quantitative', title: 'share (%)' },
    },
  };
  return { background: 'white', hconcat: [levels, ...(gradient.length > 0 ? [slopes] : []), shares] };
}

import type { TopLevelSpec } from 'vega-lite';

/** A chart as Vega-Lite describes it. */
export type ChartSpec = TopLevelSpec;

/** A chart as an SVG. What draws it is loaded when it is called. */
export async function svgOf(spec: ChartSpec): Promise<string> {
  const [{ compile }, { parse, View }] = await Promise.all([import('vega-lite'), import('vega')]);
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}

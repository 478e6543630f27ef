import { createRegistry, LowbitError, type Registry, type Role } from '@lowbit/plugin-api';
import quantCore from '@lowbit/quant-core';
import { format, resolveConfig } from 'prettier';
import { quantizerChart } from './chart.js';
import { measure } from './measure.js';
import { fileName, indexText, pageText, pictureName, type Page, type Section } from './page.js';
import { pages } from './pages.js';

/** The files of all pages by name, as they are to lie in `folder`. */
export async function pageFiles(folder: string): Promise<Map<string, string>> {
  const registry = createRegistry([quantCore]);
  const files = new Map<string, string>();
  const write = async (name: string, text: string) =>
    files.set(name, await format(text, { ...(await resolveConfig(`${folder}/${name}`)), parser: 'markdown' }));
  for (const page of pages) {
    const bits = page.sections.map((section) => picturedBits(registry, page.quantizer, section));
    for (const [i, { role, pictured }] of page.sections.entries()) {
      const spec = { quantizer: page.quantizer, bits: bits[i], ...pictured };
      const quantizer = registry.make('quantizers', spec, role);
      files.set(pictureName(page.quantizer, role), await quantizerChart(measure(quantizer, role)));
    }
    await write(`${fileName(page.quantizer)}.md`, pageText(page, bits));
  }
  await write('README.md', indexText(pages));
  return files;
}

/** What has a quantizer and no page, or a page and no quantizer: 'lsq, weights'. */
export function mismatches(): string[] {
  const registry = createRegistry([quantCore]);
  const roles: Role[] = ['weights', 'activations', 'gradients'];
  const made = registry
    .list('quantizers')
    .flatMap(({ name }) => roles.filter((role) => bitsOf(registry, name, role)).map((role) => `${name}, ${role}`));
  const told = pages.flatMap(({ quantizer, sections }) => sections.map(({ role }: Section) => `${quantizer}, ${role}`));
  return [...made.filter((each) => !told.includes(each)), ...told.filter((each) => !made.includes(each))];
}

function picturedBits(registry: Registry, quantizer: Page['quantizer'], { role, pictured }: Section): number {
  return (pictured?.['bits'] as number | undefined) ?? bitsOf(registry, quantizer, role) ?? 2;
}

/** 2, or 1 where there are no others, or the least that there is. */
function bitsOf(registry: Registry, quantizer: string, role: Role): number | undefined {
  return [2, 1, 3, 4, 5].find((bits) => {
    try {
      return registry.make('quantizers', { quantizer, bits }, role);
    } catch (error) {
      if (error instanceof LowbitError) return undefined;
      throw error;
    }
  });
}

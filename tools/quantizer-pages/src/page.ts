import type { Role } from '@lowbit/plugin-api';

/** What a page says of a quantizer in one role. */
export interface Section {
  readonly role: Role;
  /** Lines of a formula, in plain text. */
  readonly formula: readonly string[];
  readonly gradient: string;
  /** State that training changes, and options that matter. */
  readonly details?: string;
  /** What the picture is of, where 2 bits at the defaults is not it. */
  readonly pictured?: Readonly<Record<string, unknown>>;
}

/** The page of a quantizer. */
export interface Page {
  /** The name in a config. */
  readonly quantizer: string;
  readonly title: string;
  /** One sentence: what it is. */
  readonly summary: string;
  readonly sections: readonly Section[];
  readonly when: string;
  readonly source: string;
}

/** A page in Markdown. `bits` are those of each section's picture. */
export function pageText(page: Page, bits: readonly (number | string)[]): string {
  const { quantizer, title, summary, sections, when, source } = page;
  const parts = sections.map((section, i) => sectionText(quantizer, section, bits[i]!));
  return [`# ${title}`, summary, ...parts, '## When to use it', when, '## Source', source].join('\n\n') + '\n';
}

function sectionText(quantizer: string, section: Section, bits: number | string): string {
  const { role, formula, gradient, details, pictured } = section;
  const options = { quantizer, bits, ...pictured };
  const picture = `![${quantizer}, ${role}: levels, gradient, and codes of a Gaussian](${pictureName(quantizer, role)})`;
  return [
    `## ${role[0]!.toUpperCase()}${role.slice(1)}`,
    '```text\n' + formula.join('\n') + '\n```',
    `**Gradient.** ${gradient}`,
    ...(details ? [details] : []),
    picture,
    `\`"${role}": ${JSON.stringify(options).replace(/([,:])(?=\S)/g, '$1 ')}\` on 4,096 draws from N(0, 1)${role === 'gradients' ? '' : '; the gradient is that of Σ x̂'}.`,
  ].join('\n\n');
}

export function pictureName(quantizer: string, role: Role): string {
  return `${fileName(quantizer)}-${role}.svg`;
}

export function fileName(quantizer: string): string {
  return quantizer.replace('+', '-plus');
}

/** The table that leads to the pages. */
export function indexText(pages: readonly Page[]): string {
  const rows = pages.map(({ quantizer, title, summary, sections }) => {
    const roles = sections.map(({ role }) => role).join(', ');
    return `| [\`${quantizer}\`](${fileName(quantizer)}.md) | ${title} | ${roles} | ${summary} |`;
  });
  return (
    [
      '# Quantizers',
      'Each by the name that a config gives it: `{ "quantizer": NAME, "bits": N }`. Pictures and pages are written by `npm run quantizers`.',
      'How they compare on one small net, all else alike: [a table](../../experiments/comparisons/results/digits.md).',
      ['| name | | of | |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    ].join('\n\n') + '\n'
  );
}

// npm run results -- RUN...: keeps what the run folders tell in experiments/results, and draws table and curves from all that is there.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { accuracyChart } from './chart.js';
import { resultsTable, withTable } from './page.js';
import { readResult, type Result } from './result.js';

const folder = new URL('../../../experiments/results/', import.meta.url);
const page = fileURLToPath(new URL('../RESULTS.md', folder));

try {
  mkdirSync(folder, { recursive: true });
  for (const run of process.argv.slice(2)) {
    const result = readResult(run);
    const { epochs, ...rest } = result;
    // an epoch a line
    const lines = epochs.map((epoch) => `    ${JSON.stringify(epoch)}`).join(',\n');
    const text = JSON.stringify({ ...rest, epochs: [] }, undefined, 2).replace(
      '"epochs": []',
      `"epochs": [\n${lines}\n  ]`,
    );
    writeFileSync(new URL(`${result.experiment}.json`, folder), `${text}\n`);
  }
  const results = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Result);
  writeFileSync(new URL('accuracy.svg', folder), await accuracyChart(results));
  const text = withTable(readFileSync(page, 'utf8'), resultsTable(results));
  writeFileSync(page, await format(text, { ...(await resolveConfig(page)), filepath: page }));
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  process.exitCode = 1;
}

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
    await write(fileURLToPath(new URL(`${result.experiment}.json`, folder)), JSON.stringify(result));
  }
  const results = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Result);
  writeFileSync(new URL('accuracy.svg', folder), await accuracyChart(results));
  await write(page, withTable(readFileSync(page, 'utf8'), resultsTable(results)));
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function write(file: string, text: string): Promise<void> {
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}

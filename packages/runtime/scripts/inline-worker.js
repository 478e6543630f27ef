// inline-worker.js [--check]: makes the text of a worker of src/threads/worker.ts. The output is committed, so that neither tests nor users need
// a bundler; --check (CI) says whether it is what the source gives.
import { readFileSync, writeFileSync } from 'node:fs';
import { buildSync } from 'esbuild';

const output = 'src/generated/worker.ts';
const { outputFiles } = buildSync({
  entryPoints: ['src/threads/worker.ts'],
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  write: false,
});
const literal = outputFiles[0].text.trim().replaceAll('\\', '\\\\').replaceAll("'", "\\'");
const text = `// Made from threads/worker.ts by the package's script "worker"; do not edit.\nexport default '${literal}';\n`;
if (!process.argv.includes('--check')) writeFileSync(output, text);
else if (readFileSync(output, 'utf8') !== text) {
  console.error(
    `${output} is not what threads/worker.ts gives; run the package's script "worker" and commit the result`,
  );
  process.exit(1);
}

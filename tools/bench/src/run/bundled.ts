import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Simd } from '@lowbit/wasm-kernels';
import { build } from 'esbuild';
import type { ChildCommand } from './child.js';
import { simdFlags } from './node.js';

/**
 * How a script here is run as an application would ship it: bundled with the packages' code. A process that begins pays for every line
 * that its host has not seen yet, and for more of them where a loader translates them first.
 *
 * @param folder where the bundle is put
 */
export async function bundledCommand(
  script: URL,
  folder: string,
  args: readonly string[],
  simd: Simd,
): Promise<Omit<ChildCommand, 'name'>> {
  const source = fileURLToPath(script);
  const outfile = path.join(folder, `${path.parse(source).name}.mjs`);
  await build({
    ...{ entryPoints: [source], outfile, bundle: true, platform: 'node', format: 'esm' },
    ...{ conditions: ['@lowbit/source'], logLevel: 'silent' },
  });
  return { command: process.execPath, args: [...simdFlags(simd), outfile, ...args] };
}

import { copyFileSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

it('refuses to run beside a second copy of tfjs-core', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lowbit-cores-'));
  const original = realpathSync(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core'));
  const copy = path.join(folder, 'copy.js');
  copyFileSync(original, copy);
  symlinkSync(
    original.slice(0, original.lastIndexOf('node_modules') + 'node_modules'.length),
    path.join(folder, 'node_modules'),
  );
  try {
    createRequire(copy)(copy); // the first copy makes the engine
    const { pickBackend } = await import('./pick.js');
    await expect(pickBackend('cpu')).rejects.toThrow(
      /^two copies of @tensorflow\/tfjs-core are loaded; see them with npm ls/,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

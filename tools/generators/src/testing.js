import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The repository's folder. */
export const ROOT = path.resolve(import.meta.dirname, '../../..');

/** A workspace in memory, with what generators read from this one. */
export function workspace() {
  const tree = createTreeWithEmptyWorkspace();
  for (const file of ['LICENSE', 'package.json', 'package-lock.json']) {
    tree.write(file, readFileSync(path.join(ROOT, file), 'utf8'));
  }
  return tree;
}

/** Writes what was generated in a folder of the tree to a folder on disk. */
export function writeOut(tree, from, to) {
  for (const { path: file, type, content } of tree.listChanges()) {
    if (type === 'DELETE' || !file.startsWith(`${from}/`)) continue;
    const target = path.join(to, path.relative(from, file));
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
}

/** Runs a tool of the repository's node_modules: its exit code and all that it said. */
export function runTool(tool, args, cwd) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'node_modules', tool), ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  return { code: status, output: stdout + stderr };
}

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

/** What a stranger installs beside the packages, at the versions of this repository. */
export const TENSORFLOW = ['core', 'layers', 'backend-cpu', 'backend-wasm'].map((name) =>
  ours(`@tensorflow/tfjs-${name}`),
);

/**
 * A package at the version that is installed here, as npm install takes it: what `npm ci` has fetched is in npm's cache.
 *
 * @param {string} name
 */
export function ours(name) {
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8'));
  return `${name}@${version}`;
}

/**
 * Runs a command; its stdout. What fails says so on stderr, and throws.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
export function run(command, args, cwd) {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  } catch (error) {
    process.stderr.write(/** @type {{ stdout?: string }} */ (error).stdout ?? '');
    throw error;
  }
}

/**
 * Packs a package into `place`; the tarball's path.
 *
 * @param {string} folder
 * @param {string} place
 */
export function pack(folder, place) {
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', place], folder));
  return path.join(place, filename);
}

/**
 * Packs every public package into `place`: each one's manifest, with its `tarball`.
 *
 * @param {string} place
 */
export function packAll(place) {
  return ['packages', 'apps']
    .flatMap((folder) => readdirSync(path.join(ROOT, folder)).map((name) => path.join(ROOT, folder, name)))
    .filter((folder) => existsSync(path.join(folder, 'package.json')))
    .map((folder) => ({ folder, ...JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) }))
    .filter((each) => !each.private)
    .map((each) => ({ ...each, tarball: pack(each.folder, place) }));
}

/**
 * Installs packages and tarballs in a folder, which becomes a package of its own if it is none.
 *
 * @param {string} folder
 * @param {readonly string[]} specs
 */
export function install(folder, specs) {
  mkdirSync(folder, { recursive: true });
  const manifest = path.join(folder, 'package.json');
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true, "type": "module" }');
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...specs], folder);
}

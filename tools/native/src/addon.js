import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { NativeError, run } from './failure.js';
import { cacheFolder } from './library.js';

/** The Node-API version that tfjs-node 4.22 looks for on Node 20 and later. */
const NAPI = 8;

const HEADERS = 'node-api-headers@1.5.0';

/**
 * The folder of an installed package, or undefined.
 *
 * @param {string} name
 * @param {string} project
 */
export function packageFolder(name, project) {
  try {
    return path.dirname(createRequire(path.join(project, 'package.json')).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/**
 * @param {string} folder of tfjs-node or tfjs-node-gpu
 */
function addonFile(folder) {
  return path.join(folder, 'lib', `napi-v${NAPI}`, 'tfjs_binding.node');
}

/**
 * The version of libtensorflow that a package's addon loads, or undefined when it does not load. Asked in a process of its
 * own, which a broken addon may take down.
 *
 * @param {string} folder
 */
export function loadedVersion(folder) {
  const file = addonFile(folder);
  if (!existsSync(file)) return undefined;
  try {
    return run(process.execPath, ['-p', 'require(process.argv[1]).TF_Version', file], {
      missing: 'there is no Node',
      failed: 'the addon does not load',
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
    }).trim();
  } catch (error) {
    if (error instanceof NativeError) return undefined;
    throw error;
  }
}

/**
 * Compiles the package's binding against `library` and puts it where tfjs-node looks for it.
 *
 * @param {string} folder of tfjs-node or tfjs-node-gpu
 * @param {string} library a folder with `lib/` and `include/`
 */
export function buildAddon(folder, library) {
  const target = addonFile(folder);
  const temporary = `${target}.${process.pid}`;
  mkdirSync(path.dirname(target), { recursive: true });
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => path.join(folder, 'binding', name));
  const compile = ['-std=c++17', '-O2', '-w', '-shared', '-fPIC', '-pthread', `-DNAPI_VERSION=${NAPI}`];
  const include = [`-I${nodeHeaders()}`, `-I${path.join(library, 'include')}`];
  const libraries = ['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'];
  const link = [
    '-Wl,--no-as-needed',
    `-L${path.join(library, 'lib')}`,
    ...libraries,
    '-Wl,-rpath,$ORIGIN/../../deps/lib',
  ];
  try {
    run('g++', [...compile, ...include, '-o', temporary, ...sources, ...link], {
      missing: 'there is no C++ compiler, install g++ (Debian: apt install g++)',
      failed: `cannot compile the binding of ${packageName(folder)}`,
    });
    linkLibrary(path.join(folder, 'deps'), library);
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** @param {string} folder */
function packageName(folder) {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).name;
}

/**
 * @param {string} link
 * @param {string} library
 */
function linkLibrary(link, library) {
  rmSync(link, { recursive: true, force: true });
  symlinkSync(library, link);
}

/** The folder with node_api.h: beside this Node, or from npm, kept in the cache. */
function nodeHeaders() {
  const cache = cacheFolder();
  const fetched = path.join(cache, 'node_modules', 'node-api-headers', 'include');
  const beside = path.join(path.dirname(process.execPath), '..', 'include', 'node');
  const found = () => [beside, fetched].find((folder) => existsSync(path.join(folder, 'node_api.h')));
  if (!found()) {
    run('npm', ['install', '--no-save', '--ignore-scripts', '--prefix', cache, HEADERS], {
      missing: "there is no npm to fetch Node's headers with",
      failed: "cannot fetch Node's headers",
    });
  }
  const headers = found();
  if (headers === undefined) throw new NativeError(`${HEADERS} has no node_api.h`);
  return headers;
}

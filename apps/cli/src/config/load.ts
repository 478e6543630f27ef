import { LowbitError } from '@lowbit/plugin-api';
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** A config file, read. */
export interface LoadedConfig {
  readonly file: string;
  /** 'digits-w1a4' of 'experiments/digits-w1a4.json'; the folder's name for a 'lowbit.config.*'. */
  readonly name: string;
  readonly config: Record<string, unknown>;
}

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json', '.yaml', '.yml'];
const DEFAULT_NAME = 'lowbit.config';

/**
 * Reads a config: TypeScript or JavaScript whose default export is an experiment (or a function that gives one), JSON, or YAML.
 *
 * @param file left out: the `lowbit.config.*` in `folder`, the working folder unless given
 * @throws LowbitError ('config') no such file, an ending that is not known, a file that does not parse or run, no object in it
 */
export async function loadConfig(file?: string, folder = '.'): Promise<LoadedConfig> {
  const place = path.resolve(file ?? neededDefaultConfig(folder));
  const where = path.relative('', place);
  if (!EXTENSIONS.includes(path.extname(place))) {
    throw new LowbitError('config', {
      what: 'not a config',
      where,
      hint: `its ending must be one of ${EXTENSIONS.join(' ')}`,
    });
  }
  if (!statSync(place, { throwIfNoEntry: false })?.isFile()) {
    throw new LowbitError('config', { what: 'no such config', where, hint: 'give the path of an experiment' });
  }
  const config = await read(place, where);
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new LowbitError('config', { what: 'a config holds one object', where, received: config });
  }
  return { file: place, name: nameOf(place), config: config as Record<string, unknown> };
}

/** The `lowbit.config.*` of a folder. */
export function findDefaultConfig(folder = '.'): string | undefined {
  return EXTENSIONS.map((extension) => path.join(folder, DEFAULT_NAME + extension)).find((each) => existsSync(each));
}

function neededDefaultConfig(folder: string): string {
  const found = findDefaultConfig(folder);
  if (found !== undefined) return found;
  const what = `no config is given and there is no ${DEFAULT_NAME}.*`;
  throw new LowbitError('usage', { what, where: 'the working folder', hint: 'give one: lowbit train CONFIG' });
}

function nameOf(file: string): string {
  const name = path.basename(file, path.extname(file));
  return name === DEFAULT_NAME ? path.basename(path.dirname(file)) : name;
}

async function read(file: string, where: string): Promise<unknown> {
  try {
    if (path.extname(file) === '.json') return JSON.parse(await readFile(file, 'utf8'));
    const c12 = await import('c12');
    const { config } = await c12.loadConfig({
      cwd: path.dirname(file),
      configFile: path.basename(file),
      configFileRequired: true,
      // one file, as it stands: nothing is mixed into it
      rcFile: false,
      globalRc: false,
      packageJson: false,
      dotenv: false,
      extend: false,
      giget: false,
      envName: false,
      merger: (...sources: unknown[]) => sources.find((each) => each !== undefined) as Record<string, unknown>,
      // what Node can import it imports, so that a config and the command share their modules
      jitiOptions: { tryNative: true },
    });
    return config;
  } catch (cause) {
    const what = `the config cannot be read: ${(cause as Error).message}`;
    throw new LowbitError('config', { what, where }, { cause });
  }
}

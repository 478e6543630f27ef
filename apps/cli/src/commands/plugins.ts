import { EXTENSION_KINDS, type ExtensionKind, parseOptions, type Plugin } from '@lowbit/plugin-api';
import type { Command } from 'commander';
import path from 'node:path';
import { z } from 'zod';
import { command, type Finish, type Outcome } from '../command.js';
import { findDefaultConfig, loadConfig } from '../config/load.js';
import type { Io } from '../io.js';
import { loadRegistry } from '../registry.js';
import { table } from '../table.js';

export function pluginsCommand(finish: Finish): Command {
  return command('plugins', 'what is loaded, from where, and what each brings', finish, listPlugins).argument(
    '[config]',
    'also the plugins that this config names; left out: lowbit.config.* here, if there is one',
  );
}

async function listPlugins(_io: Io, _options: object, given?: string): Promise<Outcome> {
  const config = given ?? findDefaultConfig();
  const named = config === undefined ? undefined : await loadConfig(config);
  const registry = await loadRegistry(pluginsOf(named?.config), named && [path.dirname(named.file)]);
  const plugins = registry
    .plugins()
    .map(({ plugin, source }) => ({ name: plugin.name, source, brings: brings(plugin) }));
  const rows = plugins.flatMap(({ name, source, brings }) =>
    Object.entries(brings).map(([kind, names], i) => [
      ...(i === 0 ? [name, source === name ? 'built in' : source] : ['', '']),
      kind,
      names.join(', '),
    ]),
  );
  const text = table(['plugin', 'from', 'kind', 'names'], rows);
  return { result: { plugins }, text };
}

/** What a config names; what else is in it does not matter here. */
function pluginsOf(config: Record<string, unknown> = {}): string[] {
  const schema = z.array(z.string().min(1)).default([]);
  return parseOptions(schema, config.plugins, 'plugins');
}

/** The names of what a plugin brings, by kind. */
function brings(plugin: Plugin): Partial<Record<ExtensionKind, string[]>> {
  const kinds = Object.keys(EXTENSION_KINDS) as ExtensionKind[];
  return Object.fromEntries(kinds.filter((kind) => plugin[kind]).map((kind) => [kind, Object.keys(plugin[kind]!)]));
}

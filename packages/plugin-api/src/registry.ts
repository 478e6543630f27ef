import { LowbitError } from './error.js';
import { suggestNames } from './nearest.js';
import { parseOptions } from './options.js';
import {
  checkPlugin,
  EXTENSION_KINDS,
  type ExtensionFactory,
  type ExtensionKind,
  type Extensions,
  type Plugin,
} from './plugin.js';

/** A thing as a config names it: its name under the kind's key, the rest its options. A bare name has no options. */
export type Spec = string | Readonly<Record<string, unknown>>;

interface Entry {
  readonly factory: ExtensionFactory<ExtensionKind>;
  readonly plugin: string;
}

/** A plugin, and where it came from. */
export interface RegisteredPlugin {
  readonly plugin: Plugin;
  /** For messages. */
  readonly source: string;
  /** URL of the module whose default export it is, where the registry was told. */
  readonly module?: string;
}

/** Finds what plugins bring, by kind and name. It is passed, never global. */
export class Registry {
  readonly #entries = new Map<ExtensionKind, Map<string, Entry>>();
  readonly #plugins = new Map<string, RegisteredPlugin>();

  /**
   * Adds all that a plugin brings, or nothing.
   *
   * @param source where it came from, for messages and for `lowbit plugins`
   * @param module URL of the module whose default export it is, so that worker threads can import it too
   * @throws LowbitError another API version, a plugin of this name, or a name in use
   */
  add(plugin: Plugin, source = plugin.name, module?: string): this {
    checkPlugin(plugin, source);
    if (this.#plugins.has(plugin.name)) {
      throw new LowbitError('plugin', {
        what: `a plugin named '${plugin.name}' is already loaded`,
        where: source,
        hint: `from ${this.#plugins.get(plugin.name)!.source}; name it once`,
      });
    }
    const found = [...extensions(plugin)];
    for (const { kind, name } of found) {
      const owner = this.#entries.get(kind)?.get(name)?.plugin;
      if (owner !== undefined) {
        throw new LowbitError('plugin', {
          what: `${EXTENSION_KINDS[kind]} '${name}' is already taken by plugin '${owner}'`,
          where: `plugin '${plugin.name}' (${source})`,
          hint: 'rename one of them or load only one',
        });
      }
    }
    for (const { kind, name, factory } of found) {
      if (!this.#entries.has(kind)) this.#entries.set(kind, new Map());
      this.#entries.get(kind)!.set(name, { factory, plugin: plugin.name });
    }
    this.#plugins.set(plugin.name, { plugin, source, ...(module === undefined ? {} : { module }) });
    return this;
  }

  /** The names of one kind, sorted, each with the plugin that brought it. */
  list(kind: ExtensionKind): { name: string; plugin: string }[] {
    return [...(this.#entries.get(kind) ?? [])]
      .map(([name, { plugin }]) => ({ name, plugin }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  /** The plugins, in the order they were added. */
  plugins(): RegisteredPlugin[] {
    return [...this.#plugins.values()];
  }

  has(kind: ExtensionKind, name: string): boolean {
    return this.#entries.get(kind)?.has(name) ?? false;
  }

  /** @throws LowbitError an unknown name, with the nearest ones */
  get<Kind extends ExtensionKind>(kind: Kind, name: string, where?: string): ExtensionFactory<Kind> {
    const entry = this.#entries.get(kind)?.get(name);
    if (entry) return entry.factory as unknown as ExtensionFactory<Kind>; // what lies under a kind was added under it
    const names = this.list(kind).map((each) => each.name);
    throw new LowbitError('config', {
      what: `unknown ${EXTENSION_KINDS[kind]} '${name}'`,
      where,
      hint: suggestNames(name, names),
    });
  }

  /**
   * Makes what a config names: `make('quantizers', { quantizer: 'dorefa', bits: 2 }, 'weights')`.
   *
   * @param where what the message calls the place in the config
   * @throws LowbitError an unknown name, unknown or bad options
   */
  make<Kind extends ExtensionKind>(
    kind: Kind,
    spec: Spec,
    context: Extensions[Kind]['context'],
    where?: string,
  ): Extensions[Kind]['product'] {
    const { name, options } = splitSpec(kind, spec, where);
    const make = this.get(kind, name, where);
    const place = `${EXTENSION_KINDS[kind]} '${name}'`;
    const checked = make.options
      ? parseOptions(make.options, options, where === undefined ? place : `${where} (${place})`)
      : options;
    return make(checked as never, context);
  }
}

/** Splits `{ quantizer: 'dorefa', bits: 2 }` into its name and `{ bits: 2 }`. */
export function splitSpec(
  kind: ExtensionKind,
  spec: Spec,
  where?: string,
): { name: string; options: Record<string, unknown> } {
  const key = EXTENSION_KINDS[kind];
  if (typeof spec === 'string') return { name: spec, options: {} };
  const { [key]: name, ...options } = spec ?? {};
  if (typeof name === 'string') return { name, options };
  throw new LowbitError('config', {
    what: `a ${key} must be named`,
    where,
    received: spec,
    hint: `write { "${key}": NAME, … }`,
  });
}

function* extensions(
  plugin: Plugin,
): Generator<{ kind: ExtensionKind; name: string; factory: ExtensionFactory<ExtensionKind> }> {
  for (const kind of Object.keys(EXTENSION_KINDS) as ExtensionKind[]) {
    for (const [name, factory] of Object.entries(plugin[kind] ?? {}))
      yield { kind, name, factory: factory as ExtensionFactory<ExtensionKind> };
  }
}

/** A registry with these plugins in it. */
export function createRegistry(plugins: readonly Plugin[] = []): Registry {
  const registry = new Registry();
  for (const plugin of plugins) registry.add(plugin);
  return registry;
}

import { EXTENSION_KINDS, LowbitError, type ExtensionKind, type Plugin, type Registry } from '@lowbit/plugin-api';

/**
 * The modules that another thread imports a registry's plugins from, in their order: where the registry was told so, that; else the
 * package of the plugin's name, if it brings the same.
 *
 * @throws LowbitError ('plugin') a plugin of neither kind
 */
export async function pluginModules(registry: Registry): Promise<string[]> {
  return Promise.all(
    registry.plugins().map(async ({ plugin, source, module }) => {
      if (module !== undefined) return module;
      if (await isPackage(plugin)) return plugin.name;
      throw new LowbitError('plugin', {
        what: `workers cannot import plugin '${plugin.name}'`,
        where: source,
        hint: "make it the default export of a module, and say which: registry.add(plugin, 'my-plugin', new URL('./my-plugin.js', import.meta.url).href)",
      });
    }),
  );
}

async function isPackage(plugin: Plugin): Promise<boolean> {
  try {
    const { name } = plugin;
    const module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as { default?: Plugin };
    // another object where a program has loaded a package both as ESM and as CommonJS
    return contents(module.default) === contents(plugin);
  } catch {
    return false;
  }
}

function contents(plugin: Plugin | undefined): string {
  const kinds = Object.keys(EXTENSION_KINDS) as ExtensionKind[];
  return JSON.stringify([plugin?.name, ...kinds.map((kind) => Object.keys(plugin?.[kind] ?? {}).sort())]);
}

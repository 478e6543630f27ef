import {
  API_VERSION,
  createRegistry,
  definePlugin,
  EXTENSION_KINDS,
  LowbitError,
  type ExtensionFactory,
  type ExtensionKind,
  type Extensions,
  type Plugin,
} from '@lowbit/plugin-api';
import { rule } from '../rule.js';

/** What every suite takes. */
export interface FactoryOptions {
  /** Options that the factory makes it from; none unless given. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Something that is made anew from the same options as often as a rule wants. */
export interface Made<Kind extends ExtensionKind> {
  /** @throws LowbitError options that the factory refuses */
  make(extra?: Readonly<Record<string, unknown>>): Extensions[Kind]['product'];
  /** Whether the factory says what options it takes. */
  readonly hasSchema: boolean;
}

/** Makes it as a registry does, its options checked by its own schema. `others` are what its options may name. */
export function madeBy<Kind extends ExtensionKind>(
  kind: Kind,
  factory: ExtensionFactory<Kind>,
  options: Readonly<Record<string, unknown>> = {},
  context: Extensions[Kind]['context'],
  others: readonly Plugin[] = [],
): Made<Kind> {
  const plugin = definePlugin({ name: 'plugin-kit', apiVersion: API_VERSION, [kind]: { 'under test': factory } });
  const registry = createRegistry([...others, plugin]);
  const spec = { ...options, [EXTENSION_KINDS[kind]]: 'under test' };
  return {
    make: (extra) => registry.make(kind, { ...spec, ...extra }, context),
    hasSchema: factory.options !== undefined,
  };
}

/** The rule that misspelt options are errors. */
export function refusesUnknownOptions<Subject extends { readonly made: Made<ExtensionKind> }>() {
  return rule<Subject>('an unknown option is refused by a LowbitError', async ({ made }, on) => {
    if (!made.hasSchema) return;
    await on("{ …options, 'no-such-option': 1 }", async (broken) => {
      try {
        await made.make({ 'no-such-option': 1 });
      } catch (error) {
        if (error instanceof LowbitError) return;
        throw error;
      }
      throw broken('a LowbitError (give the factory a strict schema)', 'none');
    });
  });
}

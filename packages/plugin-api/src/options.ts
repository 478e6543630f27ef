import type { StandardSchemaV1 } from '@standard-schema/spec';
import { LowbitError, type ErrorCode } from './error.js';
import { suggestNames } from './nearest.js';

/** Any schema of the Standard Schema interface: zod, valibot, arktype, or one's own. */
export type Schema<T> = StandardSchemaV1<unknown, T>;

/**
 * Checks plain options against a schema and gives them back with their defaults filled in.
 *
 * @param schema a synchronous Standard Schema; use strict objects, so that a misspelt key is an error and not ignored
 * @param options what a person wrote
 * @param where what the message calls the place: `quantizer 'dorefa'`, `experiment`
 * @throws LowbitError the first thing wrong: what, where, received, what to do
 */
export function parseOptions<T>(schema: Schema<T>, options: unknown, where: string, code: ErrorCode = 'config'): T {
  const result = schema['~standard'].validate(options);
  if (result instanceof Promise) {
    // also what zod makes of a transform that throws; what it rejects with comes too late to be told
    result.catch(() => undefined);
    throw new TypeError(`the schema of ${where} is asynchronous, or throws; options are checked at once`);
  }
  if (!result.issues) return result.value;
  throw optionsError(result.issues[0]!, options, where, code, schema);
}

interface Issue extends StandardSchemaV1.Issue {
  readonly code?: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
}

function optionsError(issue: Issue, options: unknown, where: string, code: ErrorCode, schema: unknown): LowbitError {
  const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
  const received = path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    options,
  );
  const place = path.length > 0 ? `${where} at ${path.map(String).join('.')}` : where;
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys?.[0] : undefined;
  if (unknownKey !== undefined) {
    const known = knownKeys(schema, path);
    const hint = known.length > 0 ? suggestNames(unknownKey, known) : 'remove it or correct its name';
    return new LowbitError(code, {
      what: `unknown key '${unknownKey}'`,
      where: place,
      received: (received as Record<string, unknown> | undefined)?.[unknownKey],
      hint,
    });
  }
  if (received === undefined)
    return new LowbitError(code, { what: issue.message, where: place, hint: 'nothing was given there' });
  return new LowbitError(code, { what: issue.message, where: place, received });
}

/** The inside of a zod schema, as far as it leads to the keys of an object; other schemas have none of it. */
interface SchemaNode {
  readonly shape?: Readonly<Record<PropertyKey, SchemaNode>>;
  readonly element?: SchemaNode;
  readonly unwrap?: () => SchemaNode;
}

function knownKeys(schema: unknown, path: readonly PropertyKey[]): string[] {
  let node = unwrapped(schema as SchemaNode);
  for (const key of path) node = unwrapped(node?.shape ? node.shape[key] : node?.element);
  return Object.keys(node?.shape ?? {});
}

function unwrapped(node: SchemaNode | undefined): SchemaNode | undefined {
  while (node && !node.shape && !node.element && node.unwrap) node = node.unwrap();
  return node;
}

/** A factory that a plugin brings: plain options in, the thing out. `options` is the schema that the registry checks them by. */
export interface Factory<Options, Context, Product> {
  (options: Options, context: Context): Product;
  readonly options?: Schema<Options>;
}

/** Ties a factory to the schema of its options. */
export function factory<Options, Context, Product>(
  options: Schema<Options>,
  make: (options: Options, context: Context) => Product,
): Factory<Options, Context, Product> {
  return Object.assign((given: Options, context: Context) => make(given, context), { options });
}

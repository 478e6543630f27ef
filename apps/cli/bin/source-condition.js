/** Resolves the workspace's packages to their sources, as the editor and the tests do. */
export function resolve(specifier, context, next) {
  return next(specifier, { ...context, conditions: ['@lowbit/source', ...context.conditions] });
}

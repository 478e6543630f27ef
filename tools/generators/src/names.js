/** A name in kebab case, as an identifier. */
export function camelCase(name) {
  return name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
}

/** @throws Error a name that is not in kebab case */
export function checkName(name, what) {
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return;
  throw new Error(
    `a ${what}'s name is small letters and digits with - between, received '${name}'; such as my-${what}`,
  );
}

/** @throws Error a folder that has something in it */
export function checkFree(tree, folder) {
  if (!tree.exists(folder)) return;
  throw new Error(`there is something in ${folder} already; remove it, or take another name`);
}

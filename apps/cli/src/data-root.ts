/** The folder that data sets live in, as the environment says; undefined: where @lowbit/data puts it by default. */
export function dataRoot(): string | undefined {
  return process.env.LOWBIT_DATA || undefined;
}

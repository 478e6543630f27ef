/** A file or a tensor that the format does not allow: one line that says what, where, and what was received. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
}

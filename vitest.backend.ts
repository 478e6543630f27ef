import { createRequire } from 'node:module';
import { vi } from 'vitest';

// With LOWBIT_TEST_BACKEND=node the tests that ask for the plain cpu backend get TensorFlow's own (see npm run native).
vi.mock(import('@tensorflow/tfjs-core'), async (original) => {
  const tf = await original();
  const util = process.getBuiltinModule('node:util') as { isArray?: unknown; isNullOrUndefined?: unknown };
  util.isArray ??= Array.isArray;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  createRequire(import.meta.url)('@tensorflow/tfjs-node');
  return { ...tf, setBackend: (name: string) => tf.setBackend(name === 'cpu' ? 'tensorflow' : name) };
});

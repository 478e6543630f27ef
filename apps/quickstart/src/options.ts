import { parseArgs } from 'node:util';

/** What `npm start -- …` was told. */
export interface Options {
  /** Backend of both runs; undefined: wasm, or what a resumed run had. */
  readonly backend?: string;
  /** Changes of both experiments, as `lowbit train --set` takes them. */
  readonly set: readonly string[];
  /** Folder of an earlier quickstart to go on with. */
  readonly resume?: string;
  readonly help: boolean;
}

export const HELP = `npm start -- [options]

Trains a W1A4 L-SSPQ beside its float twin on the handwritten digits.

  --backend <name>   auto, node-gpu, node, webgpu, wasm or cpu; left out: LOWBIT_BACKEND, else wasm,
                     which gives the same figures each time
  --set <a.b=c>      change one value of both experiments; may be repeated
  --resume <dir>     go on with an interrupted quickstart
  --help             this text
`;

/** @throws Error what cannot be understood, in one line */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      backend: { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
      resume: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return { ...values, backend: values.backend ?? (env.LOWBIT_BACKEND || undefined) };
}

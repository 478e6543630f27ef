// Threads of Node and of browsers.
import source from '../generated/worker.js';

/** A thread in the making or at work. */
export interface Thread {
  post(message: unknown): void;
  /** From now on a process does not wait for it. */
  release(): void;
  end(): void;
}

export interface ThreadEvents {
  /** It is at work. */
  readonly onReady: () => void;
  /** It cannot be started, or has ended without being asked. */
  readonly onEnd: (reason: string) => void;
}

/** Processors that threads can run on. */
export function coreCount(): number {
  const os = globalThis.process?.getBuiltinModule?.('node:os');
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Why no threads can share memory here; undefined where they can. */
export function whyAlone(): string | undefined {
  if (nodeWorkers()) return undefined;
  if (typeof Worker === 'undefined') return 'the host has no workers';
  if (globalThis.crossOriginIsolated && typeof SharedArrayBuffer !== 'undefined') return undefined;
  return (
    'the page is not cross-origin isolated; serve it with the headers ' +
    "'Cross-Origin-Opener-Policy: same-origin' and 'Cross-Origin-Embedder-Policy: require-corp'"
  );
}

/** Starts a worker. @throws Error where the host refuses */
export function startThread({ onReady, onEnd }: ThreadEvents): Thread {
  const workers = nodeWorkers();
  if (workers) {
    // none of the process's own options, such as loaders, which would load what the worker does not need
    const worker = new workers.Worker(source, { eval: true, execArgv: [] });
    worker.on('message', onReady);
    worker.on('error', (error) => onEnd(String(error)));
    worker.on('exit', (code) => onEnd(`it ended with code ${code}`));
    return {
      post: (message) => worker.postMessage(message),
      release: () => worker.unref(),
      end: () => void worker.terminate(),
    };
  }
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.onmessage = onReady;
  worker.onerror = ({ message }) =>
    onEnd(message || "it could not start; a content security policy must allow 'blob:'");
  return {
    post: (message) => worker.postMessage(message),
    release: () => URL.revokeObjectURL(url),
    end: () => worker.terminate(),
  };
}

function nodeWorkers(): typeof import('node:worker_threads') | undefined {
  return globalThis.process?.getBuiltinModule?.('node:worker_threads');
}

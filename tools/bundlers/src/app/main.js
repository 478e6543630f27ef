/* global Worker */
import { classify } from './classify.js';

function inWorker(...args) {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => ('error' in data ? reject(new Error(data.error)) : resolve(data));
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(args);
  }).finally(() => worker.terminate());
}

Object.assign(globalThis, { onMain: classify, inWorker });

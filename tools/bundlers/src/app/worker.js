import { classify } from './classify.js';

globalThis.onmessage = async ({ data }) => {
  globalThis.postMessage(await classify(...data).catch(({ message }) => ({ error: message })));
};

import { classify } from './classify.js';

onmessage = async ({ data }) => {
  postMessage(await classify(...data).catch(({ message }) => ({ error: message })));
};

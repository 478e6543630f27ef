import { API_VERSION, definePlugin } from '@lowbit/plugin-api';
import { apotFactory } from './apot.js';

export { apot, type ApotOptions } from './apot.js';
export { magnitudes } from './levels.js';

/** What `"plugins": ["lowbit-quantizer-apot"]` loads. */
export default definePlugin({
  name: 'lowbit-quantizer-apot',
  apiVersion: API_VERSION,
  quantizers: { apot: apotFactory },
});

import { API_VERSION, definePlugin } from '@lowbit/plugin-api';
import { dorefa } from './dorefa/factory.js';

/** This package as a plugin: the quantizer 'dorefa'. */
export const plugin = definePlugin({
  name: '@lowbit/quant-core',
  apiVersion: API_VERSION,
  quantizers: { dorefa },
});

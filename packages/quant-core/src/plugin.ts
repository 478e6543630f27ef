import { API_VERSION, definePlugin } from '@lowbit/plugin-api';
import { lqNetsFactory } from './families/lq-nets.js';
import { lsqFactory } from './families/lsq.js';
import { qilFactory } from './families/qil.js';
import { uniformFactory } from './families/uniform.js';
import { dorefa } from './dorefa/factory.js';

/** This package as a plugin: its quantizers. */
export const plugin = definePlugin({
  name: '@lowbit/quant-core',
  apiVersion: API_VERSION,
  quantizers: { dorefa, 'lq-nets': lqNetsFactory, lsq: lsqFactory, qil: qilFactory, uniform: uniformFactory },
});

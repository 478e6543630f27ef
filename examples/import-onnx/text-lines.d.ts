import type { Dataset, Plugin } from '@lowbit/plugin-api';

declare const plugin: Plugin & { readonly datasets: { readonly 'text-lines': () => Dataset } };
export default plugin;

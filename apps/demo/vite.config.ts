import { defineConfig } from 'vite';
import { offline } from './src/offline/plugin.js';

/** Makes the page cross-origin isolated, so that there is shared memory; the service worker gives the same to what it has kept. */
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export default defineConfig({
  // the page may lie in any folder of a server
  base: './',
  resolve: { conditions: ['@lowbit/source', 'module', 'browser', 'development|production'] },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    rolldownOptions: {
      input: { index: 'index.html', 'service-worker': 'src/offline/service-worker.ts' },
      output: { entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js') },
    },
  },
  server: { headers },
  preview: { headers },
  plugins: [offline()],
});

import { library } from '../../tsup.shared.js';

// A worker is a file of its own beside the package's; the shim gives CommonJS the URL to find it by.
export default library({
  entry: { index: 'src/index.ts', browser: 'src/browser.ts', worker: 'src/parallel/worker.ts' },
  dts: { entry: ['src/index.ts', 'src/browser.ts'] },
  shims: true,
});

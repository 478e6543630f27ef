import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';
import * as vite from 'vite';
import webpack from 'webpack';

/** Bundles the app in a folder, with no setting but what it cannot do without, into another: it has an index.html then. */
export const bundlers: Readonly<Record<string, (app: string, out: string) => Promise<void>>> = {
  async vite(app, out) {
    await vite.build({ root: app, configFile: false, logLevel: 'warn', build: { outDir: out, emptyOutDir: true } });
  },
  async webpack(app, out) {
    const compiler = webpack({ mode: 'production', context: app, entry: './main.js', output: { path: out } });
    const stats = await new Promise<webpack.Stats>((resolve, reject) =>
      compiler.run((error, stats) => (error ? reject(error) : resolve(stats!))),
    );
    await new Promise((resolve) => compiler.close(resolve));
    if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString('errors-warnings'));
    writeFileSync(path.join(out, 'index.html'), '<!doctype html><script src="./main.js"></script>');
  },
  async esbuild(app, out) {
    const entryPoints = ['main.js', 'worker.js'].map((name) => path.join(app, name));
    const { warnings } = await esbuild.build({ entryPoints, bundle: true, minify: true, format: 'esm', outdir: out });
    if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join('\n'));
    cpSync(path.join(app, 'index.html'), path.join(out, 'index.html'));
  },
  /** No bundler: the package's module by its address at a CDN. */
  async cdn(app, out) {
    for (const name of ['index.html', 'main.js', 'worker.js', 'classify.js']) {
      const text = readFileSync(path.join(app, name), 'utf8').replace("'@lowbit/runtime'", `'${CDN}/dist/index.js'`);
      writeFileSync(path.join(out, name), text);
    }
  },
};

/** The package's folder on another origin. */
export const CDN = 'https://cdn.test/@lowbit/runtime';

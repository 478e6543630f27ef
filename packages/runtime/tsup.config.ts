import { library } from '../../tsup.shared.js';

// the reader of files and the types of graphs are part of what is published: the runtime depends on nothing
export default library({
  noExternal: [/^@lowbit\//],
  dts: { resolve: true },
  esbuildOptions(options) {
    options.conditions = ['@lowbit/source'];
  },
});

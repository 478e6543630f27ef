const { argv, stdout } = require('node:process');
const { load } = require('@lowbit/runtime');

(async () => {
  const model = await load(argv[2]);
  const outputs = await model.run({ [model.inputs[0].name]: Float32Array.from(JSON.parse(argv[3])) });
  const bits = Array.from(new Uint32Array(outputs[model.outputs[0].name].buffer));
  stdout.write(JSON.stringify({ bits, simd: model.simd }));
  model.dispose();
})();

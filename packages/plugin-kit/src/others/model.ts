import { createRegistry, type ExtensionFactory, type Plugin } from '@lowbit/plugin-api';
import quantCore, { quantizedLayers, useRegistry } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel, type LayersModel } from '@tensorflow/tfjs-layers';
import { rule, violationsOf, type On, type Rule, type RuleViolation } from '../rule.js';
import { shapeOf } from '../show.js';
import { onBackends, testRules } from '../suite.js';
import { firstDifference, normal } from '../values.js';
import { madeBy, refusesUnknownOptions, type FactoryOptions, type Made } from './made.js';
import { savedModel } from '../saved-model.js';

/** What an author declares of a model builder. */
export interface ModelOptions extends FactoryOptions {
  /** Shape of one input, without the batch axis; [16, 16, 3] unless given. */
  readonly inputShape?: readonly number[];
  /** Number of classes; 7 unless given. */
  readonly classes?: number;
  /** Plugins whose quantizers and layers its options name, besides those of `@lowbit/quant-core`. */
  readonly plugins?: readonly Plugin[];
  /** Backends that it is tried on, besides 'cpu'; your test imports the packages that bring them. */
  readonly backends?: readonly string[];
}

/** A model builder as the rules see it. */
export interface ModelSubject {
  readonly made: Made<'models'>;
  /** Makes the model with other initial weights. */
  readonly seeded: (seed: number) => LayersModel;
  readonly inputShape: readonly number[];
  readonly classes: number;
  readonly plugins: readonly Plugin[];
}

const outputs = rule<ModelSubject>(
  'it takes [n, ...inputShape] and gives finite logits [n, classes]',
  (subject, on) => {
    withModel(subject, on, 'the model', (model, broken) => {
      const expected = [null, ...subject.inputShape];
      if (model.inputs.length !== 1 || shapeOf(model.inputs[0]!.shape) !== shapeOf(expected)) {
        throw broken(
          `one input of shape ${shapeOf(expected)}`,
          model.inputs.map(({ shape }) => shapeOf(shape)).join(' and '),
        );
      }
      for (const examples of [1, 3]) {
        const result = model.predict(batchOf(subject, examples)) as tf.Tensor;
        const shape = [examples, subject.classes];
        if (shapeOf(result.shape) !== shapeOf(shape))
          throw broken(`shape ${shapeOf(shape)} of a batch of ${examples}`, shapeOf(result.shape));
        const wrong = result.dataSync().find((value) => !Number.isFinite(value));
        if (wrong !== undefined) throw broken('finite logits', wrong);
      }
    });
  },
);

const seeds = rule<ModelSubject>('the seed decides the initial weights: the same, the same bits', (subject, on) => {
  const weightsOf = (seed: number): Float32Array[] => {
    const model = subject.seeded(seed);
    try {
      return model.getWeights().map((each) => Float32Array.from(each.dataSync()));
    } finally {
      model.dispose();
    }
  };
  on('seeds 1, 1 and 2', (broken) => {
    const [first, again, other] = [weightsOf(1), weightsOf(1), weightsOf(2)];
    if (first!.some((each, i) => firstDifference(each, again![i]!) >= 0))
      throw broken('the same weights of the same seed', 'others');
    if (first!.every((each, i) => firstDifference(each, other![i]!) < 0))
      throw broken('other weights of another seed', 'the same');
  });
});

const examples = rule<ModelSubject>('at evaluation an example has the same logits in any batch', (subject, on) => {
  withModel(subject, on, 'a batch of 3, and its last example alone', (model, broken) => {
    const batch = batchOf(subject, 3);
    model.apply(batch, { training: true }); // quantizers make their state
    const together = tf.slice(model.predict(batch) as tf.Tensor, 2, 1).dataSync();
    const alone = (model.predict(tf.slice(batch, 2, 1)) as tf.Tensor).dataSync();
    const wrong = together.findIndex((value, i) => !(Math.abs(value - alone[i]!) <= 1e-3 * (1 + Math.abs(value))));
    if (wrong >= 0) throw broken(`${alone[wrong]} for class ${wrong}, as alone`, together[wrong]);
  });
});

const trains = rule<ModelSubject>('the loss has a finite gradient in every trainable weight', (subject, on) => {
  withModel(subject, on, 'a batch of 4', (model, broken) => {
    const targets = tf.oneHot(tf.tensor1d([0, 1, 0, 1], 'int32'), subject.classes);
    const variables = model.trainableWeights.map((each) => each.read() as tf.Variable);
    const loss = (): tf.Scalar => {
      const logits = model.apply(batchOf(subject, 4), { training: true }) as tf.Tensor;
      return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1)));
    };
    const { grads } = tf.variableGrads(loss, variables);
    model.trainableWeights.forEach((weight, i) => {
      const gradient = grads[variables[i]!.name];
      const values = gradient?.dataSync();
      if (!values) throw broken(`a gradient of '${weight.originalName}'`, 'none');
      const wrong = values.find((value) => !Number.isFinite(value));
      if (wrong !== undefined) throw broken(`a finite gradient of '${weight.originalName}'`, wrong);
    });
  });
});

const saved = rule<ModelSubject>(
  'saved, and loaded by tf.loadLayersModel, it computes the same',
  async (subject, on) => {
    const model = subject.made.make();
    const registry = useRegistry(createRegistry([quantCore, ...subject.plugins]));
    let loaded: LayersModel | undefined;
    try {
      await on('the model', async (broken) => {
        loaded = await loadLayersModel(await savedModel(model));
        const [expected, received] = [model, loaded].map((each) =>
          tf.tidy(() => (each.predict(batchOf(subject, 2)) as tf.Tensor).dataSync()),
        );
        const wrong = firstDifference(expected!, received!);
        if (wrong >= 0) throw broken(`${expected![wrong]} at [${wrong}]`, received![wrong]);
        const places = [model, loaded].map((each) =>
          quantizedLayers(each)
            .map(({ path }) => path)
            .join(', '),
        );
        if (places[0] !== places[1]) throw broken(`quantizers in ${places[0]}`, places[1]);
      });
    } finally {
      model.dispose();
      loaded?.dispose();
      useRegistry(registry);
    }
  },
);

const leaks = rule<ModelSubject>(
  'it can be disposed of wholly, and leaves nothing behind when it is used',
  (subject, on) => {
    const before = tf.memory().numTensors;
    const model = subject.made.make();
    on('predict', (broken) => {
      const x = batchOf(subject, 2);
      const held = tf.memory().numTensors;
      tf.dispose(model.predict(x) as tf.Tensor);
      const left = tf.memory().numTensors - held;
      x.dispose();
      if (left !== 0) throw broken('as many tensors after as before', `${left} more`);
    });
    on('dispose', (broken) => {
      model.dispose();
      const left = tf.memory().numTensors - before;
      if (left !== 0) throw broken('no tensor of it left', `${left} left`);
    });
  },
);

function withModel(
  { made }: ModelSubject,
  on: On,
  input: string,
  body: (model: LayersModel, broken: Parameters<Parameters<On>[1]>[0]) => void,
): void {
  const model = made.make();
  try {
    on(input, (broken) => tf.tidy(() => body(model, broken)));
  } finally {
    model.dispose();
  }
}

function batchOf({ inputShape }: ModelSubject, examples: number): tf.Tensor {
  const shape = [examples, ...inputShape];
  return tf.tensor(normal(tf.util.sizeFromShape(shape), 1), shape);
}

/** The contract of a model builder, rule by rule. */
export const modelRules: readonly Rule<ModelSubject>[] = [
  outputs,
  seeds,
  examples,
  trains,
  saved,
  leaks,
  refusesUnknownOptions(),
];

function subjectOf(factory: ExtensionFactory<'models'>, given: ModelOptions): ModelSubject {
  const { options, inputShape = [16, 16, 3], classes = 7, plugins = [] } = given;
  const others = [quantCore, ...plugins];
  const registry = createRegistry(others);
  const madeWith = (seed: number) =>
    madeBy('models', factory, options, { inputShape, classes, seed, registry }, others);
  return { made: madeWith(1), seeded: (seed) => madeWith(seed).make(), inputShape, classes, plugins };
}

/** The rules that a model builder breaks on the backend in use: none where it keeps the contract of `Extensions.models`. */
export function checkModel(factory: ExtensionFactory<'models'>, options: ModelOptions = {}): Promise<RuleViolation[]> {
  return violationsOf(modelRules, subjectOf(factory, options));
}

/** A vitest suite of the contract of a model builder. */
export function describeModel(factory: ExtensionFactory<'models'>, options: ModelOptions = {}): void {
  onBackends(`a model ${JSON.stringify(options.options ?? {})} keeps its contract`, options.backends, () =>
    testRules(modelRules, () => subjectOf(factory, options)),
  );
}

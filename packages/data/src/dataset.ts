import { parseOptions, type DatasetContext, type Schema } from '@lowbit/plugin-api';
import type { LabelledDataset } from './splits/split.js';

/** A data set's factory: it checks its options, so that it can also be called without a registry. */
export interface DatasetFactory<Options> {
  (options?: Options, context?: DatasetContext): Promise<LabelledDataset>;
  readonly options: Schema<Options>;
}

/** Ties the function that loads a data set to its name and the schema of its options. */
export function datasetFactory<Options extends object>(
  name: string,
  schema: Schema<Options>,
  load: (options: Options, context: DatasetContext) => Promise<LabelledDataset>,
): DatasetFactory<Options> {
  const make = async (options?: Options, context: DatasetContext = {}): Promise<LabelledDataset> =>
    load(parseOptions(schema, options ?? {}, `dataset '${name}'`), context);
  return Object.assign(make, { options: schema });
}

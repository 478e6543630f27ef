import type { LoweredValue } from '../draft.js';
import type { Layer } from '../layer.js';
import type { LayerScope } from '../scope.js';

/** How the layers of a class are lowered: adds nodes for one application of a layer and gives its result, or its results. */
export type Rule = (layer: Layer, inputs: readonly LoweredValue[], scope: LayerScope) => LoweredValue | LoweredValue[];

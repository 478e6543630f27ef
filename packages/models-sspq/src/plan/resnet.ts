import type { Plan } from './node.js';
import { eachGroup, IMAGENET_DETAILS, Parts, type LayerQuantizers, type Stem } from './parts.js';
import { PlanWriter, type Value } from './plan-writer.js';

/** A ResNet of bottleneck blocks. */
export interface ResnetArchitecture {
  readonly name: string;
  readonly widths: readonly number[];
  readonly blocks: readonly number[];
  readonly expansion: number;
  readonly stem: Stem;
}

/**
 * Lays out ResNet50 and its like: 1×1 → 3×3 (with the stride) → 1×1, batch norm after each, projection shortcuts with batch
 * norm. He et al. 2016 as tensorpack builds it, which the SSPQ authors compare with; the last batch norm of a block starts
 * with γ = 0.
 *
 * @throws LowbitError an input too small for the strides
 */
export function resnetPlan(
  { name, widths, blocks, expansion, stem }: ResnetArchitecture,
  quantizers: LayerQuantizers,
  shape: readonly number[],
  classes: number,
): Plan {
  const writer = new PlanWriter(name, shape);
  const parts = new Parts(writer, quantizers, IMAGENET_DETAILS);

  let x: Value = parts.stem(stem);
  for (const { width, blocks: list } of eachGroup(widths, blocks)) {
    const filters = expansion * width;
    for (const { name: block, strides } of list) {
      let out = parts.conv(`${block}/conv1`, x, { filters: width });
      out = parts.activate(`${block}/activation1`, parts.norm(`${block}/norm1`, out));
      out = parts.conv(`${block}/conv2`, out, { filters: width, kernelSize: 3, strides });
      out = parts.activate(`${block}/activation2`, parts.norm(`${block}/norm2`, out));
      out = parts.norm(`${block}/norm3`, parts.conv(`${block}/conv3`, out, { filters }), 'zeros');
      const same = x.shape.at(-1) === filters && strides === 1;
      const shortcut = same ? x : projection(parts, block, x, filters, strides);
      x = parts.activate(`${block}/activation3`, parts.add(`${block}/add`, out, shortcut));
    }
  }
  parts.classifier(parts.averagePool('classifier/pool', x), classes);
  return writer.finish();
}

function projection(parts: Parts, block: string, x: Value, filters: number, strides: number): Value {
  return parts.norm(`${block}/shortcut_norm`, parts.conv(`${block}/shortcut`, x, { filters, strides }));
}

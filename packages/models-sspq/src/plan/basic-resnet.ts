import type { Plan } from './node.js';
import { eachGroup, IMAGENET_DETAILS, Parts, type LayerQuantizers, type Stem } from './parts.js';
import { PlanWriter, type Value } from './plan-writer.js';

/** A ResNet of basic blocks. */
export interface BasicResnetArchitecture {
  readonly name: string;
  readonly widths: readonly number[];
  readonly blocks: readonly number[];
  readonly stem: Stem;
}

/**
 * Lays out ResNet20 and its like for CIFAR: 3×3 (with the stride) → 3×3, batch norm after each, activations after the first and
 * after the sum. Where a group changes the width, the shortcut is a 1×1 convolution without batch norm: the rule that gives the
 * parameter counts of Boo's table 2.1. He et al. 2016, section 4.2.
 *
 * @throws LowbitError an input too small for the strides
 */
export function basicResnetPlan(
  { name, widths, blocks, stem }: BasicResnetArchitecture,
  quantizers: LayerQuantizers,
  shape: readonly number[],
  classes: number,
): Plan {
  const writer = new PlanWriter(name, shape);
  const parts = new Parts(writer, quantizers, IMAGENET_DETAILS);

  let x: Value = parts.stem(stem);
  for (const { width: filters, blocks: list } of eachGroup(widths, blocks)) {
    for (const { name: block, strides } of list) {
      let out = parts.conv(`${block}/conv1`, x, { filters, kernelSize: 3, strides });
      out = parts.activate(`${block}/activation1`, parts.norm(`${block}/norm1`, out));
      out = parts.norm(`${block}/norm2`, parts.conv(`${block}/conv2`, out, { filters, kernelSize: 3 }));
      const same = x.shape.at(-1) === filters && strides === 1;
      const shortcut = same ? x : parts.conv(`${block}/shortcut`, x, { filters, strides });
      x = parts.activate(`${block}/activation2`, parts.add(`${block}/add`, out, shortcut));
    }
  }
  parts.classifier(parts.averagePool('classifier/pool', x), classes);
  return writer.finish();
}

import type { Plan, ShiftKind } from './node.js';
import { eachGroup, IMAGENET_DETAILS, Parts, type LayerQuantizers, type Stem } from './parts.js';
import { PlanWriter, type Value } from './plan-writer.js';

/** An ASL net: active shift, then one point-wise convolution. */
export interface AslArchitecture {
  readonly name: string;
  readonly widths: readonly number[];
  readonly blocks: readonly number[];
  readonly expansion: number;
  readonly stem: Stem;
  readonly shift: Exclude<ShiftKind, 'rounded'>;
  /**
   * Whether batch norm and activation also begin the first block of a group. The count that L-SSPQ table 2 prints has none
   * there, the uploaded code has them.
   */
  readonly firstPreactivation: boolean;
}

/**
 * Lays out ASL50 and its like as the SSPQ repository compares with them: (batch norm, ReLU) → shift of the block's input →
 * 1×1 → batch norm, + shortcut. A shift has two offsets for each channel that it moves.
 *
 * @throws LowbitError an input too small for the strides
 */
export function aslPlan(
  architecture: AslArchitecture,
  quantizers: LayerQuantizers,
  shape: readonly number[],
  classes: number,
): Plan {
  const { name, widths, blocks, expansion, shift, firstPreactivation } = architecture;
  const writer = new PlanWriter(name, shape);
  const parts = new Parts(writer, quantizers, IMAGENET_DETAILS);

  let x: Value = parts.stem(architecture.stem);
  for (const { group, width, blocks: list } of eachGroup(widths, blocks)) {
    const filters = expansion * width;
    for (const { name: block, index, strides } of list) {
      const start = index > 0 || firstPreactivation ? parts.normActivate(`${block}/preact`, x) : x;
      const moved = writer.add(`${block}/shift`, { op: 'shift', shift, strides }, start);
      const out = parts.norm(`${block}/norm`, parts.conv(`${block}/pointwise`, moved, { filters }));
      const same = x.shape.at(-1) === filters && strides === 1;
      const shortcut = same ? x : parts.conv(`${block}/shortcut`, x, { filters, strides });
      x = parts.add(`${block}/add`, out, shortcut);
    }
    x = parts.normActivate(group, x);
  }
  parts.classifier(parts.averagePool('classifier/pool', x), classes);
  return writer.finish();
}

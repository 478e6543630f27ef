import { LowbitError } from '@lowbit/plugin-api';
import type { Plan, ShiftKind } from './node.js';
import { CIFAR_DETAILS, eachGroup, IMAGENET_DETAILS, Parts, type LayerQuantizers, type Stem } from './parts.js';
import { PlanWriter, type Value } from './plan-writer.js';

/** What the second point-wise convolution of a block sees of what comes out of the shift. */
export type AfterShift = 'float' | 'rounded-shift' | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** Which of the authors' scripts the details follow; see {@link SspqArchitecture.script}. */
export type Script = 'imagenet' | 'cifar';

/** An SSPQ, L-SSPQ or ResIBShift net. */
export interface SspqArchitecture {
  readonly name: string;
  /** w of each group: the width inside of its blocks; expansion·w is what comes out of them. */
  readonly widths: readonly number[];
  /** Blocks of each group, before L-SSPQ leaves one out. */
  readonly blocks: readonly number[];
  readonly expansion: number;
  /**
   * - 'imagenet': no biases; the first block of a group has no activation of its own, the later ones have.
   * - 'cifar': the second point-wise convolution, the projection shortcut and the last 1×1 have biases; no block of the first
   *   group has an activation of its own, all later ones have.
   *
   * Each brings its script's initial weights and batch-norm epsilon too.
   */
  readonly script: Script;
  readonly stem: Stem;
  /** L-SSPQ: the last block gives way to a 1×1 convolution to the last width. L-SSPQ §III-C. */
  readonly light: boolean;
  /** Whether batch norm follows the second point-wise convolution. */
  readonly secondBn: boolean;
  readonly shift: Exclude<ShiftKind, 'rounded'>;
  readonly afterShift: AfterShift;
}

/**
 * Lays out an SSPQ net (SSPQ50: `light` false; L-SSPQ: true). Without quantizers it is ResIBShift.
 *
 * Source: L-SSPQ §III-B, §III-C, figure 2, and the authors' scripts where the paper is silent.
 *
 * @throws LowbitError an input too small for the strides; `afterShift` in bits without quantized activations
 */
export function sspqPlan(
  architecture: SspqArchitecture,
  quantizers: LayerQuantizers,
  shape: readonly number[],
  classes: number,
): Plan {
  const { name, widths, blocks, script, light } = architecture;
  const writer = new PlanWriter(name, shape);
  const parts = new Parts(writer, quantizers, script === 'cifar' ? CIFAR_DETAILS : IMAGENET_DETAILS);
  const kept = light ? [...blocks.slice(0, -1), blocks.at(-1)! - 1] : blocks;

  let x = parts.stem(architecture.stem);
  for (const { group, index: groupIndex, width, blocks: list } of eachGroup(widths, kept)) {
    for (const { name: block, index, strides } of list) {
      const preactivated = script === 'cifar' ? groupIndex > 0 : index > 0;
      x = sspqBlock(parts, architecture, quantizers, { block, x, width, strides, preactivated });
    }
    x = parts.normActivate(group, x);
  }
  if (light) {
    x = parts.conv('last/pointwise', x, { filters: widths.at(-1)!, useBias: script === 'cifar' });
    x = parts.normActivate('last', x);
  }
  x = parts.averagePool('classifier/pool', x);
  if (light) x = parts.activate('classifier/activation', x);
  parts.classifier(x, classes);
  return writer.finish();
}

interface Block {
  readonly block: string;
  readonly x: Value;
  readonly width: number;
  readonly strides: number;
  readonly preactivated: boolean;
}

function sspqBlock(
  parts: Parts,
  architecture: SspqArchitecture,
  quantizers: LayerQuantizers,
  { block, x, width, strides, preactivated }: Block,
): Value {
  const { expansion, script, secondBn } = architecture;
  const useBias = script === 'cifar';
  const filters = expansion * width;

  let stem = preactivated ? parts.normActivate(`${block}/preact`, x) : x;
  stem = parts.conv(`${block}/pointwise1`, stem, { filters: width });
  stem = parts.activate(`${block}/activation`, parts.norm(`${block}/norm1`, stem));
  stem = shifted(parts, architecture, quantizers, { block, x: stem, strides });
  stem = parts.conv(`${block}/pointwise2`, stem, { filters, useBias });
  if (secondBn) stem = parts.norm(`${block}/norm2`, stem);

  // the shortcut takes x as it is: what a pre-activation does stays inside of the stem
  const same = x.shape.at(-1) === filters && strides === 1;
  const shortcut = same ? x : parts.conv(`${block}/shortcut`, x, { filters, strides, useBias });
  return parts.add(`${block}/add`, stem, shortcut);
}

function shifted(
  { plan }: Parts,
  { name, shift, afterShift }: SspqArchitecture,
  { activations }: LayerQuantizers,
  { block, x, strides }: Pick<Block, 'block' | 'x' | 'strides'>,
): Value {
  const kind = afterShift === 'rounded-shift' && shift === 'active' ? 'rounded' : shift;
  const out = plan.add(`${block}/shift`, { op: 'shift', shift: kind, strides }, x);
  if (typeof afterShift === 'string') return out;
  if (!activations) {
    throw new LowbitError('config', {
      what: 'afterShift in bits needs quantized activations',
      where: `model '${name}' at afterShift`,
      received: afterShift,
      hint: "give activations a quantizer, or afterShift 'float'",
    });
  }
  return plan.add(`${block}/after_shift`, { op: 'quantize', quantizer: activations.withBits(afterShift) }, out);
}

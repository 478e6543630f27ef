import { parseOptions, type DescribesStorage, type WeightStorage } from '@lowbit/plugin-api';
import { tidy, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import * as z from 'zod';
import { groupedShift } from '../grouped-shift.js';
import { kernelSize, stride, type GroupedShiftOptions } from '../options.js';
import {
  channelsOf,
  commonLayerArgs,
  imagesOf,
  layerFromConfig,
  registerLayer,
  stridedShape,
  type CommonLayerArgs,
  type LayerShape,
} from './shared.js';

/** Options of {@link groupedShift2d}. */
export interface GroupedShiftArgs extends CommonLayerArgs, GroupedShiftOptions {}

export const groupedShift2dSchema = z.strictObject({ ...commonLayerArgs, stride, kernelSize });

/** The layer of {@link groupedShift2d}. */
export class GroupedShift2D extends layers.Layer implements DescribesStorage {
  static override fromConfig = layerFromConfig;
  static readonly className = 'GroupedShift2D';
  readonly #options: Required<GroupedShiftOptions>;

  constructor(args: GroupedShiftArgs = {}) {
    const { stride, kernelSize, ...common } = parseOptions(groupedShift2dSchema, args, 'groupedShift2d');
    super(common);
    this.#options = { stride, kernelSize };
  }

  override build(inputShape: Parameters<InstanceType<typeof layers.Layer>['build']>[0]): void {
    channelsOf(inputShape, `layer '${this.name}'`);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    return stridedShape(inputShape, this.#options.stride);
  }

  override call(inputs: Tensor | Tensor[], kwargs: Record<string, unknown>): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      return groupedShift(imagesOf(inputs), this.#options);
    });
  }

  /** Nothing: the offsets follow from the number of channels. */
  describeStorage(): WeightStorage[] {
    return [];
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}

registerLayer(GroupedShift2D);

/**
 * A layer that applies {@link groupedShift}. It has no weights.
 *
 * @throws LowbitError an unknown or bad option; at build, an input that is not [n, height, width, channels]
 */
export function groupedShift2d(args: GroupedShiftArgs = {}): GroupedShift2D {
  return new GroupedShift2D(args);
}

import { sparseShift } from '../active-shift.js';
import { LearnedShiftLayer, learnedShiftSchema, type LearnedShiftArgs } from './learned-shift-layer.js';
import { registerLayer } from './shared.js';

export const sparseShift2dSchema = learnedShiftSchema({ radius: 1, l1: 5e-4 });

/** The layer of {@link sparseShift2d}. */
export class SparseShift2D extends LearnedShiftLayer {
  static readonly className = 'SparseShift2D';

  constructor(args: LearnedShiftArgs = {}) {
    super(sparseShift, sparseShift2dSchema, 'sparseShift2d', args);
  }
}

registerLayer(SparseShift2D);

/**
 * A layer that applies {@link sparseShift} with shifts of its own, [2, channels]. The shifts start in U(−1, 1) and carry an L1
 * penalty of 5e-4, as in the public code of the layer. They are stored as the real values that training needs, at 32 bits.
 *
 * @throws LowbitError an unknown or bad option; at build, an input that is not [n, height, width, channels]
 */
export function sparseShift2d(args: LearnedShiftArgs = {}): SparseShift2D {
  return new SparseShift2D(args);
}

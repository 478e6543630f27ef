import { activeShift } from '../active-shift.js';
import { LearnedShiftLayer, learnedShiftSchema, type LearnedShiftArgs } from './learned-shift-layer.js';
import { registerLayer } from './shared.js';

export const activeShift2dSchema = learnedShiftSchema({ radius: Math.SQRT1_2, l1: 0 });

/** The layer of {@link activeShift2d}. */
export class ActiveShift2D extends LearnedShiftLayer {
  static readonly className = 'ActiveShift2D';

  constructor(args: LearnedShiftArgs = {}) {
    super(activeShift, activeShift2dSchema, 'activeShift2d', args);
  }
}

registerLayer(ActiveShift2D);

/**
 * A layer that applies {@link activeShift} with shifts of its own, [2, channels].
 *
 * The defaults are those of SSPQ: shifts start in U(−√½, √½) and take the exact gradient at the full learning rate. ASL
 * is `{ radius: 1, shiftGradient: 'normalize', learningRateScale: 0.01 }`.
 *
 * @throws LowbitError an unknown or bad option; at build, an input that is not [n, height, width, channels]
 */
export function activeShift2d(args: LearnedShiftArgs = {}): ActiveShift2D {
  return new ActiveShift2D(args);
}

/** What part of the bins the smallest clip that is tried keeps. */
const LEAST_PART = 16;
/** How many clips are tried. */
const CLIPS = 256;
/** What the last bin counts for Q where it held nothing before what is clipped came to it: else no such clip would ever be taken. */
const LEAST_COUNT = 1e-4;

/**
 * After how many bins to clip, so that a number of levels loses the least information: of the bins that are kept, what is clipped added
 * to the last, the divergence KL(P‖Q) from what the levels make of them is least. Each level spreads its count over those of its bins
 * that hold any. The first bin counts as the second does, so that the many zeros after a ReLU do not decide.
 * TensorRT's entropy calibration (Migacz, GTC 2017), as NVIDIA's tools for PyTorch compute it, from memory; the least count is as MXNet has it.
 *
 * @param counts of magnitudes, in bins of equal width from 0 on
 * @param levels from 0 on
 */
export function entropyClip(counts: Float64Array, levels: number): number {
  let end = counts.length;
  while (end > 0 && counts[end - 1] === 0) end--;
  const bins = counts.slice(0, end);
  if (end > 1 && bins[1]! > 0) bins[0] = bins[1]!;
  const first = Math.max(Math.ceil(levels), Math.floor(end / LEAST_PART));
  const stride = Math.max(1, Math.floor(end / CLIPS));
  let best = { clip: end, divergence: Infinity };
  for (let clip = end; clip >= first; clip -= stride) {
    const divergence = divergenceAt(bins, clip, levels);
    if (divergence < best.divergence) best = { clip, divergence };
  }
  return best.clip;
}

function divergenceAt(bins: Float64Array, clip: number, levels: number): number {
  const total = bins.reduce((sum, count) => sum + count, 0);
  const kept = bins.slice(0, clip);
  const clipped = total - kept.reduce((sum, count) => sum + count, 0);
  const spread = spreadOverLevels(kept, levels);
  const ofSpread = spread.reduce((sum, count) => sum + count, 0);
  let divergence = 0;
  for (let i = 0; i < clip; i++) {
    const p = (kept[i]! + (i === clip - 1 ? clipped : 0)) / total;
    if (p > 0) divergence += p * Math.log((p * ofSpread) / Math.max(spread[i]!, LEAST_COUNT));
  }
  return divergence;
}

function spreadOverLevels(kept: Float64Array, levels: number): Float64Array {
  const spread = new Float64Array(kept.length);
  const levelOf = (bin: number) => Math.floor((bin * levels) / kept.length);
  for (let start = 0, end = 0; start < kept.length; start = end) {
    let [sum, filled] = [0, 0];
    for (; end < kept.length && levelOf(end) === levelOf(start); end++) {
      sum += kept[end]!;
      if (kept[end]! > 0) filled++;
    }
    for (let i = start; i < end; i++) if (kept[i]! > 0) spread[i] = sum / filled;
  }
  return spread;
}

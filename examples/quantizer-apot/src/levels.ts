/**
 * The magnitudes that sums of powers of two give, ascending from 0 to 1: 2^bits of them.
 *
 * A term of two bits is 0 or one of three powers; a term of one bit, which an odd number of bits leaves over, is 0 or one power. The powers
 * 1/2, 1/4, 1/8 … are dealt to the terms in turn, in three rounds, the last of which begins with the term of one bit. For even numbers of
 * bits that is eq. 5 of Li et al. with k = 2; for odd ones, which the paper leaves open, it is what the authors' code does.
 *
 * @param bits of a magnitude: one fewer than those of a signed weight
 */
export function magnitudes(bits: number): number[] {
  const terms: number[][] = Array.from({ length: Math.floor(bits / 2) }, () => [0]);
  const single = bits % 2 === 1 ? [0] : undefined;
  let exponent = 0;
  for (const round of [1, 2, 3]) {
    if (round === 3) single?.push(2 ** --exponent);
    for (const term of terms) term.push(2 ** --exponent);
  }
  const sums = [...terms, ...(single ? [single] : [])].reduce(
    (all, term) => all.flatMap((sum) => term.map((power) => sum + power)),
    [0],
  );
  const largest = Math.max(...sums);
  return sums.map((sum) => sum / largest).sort((a, b) => a - b);
}

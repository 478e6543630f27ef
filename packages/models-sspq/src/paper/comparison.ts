/** One figure: what the paper prints, what the code computes, or both. */
export interface Figure {
  /** What it is, with its unit: 'size, MiB'. */
  readonly quantity: string;
  readonly published?: number;
  readonly computed?: number;
  /** Decimals that the paper prints, and that a computed figure is shown with. */
  readonly decimals: number;
}

/** A row of a comparison; a variant counts by another rule than its row does. */
export interface ComparisonRow {
  readonly label: string;
  readonly figures: readonly Figure[];
  readonly variants?: readonly ComparisonRow[];
}

/** One table or figure of the paper beside what the code computes. */
export interface Comparison {
  /** 'table 2', 'figure 1', … */
  readonly id: string;
  readonly title: string;
  readonly rows: readonly ComparisonRow[];
  /** Where the two differ and why, and what is published only. */
  readonly notes: readonly string[];
}

/** Whether a computed figure, rounded or cut to the printed decimals, is the published one; undefined without both. */
export function agrees({ published, computed, decimals }: Figure): boolean | undefined {
  if (published === undefined || computed === undefined) return undefined;
  const unit = 10 ** -decimals;
  const over = computed - published;
  // the printed value itself may lie a float's error away
  return Math.abs(over) <= unit / 2 + 1e-9 || (Math.abs(computed) > Math.abs(published) && Math.abs(over) < unit);
}

/**
 * Compares a run with our kernels to one without them and to what was reached before.
 *
 * @param {import('./run-suite.js').SuiteResult} stock
 * @param {import('./run-suite.js').SuiteResult} ours
 * @param {{ passing: number }} expected the count that may only rise
 * @returns {{ errors: string[], notes: string[], line: string }}
 */
export function judge(stock, ours, expected) {
  const failsOnStock = new Set(stock.failures.map(({ name }) => name));
  const lost = ours.failures.filter(({ name }) => !failsOnStock.has(name));
  const errors = lost.map(
    ({ name, reason }) => `passes on the stock WASM backend and fails with ours: ${name}: ${reason}`,
  );
  if (total(ours) < total(stock)) errors.push(`${total(ours)} specs ran with our kernels, and ${total(stock)} without`);
  if (ours.passed < expected.passing) errors.push(`${ours.passed} specs pass, and ${expected.passing} passed before`);
  const notes = [];
  if (ours.passed > expected.passing) notes.push(`more pass than expected.json says; run with --write and commit it`);
  const line =
    `tfjs-suite: ${ours.passed} pass, ${ours.failed} fail, ${ours.pending} pending with our kernels; ` +
    `stock WASM ${stock.passed} pass, ${stock.failed} fail; ${lost.length} lost; at least ${expected.passing} must pass`;
  return { errors, notes, line };
}

function total({ passed, failed }) {
  return passed + failed;
}

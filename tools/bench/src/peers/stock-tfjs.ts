import { fileURLToPath } from 'node:url';
import { peerPlan, type Net } from '../nets.js';
import { startChild } from '../run/child.js';
import type { Side, Skipped } from '../run/side.js';
import { SEED } from '../train/product.js';

/** Starts TF.js's own WASM backend as a side, with the kernels that it lacks put together from core ops. */
export async function startStockTfjs(name: string, net: Net, batch: number): Promise<Side | Skipped> {
  const script = fileURLToPath(new URL('../../../../bench/peers/stock-tfjs/side.js', import.meta.url));
  return startChild({
    name,
    command: process.execPath,
    args: [script, '--batch', String(batch), '--seed', String(SEED)],
    input: JSON.stringify(peerPlan(net, false)),
  });
}

import type { Owner } from '../kernels/calls.js';
import { startChild } from '../run/child.js';
import { nodeCommand } from '../run/node.js';
import type { Side, Skipped } from '../run/side.js';

/** Starts a process each of whose steps is a `model.fit` of one batch, with the kernels of one owner. */
export function startFit(name: string, owner: Owner, batch: number, net: string): Promise<Side | Skipped> {
  return startChild({ name, ...nodeCommand(new URL('./side.ts', import.meta.url), [owner, String(batch), net]) });
}

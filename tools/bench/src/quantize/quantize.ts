import { ratioFigure } from '../figures.js';
import type { Options } from '../options.js';
import type { Found } from '../report.js';
import { startChild } from '../run/child.js';
import { measureAll, type Group } from '../run/measure.js';
import { nodeCommand } from '../run/node.js';
import { SEED, startProduct } from '../train/product.js';
import { families, type Family } from './families.js';

const FLOAT = 'float';

/** Families that fit their levels anew in each step, which may cost more. */
const REFITS = new Set(['lq-nets', 'lloyd-max']);

/** Weights that are encoded. */
const MILLIONS = 25;

/** What a training step costs with each quantizer beside one in float, and how long many weights take to encode. */
export async function benchQuantize({ repetitions, only }: Options, log: (line: string) => void): Promise<Found> {
  const all = families();
  const steps = all.flatMap(stepsOf);
  const groups = [
    ...steps.map(({ group }) => group(repetitions)),
    ...all.flatMap(({ name, weights }) => (weights ? [encoding(name, weights.bits, repetitions)] : [])),
  ];
  const found = await measureAll(groups, only, log);
  const figures = steps.flatMap(({ shape, side, limit }) =>
    ratioFigure(found.rows, {
      what: `time of a step, ${shape}`,
      shape,
      side: FLOAT,
      against: side,
      target: { atMost: limit },
    }),
  );
  return { ...found, figures, seed: SEED };
}

/** A family in each of its roles, and in both. */
function stepsOf({ name, weights, activations }: Family) {
  const roles = [
    ...(weights ? [{ in: 'weights', quantizers: { weights, activations: 'relu' } }] : []),
    ...(activations ? [{ in: 'activations', quantizers: { weights: 'float', activations } }] : []),
  ];
  return roles.map((role) => {
    const [shape, side] = [`L20x4, batch 128, ${role.in} by ${name}`, name];
    const net = { backend: 'wasm', net: 'L20x4', batch: 128 } as const;
    const float = { weights: 'float', activations: 'relu' };
    const group = (timed: number): Group => ({
      shape,
      repetitions: { warm: 2, timed },
      sides: [
        () => startProduct({ name: FLOAT, ...net, quantizers: float }),
        () => startProduct({ name: side, ...net, quantizers: role.quantizers }),
      ],
    });
    return { shape, side, limit: REFITS.has(name) ? 1.5 : 1.25, group };
  });
}

function encoding(name: string, bits: number, timed: number): Group {
  const args = [name, String(bits), String(MILLIONS)];
  return {
    shape: `encoding ${MILLIONS} million weights`,
    repetitions: { warm: 1, timed: Math.min(timed, 3) },
    sides: [() => startChild({ name, ...nodeCommand(new URL('./side.ts', import.meta.url), args) })],
  };
}

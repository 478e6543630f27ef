import { LowbitError, type Role } from '@lowbit/plugin-api';
import { withPrecision } from '@lowbit/quant-core';
import { tidy, zeros } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Stage } from '../experiment/experiment.js';

/**
 * Checks that where a stage asks for bits there is something in the model to be quantized.
 *
 * @throws LowbitError ('config') bits for a role that no quantizer of the model has
 */
export function checkPrecisionSites(model: LayersModel, stages: readonly Stage[]): void {
  const asked = stages.flatMap(({ precision }, i) =>
    Object.entries(precision)
      .filter(([, bits]) => bits !== undefined && bits !== 'float')
      .map(([role, bits]) => ({ role: role as Role, bits, where: `stages[${i}].precision.${role}` })),
  );
  if (asked.length === 0) return;
  const there = rolesOf(model);
  const missing = asked.find(({ role }) => !there.has(role));
  if (!missing) return;
  const { role, bits, where } = missing;
  throw new LowbitError('config', {
    what: `nothing in the model quantizes ${role}`,
    where,
    received: bits,
    hint: `give the model a quantizer of ${role}; a precision only changes the bits of those that it has`,
  });
}

/** The roles of the quantizers that a forward pass asks for. */
function rolesOf(model: LayersModel): Set<Role> {
  const roles = new Set<Role>();
  const note = ({ role }: { role: Role }): undefined => void roles.add(role);
  const inputs = model.inputs.map(({ shape }) => [1, ...shape.slice(1).map((size) => size ?? 1)]);
  tidy(() => {
    const given = inputs.map((shape) => zeros(shape));
    withPrecision(note, () => model.apply(given.length === 1 ? given[0]! : given, { training: false }));
  });
  return roles;
}

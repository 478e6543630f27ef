import { factory, LowbitError, type Factory, type Quantizer, type Role, type Schema } from '@lowbit/plugin-api';

/** The error of a quantizer that is asked for in a role that it has no formula for. */
export function notMadeFor(name: string, role: Role): LowbitError {
  return new LowbitError('config', {
    what: `quantizer '${name}' is not made for ${role}`,
    where: `quantizer '${name}'`,
    received: role,
    hint: role === 'gradients' ? "for gradients there is 'dorefa'" : 'see the table of quantizers for one that is',
  });
}

/** The factory of a quantizer that is made for weights alone. */
export function forWeights<Options>(
  name: string,
  schema: Schema<Options>,
  make: (options: Options) => Quantizer,
): Factory<Options, Role, Quantizer> {
  return factory(schema, (options, role) => {
    if (role !== 'weights') throw notMadeFor(name, role);
    return make(options);
  });
}

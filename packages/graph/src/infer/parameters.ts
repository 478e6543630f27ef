import { LowbitError } from '@lowbit/plugin-api';
import type { CodedParameter, FloatParameter, Graph, Parameter } from '../graph.js';
import { levelCount } from '../levels.js';
import { sizeOf } from '../shapes.js';
import { integersProblem, isFloat32, MAX_LEVELS } from './level-problems.js';
import { checkName } from './names.js';

/** The most values that a parameter, or a value between nodes, may have: 1 GiB of float32. */
export const MAX_VALUES = 2 ** 28;

/** A parameter but for its data. */
type Declaration = Omit<FloatParameter, 'data'> | Omit<CodedParameter, 'data'>;

/** Parameters whose data is made, and checked, each time that it is read: {@link checkParameters} does not read it. */
export const checkedWhenRead = new WeakSet<Parameter>();

/** Refuses parameters that are not what their type says. @throws LowbitError */
export function checkParameters(parameters: Graph['parameters']): void {
  for (const [name, parameter] of Object.entries(parameters)) {
    checkName(name, 'the parameters');
    checkDeclaration(name, parameter);
    if (checkedWhenRead.has(parameter)) continue;
    checkData(name, parameter);
    if (parameter.kind === 'codes') checkCodes(name, parameter);
  }
}

/** All but the data. @throws LowbitError */
export function checkDeclaration(name: string, parameter: Declaration): void {
  const fail = failure(name);
  if (typeof parameter !== 'object' || parameter === null) return fail('a parameter must be an object', parameter);
  const { kind, shape } = parameter;
  if (kind !== 'float32' && kind !== 'codes') return fail("a parameter's kind must be 'float32' or 'codes'", kind);
  if (!isShape(shape)) return fail(`its shape must be sizes from 1 whose product is at most ${MAX_VALUES}`, shape);
  if (kind === 'codes') checkLevels(name, parameter);
}

function checkData(name: string, { kind, shape, data }: Parameter): void {
  const array = kind === 'codes' ? 'Uint8Array' : 'Float32Array';
  if (!isArray(data, array)) return failure(name)(`its data must be a ${array}`, typeof data);
  if (data.length !== sizeOf(shape))
    return failure(name)(`its data must be the ${sizeOf(shape)} values of its shape`, data.length);
}

/** Refuses codes without a level. @throws LowbitError */
export function checkCodes(name: string, { data, levels }: Pick<CodedParameter, 'data' | 'levels'>): void {
  const count = levelCount(levels);
  if (count === MAX_LEVELS) return;
  let at = 0;
  while (at < data.length && data[at]! < count) at++;
  if (at < data.length) failure(name)(`its codes must be below its ${count} levels`, `${data[at]} at ${at}`);
}

export function isShape(shape: unknown): shape is readonly number[] {
  if (!Array.isArray(shape) || shape.length > 16) return false;
  let size = 1;
  return shape.every((side) => Number.isInteger(side) && side >= 1 && (size *= side) <= MAX_VALUES);
}

function checkLevels(name: string, { shape, bits, levels }: Omit<CodedParameter, 'data'>): void {
  const fail = failure(name);
  if (!Number.isInteger(bits) || bits < 1 || bits > 8) return fail('its bits must be a whole number from 1 to 8', bits);
  if (typeof levels !== 'object' || levels === null || 'integers' in levels === 'values' in levels)
    return fail('its levels must be { integers } or { values, grid }', levels);
  if ('integers' in levels) {
    const problem = integersProblem(levels.integers, 1);
    if (problem) return fail(`its levels must be ${problem}`, levels.integers);
  } else {
    const { values, grid } = levels;
    if (!isArray(values, 'Float32Array') || !values.every(isFloat32))
      return fail('its levels must have a Float32Array of finite values');
    if (!isShape(grid) || grid.length !== shape.length || !grid.every((blocks, axis) => shape[axis]! % blocks === 0))
      return fail(`the grid of its levels must divide its shape [${shape.join(', ')}]`, grid);
  }
  const count = levelCount(levels);
  if (!Number.isInteger(count) || count < 1 || count > 2 ** bits)
    return fail(`it must have 1 to ${2 ** bits} levels for its ${bits} bits`, count);
}

function isArray(value: unknown, type: 'Uint8Array' | 'Float32Array'): boolean {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === `[object ${type}]`;
}

function failure(name: string) {
  return (what: string, received?: unknown): never => {
    throw new LowbitError('data', { what, where: `parameter '${name}'`, received });
  };
}

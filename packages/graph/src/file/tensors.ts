import { LowbitError } from '@lowbit/plugin-api';
import type { SafeTensor } from '@lowbit/safetensors';
import { crc32 } from './crc32.js';

/** Tensors of a file in the making, equal ones once. */
export class Tensors {
  readonly stored: Record<string, SafeTensor> = {};
  readonly #alike = new Map<string, string[]>();

  /**
   * @param kin what else must be equal for two tensors to be one
   * @returns the name of the tensor that holds this data: the given name, or an earlier one's
   */
  add(name: string, tensor: SafeTensor, kin: string): string {
    const bytes = bytesOf(tensor);
    const key = `${kin} ${tensor.dtype} ${tensor.shape.join()} ${crc32(bytes)}`;
    const alike = this.#alike.get(key) ?? [];
    const equal = alike.find((other) => sameBytes(bytesOf(this.stored[other]!), bytes));
    if (equal !== undefined) return equal;
    if (Object.hasOwn(this.stored, name)) {
      throw new LowbitError('data', {
        what: 'a file cannot hold two tensors of a name',
        where: 'the parameters and what nodes keep beside them',
        received: name,
        hint: 'give the parameter another name',
      });
    }
    this.stored[name] = tensor;
    this.#alike.set(key, [...alike, name]);
    return name;
  }
}

function bytesOf({ data }: SafeTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

import type { Arithmetic } from './elementwise.js';

/** What instructions do, in the order of their numbers. A root heeds its first operand alone. */
const OPERATIONS = ['add', 'sub', 'mul', 'div', 'sqrt'] as const;

/** Holds one value, written once: by an instruction, or before the first. */
export interface Register {
  readonly index: number;
  /** What it holds, of a constant. */
  readonly constant?: number;
}

/** Arithmetic that notes down what is calculated, for a kernel that does all of it in one pass. */
export class Program implements Arithmetic<Register> {
  readonly registers: Register[] = [];
  /** Instructions of four numbers: operation, and the registers of the result and of both operands. */
  readonly code: number[] = [];

  /** A new register. */
  register(constant?: number): Register {
    const register = { index: this.registers.length, constant };
    this.registers.push(register);
    return register;
  }

  add(a: Register, b: Register | number): Register {
    return this.#note('add', a, b);
  }

  sub(a: Register, b: Register | number): Register {
    return this.#note('sub', a, b);
  }

  mul(a: Register, b: Register | number): Register {
    return this.#note('mul', a, b);
  }

  div(a: Register, b: Register | number): Register {
    return this.#note('div', a, b);
  }

  sqrt(a: Register): Register {
    return this.#note('sqrt', a, a);
  }

  #note(operation: (typeof OPERATIONS)[number], a: Register, b: Register | number): Register {
    const operand = typeof b === 'number' ? this.register(b) : b;
    const result = this.register();
    this.code.push(OPERATIONS.indexOf(operation), result.index, a.index, operand.index);
    return result;
  }
}

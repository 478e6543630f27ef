const whole = new Intl.NumberFormat('en-US');

/** 32,200 bytes. */
export function bytes(count: number): string {
  return `${whole.format(count)} bytes`;
}

/** 0.213 ms; 12.4 ms. */
export function milliseconds(ms: number): string {
  return `${ms.toPrecision(3)} ms`;
}

/** 98.8 %; what is less than certain is not 100 %. */
export function percent(part: number): string {
  return `${Math.min(99.9, Math.round(1000 * part) / 10).toFixed(1)} %`;
}

/** 8.5×. */
export function times(ratio: number): string {
  return `${ratio.toFixed(ratio < 10 ? 1 : 0)}×`;
}

/** 1 bit; 32 bits. */
export function bits(count: number): string {
  return count === 1 ? '1 bit' : `${count} bits`;
}

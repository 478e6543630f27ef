/** 0.98123 → '98.12 %'. */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)} %`;
}

/** 12345 → '12,345'. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** Minutes and seconds: 75.3 → '1:15'. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

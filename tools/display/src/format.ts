/** Numbers as people read them. */

/** 0.98123 → '98.12 %'. */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)} %`;
}

/** 12345 → '12,345'. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** 75.3 → '1:15', 3675 → '1:01:15'. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const [first, ...rest] = parts[0] === 0 ? parts.slice(1) : parts;
  return [String(first), ...rest.map((part) => String(part).padStart(2, '0'))].join(':');
}

/** Four digits that count: 0.10000000149 → '0.1', 0.000123456 → '0.0001235'. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** 123456789 → '117.7 MiB'. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, value)) / 10));
  return power === 0 ? `${value} B` : `${(value / 1024 ** power).toFixed(1)} ${units[power]}`;
}

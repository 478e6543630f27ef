import { expect, it } from 'vitest';
import { bytes, count, duration, percent, short } from './format.js';

it.each([
  [percent(0.98123), '98.12 %'],
  [percent(1), '100.00 %'],
  [count(1234567), '1,234,567'],
  [duration(0.4), '0:00'],
  [duration(75.3), '1:15'],
  [duration(59.6), '1:00'],
  [duration(3675), '1:01:15'],
  [short(0.10000000149), '0.1'],
  [short(0.000123456), '0.0001235'],
  [bytes(0), '0 B'],
  [bytes(1023), '1023 B'],
  [bytes(1536), '1.5 KiB'],
  [bytes(170_052_171), '162.2 MiB'],
  [bytes(5 * 2 ** 40), '5120.0 GiB'],
])('%s', (shown, expected) => expect(shown).toBe(expected));

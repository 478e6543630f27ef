import { readFileSync } from 'node:fs';
import os from 'node:os';

/**
 * Seconds of all cores, since the machine started, in which they were at work; undefined where the system does not count them
 * (it is Linux that has /proc/stat).
 */
export function busySeconds(): number | undefined {
  return os.platform() === 'linux' ? busyOf(readFileSync('/proc/stat', 'utf8')) : undefined;
}

/** Of the text of /proc/stat: what is neither idle nor waiting for a disk, at 100 ticks a second. */
export function busyOf(stat: string): number {
  const [user, nice, system, , , interrupts, softInterrupts, stolen] = stat
    .split('\n')[0]!
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number) as [number, number, number, number, number, number, number, number];
  return (user + nice + system + interrupts + softInterrupts + stolen) / 100;
}

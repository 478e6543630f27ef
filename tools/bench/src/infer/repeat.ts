import type { Sample } from '../run/side.js';

/** Milliseconds that a repetition is to take at least. */
const ENOUGH = 60;

/** What is done as often as it takes for clocks to tell its time: once at first, and from then on for 60 ms or more. */
export class Repeated {
  #times = 1;

  constructor(private readonly run: (times: number) => Promise<void> | void) {}

  async step(): Promise<Sample> {
    const times = this.#times;
    const [start, before] = [performance.now(), process.cpuUsage()];
    await this.run(times);
    const ms = (performance.now() - start) / times;
    const { user, system } = process.cpuUsage(before);
    this.#times = Math.max(1, Math.ceil(ENOUGH / ms));
    return { ms, cpuMs: (user + system) / 1000 / times };
  }
}

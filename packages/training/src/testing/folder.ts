import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'lowbit-training-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The files below a folder, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** What must repeat bit for bit between equal runs, read from a run folder. */
export function repeatable(dir: string): Record<string, unknown> {
  const read = (...names: string[]) => readFileSync(path.join(dir, ...names));
  const { metrics, size } = JSON.parse(read('summary.json').toString()) as Record<string, unknown>;
  return {
    metrics: JSON.stringify(metrics),
    size: JSON.stringify(size),
    last: read('checkpoints', 'last', 'model.safetensors').toString('base64'),
    lastState: read('checkpoints', 'last', 'state.json').toString(),
    best: read('checkpoints', 'best', 'model.safetensors').toString('base64'),
    events: loggedEvents(dir)
      .filter(({ type }) => type !== 'start')
      .map(({ time: _time, seconds: _seconds, ...rest }) => rest),
  };
}

export function loggedEvents(dir: string): Record<string, unknown>[] {
  const text = readFileSync(path.join(dir, 'events.jsonl'), 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

// Runs `npm start` in a temporary folder and fails where it does not reach what it promises.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Least accuracy of the W1A4 net, and most that it may lose against its float twin. */
const LEAST = 0.975;
const LOSS = 0.015;

const cwd = mkdtempSync(path.join(os.tmpdir(), 'lowbit-start-'));
try {
  const bin = fileURLToPath(new URL('./quickstart.js', import.meta.url));
  const { status } = spawnSync(process.execPath, [bin, '--backend', 'wasm'], { cwd, stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm start ended with ${status}`);
  const [few, float] = ['w1a4', 'float'].map((name) => {
    const summary = readFileSync(path.join(cwd, 'runs/quickstart', name, 'summary.json'), 'utf8');
    return JSON.parse(summary).metrics.testAccuracy;
  });
  if (!(few >= LEAST)) throw new Error(`W1A4 reaches ${few}, which is less than ${LEAST}`);
  if (!(float - few <= LOSS))
    throw new Error(`W1A4 reaches ${few}, more than ${LOSS} less than the float twin's ${float}`);
} finally {
  rmSync(cwd, { recursive: true, force: true });
}

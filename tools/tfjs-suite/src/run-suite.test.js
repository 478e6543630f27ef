import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { runSuite } from './run-suite.js';

const folder = mkdtempSync(path.join(tmpdir(), 'tfjs-suite-'));
after(() => rmSync(folder, { recursive: true }));

function bundle(code) {
  const file = path.join(folder, 'specs.cjs');
  writeFileSync(file, code);
  return file;
}

test('counts the specs and names those that fail, one by one where a name comes again', async () => {
  const specs = `describe('x', () => {
    it('holds', () => expect(1).toBe(1));
    it('fails', () => expect(1).toBe(2));
    it('fails', () => { throw new Error('no'); });
    xit('waits', () => {});
  });`;
  const { passed, failed, pending, failures } = await runSuite(bundle(specs));
  assert.deepEqual([passed, failed, pending], [1, 2, 1]);
  assert.deepEqual(
    failures.map(({ name }) => name),
    ['x fails', 'x fails #2'],
  );
  assert.match(failures[1].reason, /no/);
});

test('a bundle that throws, ends the process or has no spec is an error', async () => {
  await assert.rejects(runSuite(bundle("throw new Error('broken bundle')")), /exit code 1.*broken bundle/s);
  await assert.rejects(runSuite(bundle('process.exit(0)')), /ended without a result/);
  await assert.rejects(runSuite(bundle('')), /no spec of .* ran/);
});

// child.js BUNDLE RESULT: runs a bundle's specs under jasmine and writes what they gave to RESULT.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Jasmine from 'jasmine';

const [bundlePath, resultPath] = process.argv.slice(2);
const result = { passed: 0, failed: 0, pending: 0, failures: [] };
const seen = new Map();
const runner = new Jasmine();
runner.exitOnCompletion = false;
runner.randomizeTests(false);
runner.clearReporters();
runner.addReporter({
  specDone({ status, fullName, failedExpectations }) {
    const times = (seen.get(fullName) ?? 0) + 1;
    seen.set(fullName, times);
    result[status] = (result[status] ?? 0) + 1;
    if (status !== 'failed') return;
    const name = times > 1 ? `${fullName} #${times}` : fullName;
    result.failures.push({ name, reason: String(failedExpectations[0]?.message).split('\n')[0].slice(0, 120) });
  },
});
createRequire(import.meta.url)(bundlePath);
await runner.execute();
writeFileSync(resultPath, JSON.stringify(result));
process.exit(0);

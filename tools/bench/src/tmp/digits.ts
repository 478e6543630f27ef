import { pickBackend } from '@lowbit/backends';
import { createRegistry } from '@lowbit/plugin-api';
import quantCore from '@lowbit/quant-core';
import schedules from '@lowbit/schedules';
import modelsSspq from '@lowbit/models-sspq';
import data from '@lowbit/data';
import training, { train } from '@lowbit/training';
import { readFileSync } from 'node:fs';
import { KernelTimes } from '../train/kernel-times.js';
await pickBackend('wasm');
const registry = createRegistry([quantCore, schedules, modelsSspq, training, data]);
const exp = JSON.parse(readFileSync('experiments/digits-w1a4.json','utf8'));
exp.stages = [{ epochs: 3, schedule: { schedule: 'constant', rate: 0.01 } }];
let n=0; let t0=0; let k: KernelTimes|undefined; let plain=0;
for await (const e of train(exp, { registry })) {
  if (e.type!=='step') continue;
  n++;
  if (n===10) t0=performance.now();
  if (n===40) { plain=(performance.now()-t0)/30; k=new KernelTimes(); t0=performance.now(); }
  if (n===58) { const ms=performance.now()-t0; console.log('plain ms/step',plain,'profiled', ms/18); for (const [a,b] of k!.shares(ms).filter(([x])=>true)) console.log(a.padEnd(30),(b*100).toFixed(1), (b*ms/18).toFixed(2)+' ms', (k as any).calls?.get(a)); break; }
}
process.exit(0);

import { API_VERSION, definePlugin } from '@lowbit/plugin-api';
import { lqNetsFactory } from './families/lq-nets.js';
import { qilFactory } from './families/qil.js';
import { uniformFactory } from './families/uniform.js';
import { dorefa } from './dorefa/factory.js';
import { binaryConnectFactory } from './families/binary-connect.js';
import { bwnFactory } from './families/bwn.js';
import { inqFactory } from './families/inq.js';
import { kmeansFactory } from './families/kmeans.js';
import { lloydMaxFactory } from './families/lloyd-max.js';
import { lsqFactory } from './families/lsq.js';
import { pactFactory } from './families/pact.js';
import { sawbFactory, sawbPlusFactory } from './families/sawb.js';
import { signFactory } from './families/sign.js';
import { ttqFactory } from './families/ttq.js';
import { twnFactory } from './families/twn.js';
import { xnorFactory } from './families/xnor.js';

/** This package as a plugin: its quantizers. */
export const plugin = definePlugin({
  name: '@lowbit/quant-core',
  apiVersion: API_VERSION,
  quantizers: {
    dorefa,
    lsq: lsqFactory,
    qil: qilFactory,
    uniform: uniformFactory,
    'lq-nets': lqNetsFactory,
    pact: pactFactory,
    sawb: sawbFactory,
    'sawb+': sawbPlusFactory,
    'binary-connect': binaryConnectFactory,
    bwn: bwnFactory,
    xnor: xnorFactory,
    sign: signFactory,
    twn: twnFactory,
    ttq: ttqFactory,
    inq: inqFactory,
    'lloyd-max': lloydMaxFactory,
    kmeans: kmeansFactory,
  },
});

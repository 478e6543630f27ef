import { API_VERSION, definePlugin, factory } from '@lowbit/plugin-api';
import { activeShift2d, activeShift2dSchema } from './layers/active-shift-2d.js';
import { groupedShift2d, groupedShift2dSchema } from './layers/grouped-shift-2d.js';
import { sparseShift2d, sparseShift2dSchema } from './layers/sparse-shift-2d.js';

/** Brings the layers `active-shift`, `sparse-shift` and `grouped-shift`. */
export default definePlugin({
  name: '@lowbit/shift-ops',
  apiVersion: API_VERSION,
  layers: {
    'active-shift': factory(activeShift2dSchema, activeShift2d),
    'sparse-shift': factory(sparseShift2dSchema, sparseShift2d),
    'grouped-shift': factory(groupedShift2dSchema, groupedShift2d),
  },
});

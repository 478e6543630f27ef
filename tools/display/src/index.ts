export { bytes, count, duration, percent, short } from './format.js';
export { svgOf, type ChartSpec } from './svg.js';

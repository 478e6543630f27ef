export { elementwise } from './elementwise';

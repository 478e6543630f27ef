export { checkBackends, type BackendCheck, type Check } from './check.js';
export { pickBackend } from './pick.js';
export { platform, type Platform } from './platform.js';
export { BACKENDS, type BackendName, type Finding, type Picked, type PickOptions, type Tried } from './types.js';

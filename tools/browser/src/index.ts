export { findChromium, HOW_TO_GET } from './find-chromium.js';
export { launchChromium } from './launch-chromium.js';

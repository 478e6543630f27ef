import type { Page } from './page.js';
import { binaryPages } from './pages/binary.js';
import { codebookPages } from './pages/codebook.js';
import { uniformPages } from './pages/uniform.js';

export const pages: readonly Page[] = [...uniformPages, ...binaryPages, ...codebookPages];

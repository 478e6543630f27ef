import { mkdir } from 'node:fs/promises';
import path from 'node:path';

/** Makes a new folder `runs/quickstart`, or with the first number that is free `runs/quickstart-2`, `runs/quickstart-3`. */
export async function newFolder(runs = 'runs', name = 'quickstart'): Promise<string> {
  await mkdir(runs, { recursive: true });
  for (let number = 1; ; number++) {
    const folder = path.join(runs, number === 1 ? name : `${name}-${number}`);
    if (await isNew(folder)) return folder;
  }
}

async function isNew(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

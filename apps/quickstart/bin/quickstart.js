#!/usr/bin/env node
import { register } from 'tsx/esm/api';

// Runs the sources as they are; the training itself runs in processes of the `lowbit` command.
register();
const { main } = await import('../src/main.ts');
process.exitCode = await main(process.argv.slice(2));

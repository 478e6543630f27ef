import { argv, stdout } from 'node:process';
import { classify } from './classify.js';

stdout.write(JSON.stringify(await classify(argv[2], JSON.parse(argv[3]))));

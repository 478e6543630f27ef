export { canRunPrograms, runProgram, type Program } from './program.js';

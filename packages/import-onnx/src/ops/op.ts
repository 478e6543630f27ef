import type { Net } from '../net.js';
import type { Entry } from '../value.js';

/** Imports the net's node: adds what it needs to the graph, and gives its result, or its results in their order. */
export type Op = (net: Net) => Entry | readonly Entry[];

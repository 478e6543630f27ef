import { inferValues, type Graph, type GraphNode, type OpName, type Value } from '@lowbit/graph';
import { meaningsOf } from '../convolution/parameters.js';
import { chain } from '../steps/chain.js';
import { steps } from '../steps/index.js';
import { Heap } from '../wasm/heap.js';
import type { Task } from '../threads/task.js';
import type { Engine } from '../wasm/kernels.js';
import type { Team } from '../threads/team.js';
import { planArena, type Buffer } from './arena.js';
import { Calls } from './calls.js';
import { fuse, type Fused } from './fuse.js';
import { bytesOf, Scratch, type PlanStep, type Step } from './step.js';

/** Bytes of memory that a model takes. */
export interface ModelMemory {
  /** Weights as the kernels read them, with their tables. */
  readonly weights: number;
  /** Values between the layers, which share it. */
  readonly arena: number;
  /** Working memory of the kernels, of all threads. */
  readonly scratch: number;
  /** All of it, in pages of 64 KiB. */
  readonly total: number;
}

/** What is computed at once. */
interface PlacedStep {
  /** The value that it makes. */
  readonly name: string;
  /** The ops that it computes. */
  readonly ops: readonly OpName[];
  readonly run: () => void;
}

/** A graph made ready to run. */
export interface Plan {
  readonly heap: Heap;
  readonly values: ReadonlyMap<string, Value>;
  /** Where the values of inputs and outputs are. */
  readonly addressOf: (name: string) => number;
  readonly steps: readonly PlacedStep[];
  /** The numbers of an output; of codes what they stand for. They are good until the model runs again. */
  readonly read: (name: string, size: number) => Float32Array;
  readonly memory: ModelMemory;
  /** What threads share, and each thread's working memory. */
  readonly tasks: readonly Task[];
  readonly scratches: readonly number[];
}

/**
 * Chooses kernels, packs the weights for them and places all values in memory.
 *
 * @param team threads that the engine's memory is shared with
 * @throws LowbitError where the graph is not one, or has an op that is not known
 */
export function plan(graph: Graph, engine: Engine, team?: Team): Plan {
  const values = inferValues(graph);
  const fused = fuse(graph, values);
  const rootOf = aliases(graph.nodes);
  const computed = fused.filter(({ node }) => node.op !== 'reshape');
  const planned = planSteps(computed, graph, values);

  const { names, buffers, temporaries } = lifetimes(graph, computed, planned, values, rootOf);
  const arena = planArena(buffers);
  const heap = new Heap(engine);
  const base = heap.reserve(arena.bytes);
  const addressOf = (name: string) => base + arena.offsets[names.get(rootOf(name))!]!;
  const scratch = new Scratch();
  const threads = team?.size ?? 1;
  const calls = new Calls(engine.kernels, scratch, team);
  const before = heap.size;
  const placed = planned.map(({ place }, index): PlacedStep => {
    const { node, before, after, reads, makes } = computed[index]!;
    const name = makes.at(-1)!;
    const run = place({
      heap,
      calls,
      inputs: reads.map(addressOf),
      output: addressOf(name),
      addressOf,
      temporaries: temporaries[index]!.map((buffer) => base + arena.offsets[buffer]!),
      scratch,
    });
    return { name, ops: [before, node, ...after].flatMap((each) => each?.op ?? []), run };
  });
  const weights = heap.size - before;
  const scratches = Array.from({ length: threads }, () => heap.reserve(scratch.bytes));
  scratch.address = scratches[0]!;
  return {
    heap,
    values,
    addressOf,
    steps: placed,
    read: (name, size) => {
      const { type } = values.get(name)!;
      if (type === 'float32') return heap.floats(addressOf(name), size);
      const meanings = meaningsOf(type);
      return Float32Array.from(heap.bytes(addressOf(name), size), (code) => meanings[code]!);
    },
    tasks: calls.tasks,
    scratches,
    memory: { weights, arena: arena.bytes, scratch: scratch.bytes * threads, total: engine.memory.buffer.byteLength },
  };
}

// a function of its own, since what is made in `plan` holds on to what its functions have to do with
const planSteps = (parts: readonly Fused[], graph: Graph, values: ReadonlyMap<string, Value>) =>
  parts.map((part) => planStep(part, graph, values));

function planStep(part: Fused, { parameters }: Graph, values: ReadonlyMap<string, Value>): Step {
  const { op } = part.node;
  if (op === 'reshape' || !Object.hasOwn(steps, op)) {
    throw new Error(`node '${part.node.name}': op '${op}' is not known here; update @lowbit/runtime`);
  }
  const inputs = part.reads.map((name) => values.get(name)!);
  const isChain = part.after.length > 0 && op !== 'conv2d' && op !== 'dense';
  const planOf = (isChain ? chain : steps[op]) as PlanStep<OpName>;
  return planOf({ ...part, inputs, output: values.get(part.makes.at(-1)!)!, parameters });
}

/** The name of the value that holds the numbers of a value: reshaping makes none of its own. */
function aliases(nodes: readonly GraphNode[]): (name: string) => string {
  const roots = new Map<string, string>();
  for (const { op, name, inputs } of nodes) {
    if (op === 'reshape') roots.set(name, roots.get(inputs[0]!) ?? inputs[0]!);
  }
  return (name) => roots.get(name) ?? name;
}

/** From when to when each value and each temporary is needed; inputs come before step 0, outputs stay to the end. */
function lifetimes(
  { inputs, outputs }: Graph,
  computed: readonly Fused[],
  planned: readonly Step[],
  values: ReadonlyMap<string, Value>,
  rootOf: (name: string) => string,
) {
  const end = computed.length;
  const last = new Map<string, number>(outputs.map((name) => [rootOf(name), end]));
  computed.forEach(({ reads }, index) => {
    for (const name of reads.map(rootOf)) last.set(name, Math.max(index, last.get(name) ?? 0));
  });
  const names = new Map<string, number>();
  const buffers: Buffer[] = [];
  const add = (name: string, first: number) => {
    names.set(name, buffers.length);
    buffers.push({ bytes: bytesOf(values.get(name)!), first, last: last.get(name) ?? first });
  };
  for (const { name } of inputs) add(name, -1);
  const temporaries = computed.map(({ makes }, index) => {
    for (const name of makes) add(name, index);
    return (planned[index]!.temporaries ?? []).map((bytes) => buffers.push({ bytes, first: index, last: index }) - 1);
  });
  return { names, buffers, temporaries };
}

import { putLinks, type Link } from '../convolution/links.js';
import type { Following } from '../plan/fuse.js';
import { floatsOf, sizeOf, type PlanStep, type Room, type StepSource } from '../plan/step.js';
import { FIRST, LAST } from '../threads/task.js';

/** Bytes of working memory besides the row. */
const SPARE = 256;

/** Rows of floats that several nodes are done to, one after the other, without leaving the nearest cache. */
export const chain: PlanStep<'add' | 'affine' | 'unary' | 'clip'> = (source) => ({
  place: (room) => {
    const { heap, calls, scratch, inputs } = room;
    const { shape } = source.output;
    const size = shape.at(-1)!;
    const links = linksOf(source, room, [source.node as Following, ...source.after]);
    scratch.atLeast(SPARE + size * 4);
    const at = putLinks(heap, links, { first: 0, count: size, all: size });
    const items = { count: sizeOf(shape) / size, cost: size * links.length * 0.3 };
    return calls.over('chain', items, [inputs[0]!, FIRST, LAST, size, at, links.length, 'scratch']);
  },
});

/** What becomes of the results of a convolution. */
export function resultsOf(
  source: StepSource<'conv2d' | 'dense'>,
  room: Room,
): { readonly thresholds: Float32Array | undefined } | { readonly links: readonly Link[] | undefined } {
  const { node, after, makes, parameters } = source;
  if (after.length === 0) return { links: undefined };
  const [first] = after;
  if (first?.op === 'quantize' && makes.length === 1) return { thresholds: floatsOf(parameters, first.thresholds) };
  const own: Link[] = makes.includes(node.name) ? [{ kind: 'keep', to: room.addressOf(node.name) }] : [];
  return { links: [...own, ...linksOf(source, room, after)] };
}

/** Nodes as links: each goes on with what the one before it makes. */
function linksOf({ node, makes, parameters }: StepSource, { addressOf }: Room, nodes: readonly Following[]): Link[] {
  let before = nodes[0] === node ? node.inputs[0]! : node.name;
  return nodes.flatMap((each): Link[] => {
    const input = before;
    before = each.name;
    const to = makes.includes(each.name) ? addressOf(each.name) : 0;
    if (each.op === 'quantize') return [{ kind: 'quantize', thresholds: floatsOf(parameters, each.thresholds), to }];
    return to ? [linkOf(each), { kind: 'keep', to }] : [linkOf(each)];

    function linkOf(it: Exclude<Following, { readonly op: 'quantize' }>): Link {
      if (it.op === 'add') return { kind: 'add', from: addressOf(it.inputs.find((name) => name !== input) ?? input) };
      if (it.op === 'clip') return { kind: 'clip', low: it.min, high: it.max };
      if (it.op === 'unary') return { kind: 'clip', low: 0, high: it.function === 'relu' ? Infinity : 6 };
      return { kind: 'affine', scale: floatsOf(parameters, it.scale), bias: floatsOf(parameters, it.bias) };
    }
  });
}

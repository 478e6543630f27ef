import { LowbitError } from '@lowbit/plugin-api';
import { writeSafetensors } from '@lowbit/safetensors';
import type { Graph } from '../graph.js';
import { inferValues } from '../infer/infer-values.js';
import { NO_CHECKSUM, sealChecksum } from './checksum.js';
import { FORMAT, METADATA_PREFIX, VERSION } from './format.js';
import { GraphWriter } from './graph-writer.js';
import { EXTRA_PACKINGS, type ExtraPacking } from './packings.js';

/** How {@link writeModel} writes. */
export interface WriteModelOptions {
  /**
   * What else codes may be packed as where that is smaller than their bits: `ternary`, 1.6 bits for codes of three
   * levels; `huffman`, a canonical Huffman code for each parameter. None by default: a file is as large as its bits
   * say.
   */
  readonly packings?: readonly ExtraPacking[];
}

/**
 * Writes a graph as a packed file: a safetensors container (any reader of which opens it) whose float parameters are
 * float32 tensors, whose codes are bytes, bit-packed at their true width, and whose metadata holds `format` and
 * `version`, the graph as compact JSON and a CRC-32 of the file. Equal parameters are stored once. The same graph gives
 * the same bytes, whatever the order of its keys.
 *
 * @throws LowbitError what {@link inferValues} refuses; a parameter with the name of another's code book
 */
export function writeModel(graph: Graph, { packings = [] }: WriteModelOptions = {}): Uint8Array<ArrayBuffer> {
  const unknown = packings.find((packing) => !EXTRA_PACKINGS.includes(packing));
  if (unknown !== undefined)
    throw new LowbitError('usage', {
      what: `packings may be ${EXTRA_PACKINGS.join(', ')}`,
      where: 'writeModel',
      received: unknown,
    });
  inferValues(graph);
  const { json, tensors } = new GraphWriter(graph, packings).write();
  const own = Object.entries(graph.metadata ?? {}).map(([key, text]) => [METADATA_PREFIX + key, text]);
  const file = writeSafetensors(tensors, {
    ...(Object.fromEntries(own) as Record<string, string>),
    ...{ checksum: NO_CHECKSUM, format: FORMAT, graph: JSON.stringify(json), version: String(VERSION) },
  });
  sealChecksum(file);
  return file;
}

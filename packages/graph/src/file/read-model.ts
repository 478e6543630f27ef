import { LowbitError } from '@lowbit/plugin-api';
import { readSafetensors, SafetensorsError, type Safetensors } from '@lowbit/safetensors';
import type { Graph, Parameter } from '../graph.js';
import { inferStructure } from '../infer/infer-values.js';
import { checksumOf, hasChecksumPlace } from './checksum.js';
import { FORMAT, MAX_HEADER_BYTES, METADATA_PREFIX, VERSION } from './format.js';
import { GraphReader } from './graph-reader.js';
import { parseJson, refuse } from './json.js';

/** How {@link readModel} reads. */
export interface ReadModelOptions {
  /**
   * Whether codes are kept once they are unpacked, a byte each; true by default. With false a parameter's `data` is
   * unpacked anew each time that it is read: for an engine that brings codes into a layout of its own, one parameter
   * after the other.
   */
  readonly keepCodes?: boolean;
}

/**
 * Reads a packed file and trusts nothing in it: the container is checked as `readSafetensors` does, then version and
 * checksum, then the graph, whose shapes are inferred again as {@link inferValues} does before any code is unpacked,
 * then every code. What it makes room for is bounded by the size of the file: 8 codes a bit at the most, usually 1.
 * Float parameters are views into `bytes` where their addresses allow it.
 *
 * @throws LowbitError `data`: not a model, damaged, cut short, or a graph that {@link inferValues} refuses;
 *   `unsupported`: a newer version, an unknown op
 */
export function readModel(bytes: Uint8Array, { keepCodes = true }: ReadModelOptions = {}): Graph {
  const { tensors, metadata } = open(bytes);
  const reader = new GraphReader(parseJson(metadata.graph ?? ''), tensors);
  const graph = reader.read();
  const own = ownMetadata(metadata);
  const read = Object.keys(own).length > 0 ? { ...graph, metadata: own } : graph;
  inferStructure(read);
  return { ...read, parameters: unpacked(graph.parameters, keepCodes, reader.checks) };
}

/** The parameters with their codes, all of which are checked; each once, under whatever names. */
function unpacked(
  parameters: Graph['parameters'],
  keepCodes: boolean,
  checks: ReadonlyMap<Parameter, () => void>,
): Record<string, Parameter> {
  const known = new Map<Parameter, Parameter>();
  for (const parameter of new Set(Object.values(parameters))) {
    const check = checks.get(parameter) ?? (() => parameter.data);
    if (!keepCodes) check();
    // a copy has its codes
    known.set(parameter, keepCodes ? { ...parameter } : parameter);
  }
  return Object.fromEntries(Object.entries(parameters).map(([name, parameter]) => [name, known.get(parameter)!]));
}

/** The container, its version and its checksum. */
function open(bytes: Uint8Array): Safetensors {
  if (!ArrayBuffer.isView(bytes) || Object.prototype.toString.call(bytes) !== '[object Uint8Array]')
    throw new LowbitError('usage', { what: 'a model file is given as a Uint8Array', received: typeof bytes });
  const file = container(bytes);
  const { format, version = '' } = file.metadata;
  if (format !== FORMAT)
    return refuse(`its format must be '${FORMAT}'`, undefined, format ?? 'none', 'export a model with writeModel');
  if (!/^[1-9]\d{0,5}$/.test(version)) return refuse('its version must be a whole number', undefined, version);
  if (Number(version) > VERSION) {
    throw new LowbitError('unsupported', {
      what: `the model file has a newer version than ${VERSION}, the newest that this package reads`,
      received: Number(version),
      hint: 'update the package that reads it',
    });
  }
  checkChecksum(bytes, file.metadata.checksum);
  return file;
}

function container(bytes: Uint8Array): Safetensors {
  try {
    return readSafetensors(bytes, { maxHeaderBytes: MAX_HEADER_BYTES });
  } catch (cause) {
    if (!(cause instanceof SafetensorsError)) throw cause;
    const parts = { what: cause.message, where: 'the model file', hint: 'it is damaged or no model; fetch it again' };
    throw new LowbitError('data', parts, { cause });
  }
}

function checkChecksum(bytes: Uint8Array, given: string | undefined): void {
  if (!hasChecksumPlace(bytes))
    refuse('its checksum is not at its place', undefined, given, 'another tool wrote it anew; take the original');
  const expected = checksumOf(bytes);
  if (given !== expected) refuse(`its checksum must be ${expected}`, undefined, given, 'it is damaged; fetch it again');
}

function ownMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(metadata).filter(([key]) => key.startsWith(METADATA_PREFIX));
  return Object.fromEntries(own.map(([key, text]) => [key.slice(METADATA_PREFIX.length), text]));
}

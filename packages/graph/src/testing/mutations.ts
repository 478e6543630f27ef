import { readSafetensors, writeSafetensors, type SafeTensor } from '@lowbit/safetensors';

type Random = (below: number) => number;
/** Damages a file; `other` is another one to take parts from. */
type Mutation = (file: Uint8Array, other: Uint8Array, random: Random) => Uint8Array;

/** Numbers that no file should have where others stand. */
const NUMBERS = ['0', '-1', '1', '2', '255', '65536', '2147483648', '9007199254740993', '1e300', '1e999', '0.5', '-0'];
const VALUES: readonly unknown[] = [null, true, false, 0, -1, 1, 2 ** 31, 1e300, 0.5, '', 'x', '__proto__', 'constructor', [], {}, [[]], [1e9, 1e9]]; // prettier-ignore

/** A file damaged in one of many ways, each as likely. */
export function mutated(file: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  return MUTATIONS[random(MUTATIONS.length)]!(file, other, random);
}

const MUTATIONS: readonly Mutation[] = [
  function flipBits(file, _other, random) {
    const bytes = file.slice();
    for (let i = random(8); i >= 0; i--) bytes[random(bytes.length)]! ^= 1 << random(8);
    return bytes;
  },
  function flipBitsOfTheHeader(file, _other, random) {
    const bytes = file.slice();
    for (let i = random(3); i >= 0; i--) bytes[8 + random(headerLength(file))]! ^= 1 << random(8);
    return bytes;
  },
  function cutShort(file, _other, random) {
    return file.slice(0, random(file.length));
  },
  function goOn(file, other, random) {
    return joined(file, other.subarray(0, 1 + random(64)));
  },
  function copyOverIt(file, other, random) {
    const bytes = file.slice();
    const length = 1 + random(200);
    const from = random(other.length - length);
    bytes.set(other.subarray(from, from + length), random(bytes.length - length));
    return bytes;
  },
  function takeOut(file, _other, random) {
    const at = random(file.length);
    return joined(file.subarray(0, at), file.subarray(at + 1 + random(16)));
  },
  function otherHeader(file, other, random) {
    const split = 8 + headerLength(file);
    const otherSplit = 8 + headerLength(other);
    if (random(2) === 0) return joined(other.subarray(0, otherSplit), file.subarray(split));
    return withHeader(file, text(file).slice(0, random(split)) + text(other).slice(random(otherSplit)));
  },
  function otherLength(file, _other, random) {
    const bytes = file.slice();
    bytes[random(8)] = random(256);
    return bytes;
  },
  function otherNumber(file, _other, random) {
    const numbers = [...text(file).matchAll(/\d+/g)];
    const { index, 0: digits } = numbers[random(numbers.length)]!;
    const header = text(file);
    return withHeader(
      file,
      header.slice(0, index) + NUMBERS[random(NUMBERS.length)]! + header.slice(index + digits.length),
    );
  },
  function otherTensors(file, _other, random) {
    return rewritten(file, (tensors) => {
      const names = Object.keys(tensors);
      const [a, b] = [names[random(names.length)]!, names[random(names.length)]!];
      const { dtype, shape, data } = tensors[a]!;
      if (random(3) === 0) Reflect.deleteProperty(tensors, a);
      else if (random(2) === 0) tensors[a] = { dtype, shape: [...shape].reverse(), data } as SafeTensor;
      else [tensors[a], tensors[b]] = [tensors[b]!, tensors[a]!];
    });
  },
  otherJson,
  otherJson,
  otherJson,
];

/** Another value somewhere in the graph's JSON, in a container that is whole. */
function otherJson(file: Uint8Array, _other: Uint8Array, random: Random): Uint8Array {
  return rewritten(file, (_tensors, metadata) => {
    const graph: unknown = JSON.parse(metadata.graph!);
    const places: [object, string][] = [];
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, child] of Object.entries(value)) {
        places.push([value, key]);
        visit(child);
      }
    };
    visit(graph);
    const [parent, key] = places[random(places.length)]!;
    const [from, fromKey] = places[random(places.length)]!;
    const value = random(2) === 0 ? VALUES[random(VALUES.length)] : Reflect.get(from, fromKey);
    Reflect.set(parent, key, structuredClone(value));
    metadata.graph = JSON.stringify(graph);
  });
}

function rewritten(
  file: Uint8Array,
  change: (tensors: Record<string, SafeTensor>, metadata: Record<string, string>) => void,
): Uint8Array {
  const { tensors, metadata } = readSafetensors(file);
  change(tensors, metadata);
  return writeSafetensors(tensors, metadata);
}

function headerLength(file: Uint8Array): number {
  return Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
}

function text(file: Uint8Array): string {
  return new TextDecoder().decode(file.subarray(8, 8 + headerLength(file)));
}

/** The file with another header, whose length is put right. */
function withHeader(file: Uint8Array, header: string): Uint8Array {
  const data = file.subarray(8 + headerLength(file));
  const encoded = new TextEncoder().encode(header);
  const length = new Uint8Array(new BigUint64Array([BigInt(encoded.length)]).buffer);
  return joined(length, encoded, data);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What JavaScript holds the values of each kind of field in. */
interface Scalars {
  readonly int64: number;
  readonly float: number;
  readonly double: number;
  readonly string: string;
  readonly bytes: Uint8Array;
}

type Kind = keyof Scalars | Message;

/** A field: its number, what it holds, and whether it holds many. */
type Field = readonly [number: number, kind: Kind, many?: 'many'];

/** A message of protocol buffers, as a table of the fields that are used; others are skipped when it is read. */
export type Message = Readonly<Record<string, Field>>;

type Content<K> = K extends keyof Scalars ? Scalars[K] : K extends Message ? MessageOf<K> : never;

/** The object of a message. Each field may be left out; none is then written. */
export type MessageOf<M extends Message> = {
  -readonly [F in keyof M]?: M[F] extends readonly [number, infer K, 'many'] ? Content<K>[] : Content<M[F][1]>;
};

const WIRE = {
  int64: WireType.Varint,
  float: WireType.Bit32,
  double: WireType.Bit64,
  string: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
} as const;

/** The bytes of a message; numbers of `int64` fields must be safe integers. */
export function encode<M extends Message>(message: M, content: MessageOf<M>): Uint8Array<ArrayBuffer> {
  return write(new BinaryWriter(), message, content as AnyMessage).finish();
}

/**
 * Reads a message. What it makes is a small multiple of the bytes at most; `bytes` fields are views of them. Integers beyond the safe ones are
 * rounded to the nearest float64.
 *
 * @throws Error where the bytes are no such message: RangeError where they end too early
 */
export function decode<M extends Message>(message: M, bytes: Uint8Array): MessageOf<M> {
  return read(new BinaryReader(bytes), message) as MessageOf<M>;
}

type AnyMessage = Record<string, unknown>;

function write(writer: BinaryWriter, message: Message, content: AnyMessage): BinaryWriter {
  for (const [name, [number, kind, many]] of Object.entries(message)) {
    const value = content[name];
    if (value === undefined) continue;
    if (many && isNumeric(kind)) {
      // packed, which readers of either syntax understand
      writer.tag(number, WireType.LengthDelimited).fork();
      for (const one of value as number[]) writeScalar(writer, kind, one);
      writer.join();
    } else {
      for (const one of many ? (value as unknown[]) : [value]) writeField(writer, number, kind, one);
    }
  }
  return writer;
}

function writeField(writer: BinaryWriter, number: number, kind: Kind, value: unknown): void {
  if (typeof kind === 'string') {
    writer.tag(number, WIRE[kind]);
    writeScalar(writer, kind, value);
  } else {
    writer.tag(number, WireType.LengthDelimited).fork();
    write(writer, kind, value as AnyMessage).join();
  }
}

function writeScalar(writer: BinaryWriter, kind: keyof Scalars, value: unknown): void {
  if (kind === 'int64') writer.int64(value as number);
  else if (kind === 'float') writer.float(value as number);
  else if (kind === 'double') writer.double(value as number);
  else if (kind === 'string') writer.string(value as string);
  else writer.bytes(value as Uint8Array);
}

function read(reader: BinaryReader, message: Message): AnyMessage {
  const fields = fieldsOf(message);
  const content: AnyMessage = {};
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    const field = fields.get(number);
    if (!field) {
      reader.skip(wire, number);
      continue;
    }
    const { name, kind, many } = field;
    if (many && isNumeric(kind) && wire === WireType.LengthDelimited) {
      const values = (content[name] ??= []) as unknown[];
      for (const packed = new BinaryReader(reader.bytes()); packed.pos < packed.len;)
        values.push(readValue(packed, kind));
      continue;
    }
    if (wire !== (typeof kind === 'string' ? WIRE[kind] : WireType.LengthDelimited)) {
      throw new Error(`field '${name}' (${number}) is of wire type ${wire}`);
    }
    const value = readValue(reader, kind);
    if (many) ((content[name] ??= []) as unknown[]).push(value);
    else content[name] = value;
  }
  if (reader.pos > reader.len) throw new RangeError('premature EOF');
  return content;
}

type Fields = ReadonlyMap<number, { readonly name: string; readonly kind: Kind; readonly many: boolean }>;
const known = new WeakMap<Message, Fields>();

function fieldsOf(message: Message): Fields {
  const found = known.get(message);
  if (found) return found;
  const entries = Object.entries(message);
  const fields = new Map(
    entries.map(([name, [number, kind, many]]) => [number, { name, kind, many: many === 'many' }]),
  );
  known.set(message, fields);
  return fields;
}

function readValue(reader: BinaryReader, kind: Kind): unknown {
  if (kind === 'int64') return Number(reader.int64());
  if (kind === 'float') return reader.float();
  if (kind === 'double') return reader.double();
  if (kind === 'string') return reader.string();
  if (kind === 'bytes') return reader.bytes();
  return read(new BinaryReader(reader.bytes()), kind);
}

function isNumeric(kind: Kind): kind is 'int64' | 'float' | 'double' {
  return kind === 'int64' || kind === 'float' || kind === 'double';
}

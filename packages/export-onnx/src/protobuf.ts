import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What JavaScript holds the values of each kind of field in. */
interface Scalars {
  readonly int64: number;
  readonly float: number;
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

const WIRE = { int64: WireType.Varint, float: WireType.Bit32, string: WireType.LengthDelimited } as const;

/** The bytes of a message; numbers of `int64` fields must be safe integers. */
export function encode<M extends Message>(message: M, content: MessageOf<M>): Uint8Array<ArrayBuffer> {
  return write(new BinaryWriter(), message, content as AnyMessage).finish();
}

/**
 * Reads a message.
 *
 * @throws RangeError where the bytes end too early
 */
export function decode<M extends Message>(message: M, bytes: Uint8Array): MessageOf<M> {
  return read(new BinaryReader(bytes), bytes.length, message) as MessageOf<M>;
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
    writer.tag(number, kind === 'bytes' ? WireType.LengthDelimited : WIRE[kind]);
    writeScalar(writer, kind, value);
  } else {
    writer.tag(number, WireType.LengthDelimited).fork();
    write(writer, kind, value as AnyMessage).join();
  }
}

function writeScalar(writer: BinaryWriter, kind: keyof Scalars, value: unknown): void {
  if (kind === 'int64') writer.int64(value as number);
  else if (kind === 'float') writer.float(value as number);
  else if (kind === 'string') writer.string(value as string);
  else writer.bytes(value as Uint8Array);
}

function read(reader: BinaryReader, end: number, message: Message): AnyMessage {
  const fields = new Map(Object.entries(message).map(([name, [number, kind, many]]) => [number, { name, kind, many }]));
  const content: AnyMessage = {};
  while (reader.pos < end) {
    const [number, wire] = reader.tag();
    const field = fields.get(number);
    if (!field) {
      reader.skip(wire, number);
      continue;
    }
    const { name, kind, many } = field;
    if (!many) {
      content[name] = readValue(reader, kind);
      continue;
    }
    const values = (content[name] ??= []) as unknown[];
    if (isNumeric(kind) && wire === WireType.LengthDelimited) {
      for (const last = reader.uint32() + reader.pos; reader.pos < last;) values.push(readValue(reader, kind));
    } else {
      values.push(readValue(reader, kind));
    }
  }
  return content;
}

function readValue(reader: BinaryReader, kind: Kind): unknown {
  if (kind === 'int64') return Number(reader.int64());
  if (kind === 'float') return reader.float();
  if (kind === 'string') return reader.string();
  if (kind === 'bytes') return reader.bytes();
  const length = reader.uint32();
  return read(reader, reader.pos + length, kind);
}

function isNumeric(kind: Kind): kind is 'int64' | 'float' {
  return kind === 'int64' || kind === 'float';
}

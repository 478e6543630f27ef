import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { crc32c } from './crc32c.js';

/** Named values of one step, as TensorBoard charts them. */
export interface Scalars {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly step: number;
  /** By tag; tags that share what stands before their first '/' are charted together. */
  readonly values: Readonly<Record<string, number>>;
}

/** The record that a TensorBoard event file starts with. `time` is in milliseconds since 1970. */
export function fileVersionRecord(time: number): Uint8Array {
  return frame(
    new BinaryWriter()
      .tag(1, 1)
      .double(time / 1000)
      .tag(3, 2)
      .string('brain.Event:2')
      .finish(),
  );
}

/**
 * One record of a TensorBoard event file: the message `Event` of tensorflow/core/util/event.proto (1 wall_time, 2 step,
 * 5 summary: values of 1 tag and 2 simple_value) in a frame.
 */
export function scalarsRecord({ time, step, values }: Scalars): Uint8Array {
  const summary = new BinaryWriter();
  for (const [tag, value] of Object.entries(values)) {
    summary.tag(1, 2).fork().tag(1, 2).string(tag).tag(2, 5).float(value).join();
  }
  const event = new BinaryWriter().tag(1, 1).double(time / 1000);
  if (step !== 0) event.tag(2, 0).int64(step);
  return frame(event.tag(5, 2).bytes(summary.finish()).finish());
}

/** A record of a TFRecord file: length (u64), its masked CRC-32C, the data, its masked CRC-32C; little-endian. */
function frame(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(8 + 4 + data.byteLength + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.byteLength), true);
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true);
  record.set(data, 12);
  view.setUint32(12 + data.byteLength, masked(crc32c(data)), true);
  return record;
}

/** TFRecord's mask: a CRC of data that holds CRCs is a poor one. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

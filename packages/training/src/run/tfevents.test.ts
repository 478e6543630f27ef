import { describe, expect, it } from 'vitest';
import { crc32c } from './crc32c.js';
import { fileVersionRecord, scalarsRecord } from './tfevents.js';

// written by tensorboard 2.x (tensorboard.compat.proto.event_pb2 through RecordWriter)
const REFERENCE = `
  GAAAAAAAAACjf0siCQAAEED8VNlBGg1icmFpbi5FdmVudDoyM40v6S0AAAAAAAAAPEGK+wkAAGBA/FTZQRABKiAKEQoKdHJhaW4vbG9zcxWNXR
  NACgsKBHJhdGUVzczMPSeJLA0kAAAAAAAAAEIrgE0JAACgQPxU2UEQrAIqFgoUCg10ZXN0L2FjY3VyYWN5FQAAAAAUWHvN`;

describe('TensorBoard records', () => {
  it('are the bytes that TensorBoard itself writes', () => {
    const file = Buffer.concat([
      fileVersionRecord(1700000000250),
      scalarsRecord({ time: 1700000001500, step: 1, values: { 'train/loss': 2.302585, rate: 0.1 } }),
      scalarsRecord({ time: 1700000002500, step: 300, values: { 'test/accuracy': 0 } }),
    ]);
    expect(file.equals(Buffer.from(REFERENCE, 'base64'))).toBe(true);
  });
});

// RFC 3720, appendix B.4, and the check value of the CRC catalogue
it.each([
  [new Uint8Array(32), 0x8a9136aa],
  [new Uint8Array(32).fill(0xff), 0x62a8ab43],
  [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  [new TextEncoder().encode('123456789'), 0xe3069283],
  [new Uint8Array(0), 0],
])('CRC-32C of %o', (bytes, crc) => expect(crc32c(bytes)).toBe(crc));

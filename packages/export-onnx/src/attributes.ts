import { ATTRIBUTE, type AttributeProto } from '@lowbit/onnx-proto';

/** An attribute: whole numbers are integers to ONNX, unless they are wrapped by {@link float}. */
export type AttributeValue = number | string | readonly number[] | readonly string[] | Float;

interface Float {
  readonly floats: number | readonly number[];
}

/** Numbers of an attribute that ONNX defines as float32. */
export function float(value: number | readonly number[]): Float {
  return { floats: value };
}

/** Attributes as ONNX writes them. */
export function attributes(values: Readonly<Record<string, AttributeValue>>): AttributeProto[] {
  return Object.entries(values).map(([name, value]) => ({ name, ...content(value) }));
}

function content(value: AttributeValue): AttributeProto {
  if (typeof value === 'number') return { i: value, type: ATTRIBUTE.int };
  if (typeof value === 'string') return { s: utf8(value), type: ATTRIBUTE.string };
  if ('floats' in value) {
    const { floats } = value;
    return typeof floats === 'number'
      ? { f: floats, type: ATTRIBUTE.float }
      : { floats: [...floats], type: ATTRIBUTE.floats };
  }
  return isStrings(value)
    ? { strings: value.map(utf8), type: ATTRIBUTE.strings }
    : { ints: [...(value as readonly number[])], type: ATTRIBUTE.ints };
}

function isStrings(values: readonly unknown[]): values is readonly string[] {
  return typeof values[0] === 'string';
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

import { digits } from '@lowbit/data';

/** Of each digit the first test example: 64 numbers. */
export async function firstOfEach(): Promise<number[][]> {
  const { test } = (await digits()).splits;
  const { inputs, targets } = await test.read([...Array(test.size).keys()]);
  return Array.from({ length: 10 }, (_, digit) => {
    const at = targets.data.indexOf(digit);
    return [...inputs.data.subarray(64 * at, 64 * (at + 1))];
  });
}

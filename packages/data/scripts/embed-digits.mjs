// Makes src/generated/digits.ts from the two files of "Optical Recognition of Handwritten Digits" (UCI, CC BY 4.0):
//   node scripts/embed-digits.mjs optdigits.tra digits.csv.gz
// optdigits.tra is the official training half; digits.csv(.gz) is scikit-learn's copy of optdigits.tes.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';

const [train, test] = process.argv.slice(2).map(readRows);
if (!train || !test) throw new Error('usage: node scripts/embed-digits.mjs optdigits.tra digits.csv.gz');
const rows = [...train, ...test];
const packed = Buffer.concat([...rows.map((row) => row.subarray(0, 64)), Buffer.from(rows.map((row) => row[64]))]);
const target = new URL('../src/generated/digits.ts', import.meta.url);
writeFileSync(
  target,
  `/*
 * Made by scripts/embed-digits.mjs; do not edit.
 * Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak (1998), UCI Machine Learning Repository,
 * doi:10.24432/C50P49, CC BY 4.0. See LICENSE-DIGITS.md.
 */

/** Examples of the training and of the test half, in this order. */
export const TRAIN_SIZE = ${train.length};
export const TEST_SIZE = ${test.length};

/** SHA-256 of the unpacked bytes: 64 pixels (0..16) of every example, then one label byte of every example. */
export const SHA256 = '${createHash('sha256').update(packed).digest('hex')}';

/** Base64 of gzip of those bytes. */
export const PACKED = '${gzipSync(packed, { level: 9 }).toString('base64')}';
`,
);

/** Rows of 64 pixels and a label; the numbers of digits.csv are written as 0.000000000000000000e+00. */
function readRows(file) {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('ascii');
  return text
    .trim()
    .split('\n')
    .map((line, i) => {
      const row = line.split(',').map(Number);
      const valid = row.length === 65 && row.every((x, j) => Number.isInteger(x) && x >= 0 && x <= (j < 64 ? 16 : 9));
      if (!valid) throw new Error(`${file}, line ${i + 1}: not 64 pixels in 0..16 and a label in 0..9`);
      return Buffer.from(row);
    });
}

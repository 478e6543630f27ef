import * as tf from '@tensorflow/tfjs-core';
import type { Blocks } from '../blocks.js';
import { hasKernels, run } from '../kernels.js';
import { boundariesBelow, lookup } from '../lookup.js';
import { TableQuantize, TableSums } from './kernels.js';

/** The levels of a basis v, Σ_j v_j·b_j over all patterns b, of each block. */
export interface LevelTable {
  /** Of the blocks, then 2^K, in ascending order. */
  readonly levels: tf.Tensor;
  /** Half-way between neighbours: of the blocks, then 2^K − 1. A value above one goes up. */
  readonly thresholds: tf.Tensor;
}

/** What each b_j is: weights −1 or 1, activations 0 or 1. */
export type Digits = readonly [off: number, on: number];

/** A pivot below this part of what it would be alone is taken for singular. */
const SINGULAR = 1e-6;

/** Every pattern of K digits: [2^K, K]. */
function patternsOf(length: number, [off, on]: Digits): tf.Tensor2D {
  const count = 2 ** length;
  const digit = (_: unknown, i: number) => ((Math.floor(i / length) >> (i % length)) & 1 ? on : off);
  return tf.tensor2d(Float32Array.from({ length: count * length }, digit), [count, length]);
}

/** The levels of a basis of the blocks, then K. */
export function tableOf(basis: tf.Tensor, digits: Digits): LevelTable {
  const { levels, thresholds } = sorted(basis, digits);
  return { levels, thresholds };
}

/** With the pattern that each level has, of the blocks, then 2^K, then K. */
function patternedTableOf(basis: tf.Tensor, digits: Digits): PatternedTable {
  const { levels, thresholds, patterns, order } = sorted(basis, digits);
  return { levels, thresholds, patterns: tf.reshape(tf.gather(patterns, order), [...levels.shape, patterns.shape[1]]) };
}

interface PatternedTable extends LevelTable {
  readonly patterns: tf.Tensor;
}

function sorted(basis: tf.Tensor, digits: Digits) {
  const length = basis.shape.at(-1)!;
  const flat = tf.reshape(basis, [-1, 1, length]);
  const patterns = patternsOf(length, digits);
  const { values, indices } = tf.topk(tf.sum(tf.mul(flat, patterns), -1), 2 ** length);
  const [levels, order] = [tf.reverse(values, -1), tf.reverse(indices, -1)];
  const count = levels.shape[1]!;
  const halves = tf.mul(levels, 0.5);
  const [below, above] = [tf.slice(halves, [0, 0], [-1, count - 1]), tf.slice(halves, [0, 1], [-1, count - 1])];
  const of = basis.shape.slice(0, -1);
  return {
    levels: tf.reshape(levels, [...of, count]),
    thresholds: tf.reshape(tf.add(below, above), [...of, count - 1]),
    patterns,
    order,
  };
}

/** Entry `index` of each block's row of a table that is of the blocks, then its entries. */
function pick(table: tf.Tensor, index: tf.Tensor, { shape }: Blocks): tf.Tensor {
  const entries = table.shape.at(-1)!;
  const starts = tf.reshape(tf.range(0, table.size, entries, 'int32'), [...shape]);
  return lookup(tf.reshape(table, [-1]), tf.add(index, starts));
}

/**
 * The least-squares basis for the codes that x has by this one: v* = (BᵀB + εI)⁻¹(Bᵀx + εv), taken as v + (BᵀB + εI)⁻¹Bᵀ(x − Bv),
 * which is the same and loses less. Where BᵀB is singular it is v. Of the blocks, then K, as `basis` is.
 */
export function refit(x: tf.Tensor, basis: tf.Tensor, digits: Digits, ridge: number, blocks: Blocks): tf.Tensor {
  const length = basis.shape.at(-1)!;
  const table = patternedTableOf(basis, digits);
  const { products, moments } = sumsInOnePass(x, table, blocks) ?? sums(x, table, blocks);
  const perBlock = x.size / tf.util.sizeFromShape([...blocks.shape]);
  const regularized = tf.add(products, tf.mul(tf.eye(length), ridge / perBlock));
  const { solution, regular } = solve(tf.concat([regularized, tf.expandDims(moments, -1)], -1));
  const held = tf.reshape(basis, [-1, length]);
  return tf.reshape(tf.where(regular, tf.add(held, solution), held), basis.shape);
}

/** BᵀB, [n, K, K], and Bᵀ(x − Bv), [n, K], of n blocks; both over the number of values of a block. */
interface Sums {
  readonly products: tf.Tensor;
  readonly moments: tf.Tensor;
}

function sums(x: tf.Tensor, table: PatternedTable, blocks: Blocks): Sums {
  const ranks = tf.cast(boundariesBelow(x, table.thresholds), 'int32');
  const rest = tf.sub(x, pick(table.levels, ranks, blocks));
  const mean = (of: tf.Tensor) => tf.reshape(tf.mean(of, [...blocks.axes]), [-1]);
  const planes = tf.unstack(table.patterns, -1).map((digit) => pick(digit, ranks, blocks));
  const rows = planes.map((plane) => planes.map((other) => mean(tf.mul(plane, other))));
  return {
    products: tf.stack(
      rows.map((row) => tf.stack(row, 1)),
      1,
    ),
    moments: tf.stack(
      planes.map((plane) => mean(tf.mul(plane, rest))),
      1,
    ),
  };
}

/** From what each level has, which a kernel counts. */
function sumsInOnePass(x: tf.Tensor, table: PatternedTable, blocks: Blocks): Sums | undefined {
  const held = heldTable(x, table, blocks);
  if (!held) return undefined;
  const perBlock = x.size / tf.util.sizeFromShape([...blocks.shape]);
  // [channels, levels, 1]
  const [counts, rests] = run<tf.Tensor[]>(TableSums, { x, ...held }).map((each) =>
    tf.expandDims(tf.div(tf.transpose(each), perBlock), -1),
  );
  const [count, length] = table.patterns.shape.slice(-2) as [number, number];
  const patterns = tf.reshape(table.patterns, [-1, count, length]);
  return {
    products: tf.matMul(patterns, tf.mul(patterns, counts!), true),
    moments: tf.sum(tf.mul(patterns, rests!), 1),
  };
}

/** A table as kernels take it, [levels, channels], where they can: of all of x, or of each channel of its last axis. */
function heldTable(x: tf.Tensor, { levels, thresholds }: LevelTable, { shape }: Blocks) {
  const channels = tf.util.sizeFromShape([...shape]);
  const axis = shape.indexOf(channels);
  const last = channels === 1 || x.shape.slice(axis).every((size, i) => (i === 0 ? size === channels : size === 1));
  if (!last || !hasKernels(x, TableQuantize)) return undefined;
  const held = (table: tf.Tensor) => tf.transpose(tf.reshape(table, [channels, table.shape.at(-1)!]));
  return { levels: held(levels), thresholds: held(thresholds) };
}

/** The level of each value of x, in one pass where there is a kernel. */
export function atTable(x: tf.Tensor, table: LevelTable, blocks: Blocks): tf.Tensor | undefined {
  const held = heldTable(x, table, blocks);
  return held && run<tf.Tensor>(TableQuantize, { x, ...held });
}

/** How many thresholds each value is above: float32, in one pass where there is a kernel. */
export function codesByTable(x: tf.Tensor, table: LevelTable, blocks: Blocks): tf.Tensor {
  const count = table.levels.shape.at(-1)!;
  const ranks = tf.reshape(tf.tile(tf.range(0, count), [table.levels.size / count]), table.levels.shape);
  return atTable(x, { ...table, levels: ranks }, blocks) ?? boundariesBelow(x, table.thresholds);
}

/** Solves symmetric positive definite systems [n, K, K + 1], the right side last; `regular`, [n, 1], says which are not singular. */
function solve(systems: tf.Tensor): { solution: tf.Tensor; regular: tf.Tensor } {
  const [count, length] = systems.shape as [number, number, number];
  const unit = tf.eye(length);
  let rest = systems;
  let regular: tf.Tensor = tf.ones([count, 1], 'bool');
  for (let i = 0; i < length; i++) {
    const at = tf.slice(systems, [0, i, i], [-1, 1, 1]);
    const pivot = tf.slice(rest, [0, i, i], [-1, 1, 1]);
    const usable = tf.logicalAnd(tf.greater(pivot, tf.mul(at, SINGULAR)), tf.greater(at, 0));
    regular = tf.logicalAnd(regular, tf.reshape(usable, [count, 1]));
    const row = tf.div(tf.slice(rest, [0, i, 0], [-1, 1, -1]), tf.where(usable, pivot, tf.onesLike(pivot)));
    const column = tf.sub(
      tf.slice(rest, [0, 0, i], [-1, -1, 1]),
      tf.reshape(tf.slice(unit, [i, 0], [1, -1]), [length, 1]),
    );
    rest = tf.sub(rest, tf.mul(column, row));
  }
  return { solution: tf.reshape(tf.slice(rest, [0, 0, length], [-1, -1, 1]), [count, length]), regular };
}

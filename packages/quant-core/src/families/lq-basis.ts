import * as tf from '@tensorflow/tfjs-core';
import type { Blocks } from '../blocks.js';

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

function sorted(basis: tf.Tensor, digits: Digits): LevelTable & { readonly patterns: tf.Tensor } {
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
    patterns: tf.reshape(tf.gather(patterns, order), [...of, count, length]),
  };
}

/** The levels of a basis of the blocks, then K. */
export function tableOf(basis: tf.Tensor, digits: Digits): LevelTable {
  const { levels, thresholds } = sorted(basis, digits);
  return { levels, thresholds };
}

/** Entry `index` of each block's row of a table that is of the blocks, then its entries. */
function pick(table: tf.Tensor, index: tf.Tensor, { shape }: Blocks): tf.Tensor {
  const entries = table.shape.at(-1)!;
  const starts = tf.reshape(tf.range(0, table.size, entries, 'int32'), [...shape]);
  const flat = tf.reshape(tf.add(index, starts), [-1]) as tf.Tensor1D;
  return tf.reshape(tf.gather(tf.reshape(table, [-1]), flat), index.shape);
}

/** How many thresholds lie below x: int32, of its shape. Found by halving. */
export function ranksOf(x: tf.Tensor, { levels, thresholds }: LevelTable, blocks: Blocks): tf.Tensor {
  let rank: tf.Tensor = tf.zeros(x.shape, 'int32');
  for (let step = levels.shape.at(-1)! / 2; step >= 1; step /= 2) {
    const threshold = pick(thresholds, tf.add(rank, tf.scalar(step - 1, 'int32')), blocks);
    rank = tf.add(rank, tf.mul(tf.cast(tf.greater(x, threshold), 'int32'), tf.scalar(step, 'int32')));
  }
  return rank;
}

/**
 * The least-squares basis for the codes that x has by this one: v* = (BᵀB + εI)⁻¹(Bᵀx + εv), taken as v + (BᵀB + εI)⁻¹Bᵀ(x − Bv),
 * which is the same and loses less. Where BᵀB is singular it is v. Of the blocks, then K, as `basis` is.
 */
export function refit(x: tf.Tensor, basis: tf.Tensor, digits: Digits, ridge: number, blocks: Blocks): tf.Tensor {
  const length = basis.shape.at(-1)!;
  const table = sorted(basis, digits);
  const ranks = ranksOf(x, table, blocks);
  const rest = tf.sub(x, pick(table.levels, ranks, blocks));
  const perBlock = x.size / tf.util.sizeFromShape([...blocks.shape]);
  const mean = (of: tf.Tensor) => tf.reshape(tf.mean(of, [...blocks.axes]), [-1]);
  const planes = tf.unstack(table.patterns, -1).map((digit) => pick(digit, ranks, blocks));
  const rows = planes.map((plane, i) => {
    const products = planes.map((other, j) => {
      const product = mean(tf.mul(plane, other));
      return i === j ? tf.add(product, ridge / perBlock) : product;
    });
    return tf.stack([...products, mean(tf.mul(plane, rest))], 1);
  });
  const { solution, regular } = solve(tf.stack(rows, 1));
  const fitted = tf.add(tf.reshape(basis, [-1, length]), solution);
  return tf.reshape(tf.where(regular, fitted, tf.reshape(basis, [-1, length])), basis.shape);
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

import { describe, expect, it } from 'vitest';
import { awaitJob, help, newBoard, publish } from './board.js';

/** Pieces of jobs as they are run. */
function recorder() {
  const pieces: (readonly [task: number, piece: number])[] = [];
  return { pieces, run: (task: number, piece: number) => void pieces.push([task, piece]) };
}

describe('a board', () => {
  it('gives out each piece of a job once, also where the count of tickets goes round', () => {
    const board = newBoard();
    // as after 2³¹ − 2 tickets
    board.fill(2 ** 31 - 2, 3);
    for (const task of [4, 5]) {
      const { pieces, run } = recorder();
      const job = publish(board, task, 3);
      help(board, job, run);
      help(board, job, run);
      expect(pieces).toEqual([0, 1, 2].map((piece) => [task, piece]));
      expect(awaitJob(board, job, 1)).toBe(true);
    }
  });

  it('has nothing left for who comes with an old job', () => {
    const board = newBoard();
    const old = publish(board, 0, 2);
    help(board, old, () => undefined);
    const { pieces, run } = recorder();
    const next = publish(board, 1, 2);
    help(board, old, run);
    expect(pieces).toEqual([]);
    help(board, next, run);
    expect(pieces.length).toBe(2);
  });

  it('knows that a piece was taken and not brought back', () => {
    const board = newBoard();
    const job = publish(board, 0, 2);
    const lost = () => {
      throw new Error('lost');
    };
    expect(() => help(board, job, lost)).toThrow('lost');
    help(board, job, () => undefined);
    expect(awaitJob(board, job, 50)).toBe(false);
  });
});

/**
 * How the replicas of a model bring their gradients together: the collective operations of synchronous data parallel training,
 * as in MPI. Every replica calls the same operations in the same order, with vectors of the same length. A step is one
 * `broadcast` of the weights and one `reduce` of the gradients; rank 0 alone updates, so that a transform keeps its state once.
 *
 * {@link SharedMemoryExchange} is the one between threads. One between machines has the same two operations; one that compresses
 * gradients does so around another's `reduce`.
 */
export interface GradientExchange {
  /** Which of the replicas this one is; 0 is the one that updates. */
  readonly rank: number;
  /** The number of replicas. */
  readonly size: number;
  /**
   * At rank 0 `values` becomes the sum of all ranks' values, added in an order that is always the same. At the others it stays
   * as it is, and may be used again when the promise is fulfilled.
   */
  reduce(values: Float32Array): Promise<void>;
  /** At every rank but 0 `values` becomes what rank 0 has given. */
  broadcast(values: Float32Array): Promise<void>;
}

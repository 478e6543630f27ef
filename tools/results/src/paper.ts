/** What a paper says of a network on CIFAR-10. */
export interface Published {
  /** Test accuracy in [0, 1]. */
  readonly accuracy: number;
  readonly source: string;
}

/** By experiment. */
export const published: Readonly<Record<string, Published>> = {
  'cifar10-l20x1-w4a4': { accuracy: 0.8897, source: 'L-SSPQ, table 4: cosine (5, 30), 200 + 20 epochs' },
  'cifar10-l20x4-w4a4': { accuracy: 0.8897, source: 'L-SSPQ, table 4: cosine (5, 30), 200 + 20 epochs' },
  'cifar10-l20wide-w4a4': { accuracy: 0.9111, source: 'L-SSPQ, table 4: cosine (30, 30), 200 + 20 epochs' },
  'cifar10-resnet20-float': { accuracy: 0.9125, source: 'He et al. 2016, table 6: 64,000 steps, about 164 epochs' },
};

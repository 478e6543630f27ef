import type { Page } from '../page.js';

/** Quantizers whose levels are fitted, or lie at other than equal distances. */
export const codebookPages: readonly Page[] = [
  {
    quantizer: 'lq-nets',
    title: 'LQ-Nets',
    summary: 'Levels are sums of a learned basis, so that bitwise kernels still work.',
    sections: [
      {
        role: 'weights',
        formula: ['levels = Σ v_j·b_j,  b_j ∈ {−1, 1},  a basis v for each output channel', 'x̂ = the nearest level'],
        gradient: 'The identity.',
        details:
          'State: v, fitted by one step of QEM at each training step (least squares on the codes of the old basis) and a moving average; no gradient trains it.',
      },
      {
        role: 'activations',
        formula: ['levels = Σ v_j·b_j,  b_j ∈ {0, 1},  one basis for the layer', 'x̂ = the nearest level'],
        gradient: 'Passes up to the highest level.',
      },
    ],
    when: 'Distributions far from uniform, where levels at equal distances waste codes. The dearest of the families to train.',
    source: 'D. Zhang et al., "LQ-Nets", ECCV 2018.',
  },
  {
    quantizer: 'inq',
    title: 'Powers of two (INQ)',
    summary: 'Levels are zero and powers of two: multiplications become shifts.',
    sections: [
      {
        role: 'weights',
        formula: ['n1 = ⌊log2(4·max|x| / 3)⌋,  n2 = n1 + 1 − 2^(k−1)/2', 'x̂ = the nearest of 0, ±2^n2, …, ±2^n1'],
        gradient: 'The identity.',
      },
    ],
    when: 'Hardware without multipliers. The incremental schedule that gives INQ its name freezes a growing share of the weights; it is built of weight transforms.',
    source: 'A. Zhou et al., "Incremental Network Quantization", ICLR 2017.',
  },
  {
    quantizer: 'lloyd-max',
    title: 'Symmetric Lloyd–Max',
    summary: 'The uniform step that makes the squared error of the weights least.',
    sections: [
      {
        role: 'weights',
        formula: [
          'x̂ = Δ·clip(round(x / Δ), −M, M),  M = 2^(k−1) − 1',
          'Δ by alternating least squares from several starts',
        ],
        gradient: 'The identity.',
        details:
          'State: Δ, fitted once and then held (the dissertation’s retraining), or moved by one iteration at each training step with `"refit": true`.',
      },
    ],
    when: 'Retraining a float model at a fixed step, and capacity tests: the quantizer of the dissertation’s chapter 2.',
    source: 'K. Hwang, W. Sung, SiPS 2014; Y. Boo, dissertation, eq. 2.3–2.7.',
  },
  {
    quantizer: 'kmeans',
    title: 'k-means code book',
    summary: 'Weight sharing: 2^k centers anywhere, trained by the sum of their members’ gradients.',
    sections: [
      {
        role: 'weights',
        formula: ['x̂ = the center nearest to x', 'centers by k-means from a linear start between min and max'],
        gradient:
          'To a center the sum of the gradients of its members. Clusters stay as they were found and x has none; with `"assignment": "nearest"` each step finds them anew and the gradient passes to x as well.',
        details: 'State: the centers.',
      },
    ],
    when: 'The smallest file for a given error, with Huffman coding after it; a look-up for each weight at run time. Since the gradient of a center is a sum over thousands of weights, centers that are trained from scratch want a small `learningRateScale`: the net of the digits learns at 0.01 (98.9 %) and does not at 1 (31 %).',
    source: 'S. Han et al., "Deep Compression", ICLR 2016, §3.',
  },
];

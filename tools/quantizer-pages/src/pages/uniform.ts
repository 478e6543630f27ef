import type { Page } from '../page.js';

/** Quantizers with levels at equal distances. */
export const uniformPages: readonly Page[] = [
  {
    quantizer: 'dorefa',
    title: 'DoReFa-Net',
    summary: 'Few-bit weights, activations and gradients without any state; what L-SSPQ is trained with.',
    sections: [
      {
        role: 'weights',
        formula: [
          'k = 1:  x̂ = E where x ≥ 0, −E elsewhere, E = mean|x| of the tensor',
          'k ≥ 2:  t = tanh(x),  x̂ = 2·round(n·(t / (2·max|t|) + 1/2)) / n − 1,  n = 2^k − 1',
        ],
        gradient:
          'Straight through the rounding, the true derivative of everything else; at one bit the identity. It flows through max|t| as in the authors’ code, unless `"maxGradient": "constant"`.',
      },
      {
        role: 'activations',
        formula: ['x̂ = round(n·clip(x, 0, 1)) / n,  n = 2^k − 1'],
        gradient: 'Passes where 0 ≤ x ≤ 1.',
      },
      {
        role: 'gradients',
        formula: [
          'M = max|x| of a sample,  N ~ U(−1/2n, 1/2n)',
          'x̂ = 2M·(round(n·clip(x / 2M + 1/2 + N, 0, 1)) / n − 1/2)',
        ],
        gradient: 'None: it is what is done to a gradient on its way back.',
        details:
          'The noise makes rounding right on average; it is drawn from the step’s seed. `"noise": "none"` leaves it out.',
      },
    ],
    when: 'A sound default: no state, nothing to tune, the same at every bit width. Batch normalization must follow, since levels lie in [−1, 1] and [0, 1] whatever the weights are.',
    source:
      'S. Zhou et al., "DoReFa-Net", 2016; E. Kim et al., "Optimizing Spatial Shift Point-Wise Quantization", 2021, §II-B.',
  },
  {
    quantizer: 'pact',
    title: 'PACT',
    summary: 'A clip that is learned with the weights.',
    sections: [
      {
        role: 'weights',
        formula: ['x̂ = 2α·(round(n·(clip(x, −α, α) / 2α + 1/2)) / n − 1/2),  n = 2^k − 1'],
        gradient: 'Passes where |x| ≤ α. dα = Σ g over x > α, minus Σ g over x < −α.',
        details:
          'State: α, one hundredth of the learning rate; it starts where the squared error of the weights is least. Zero is no level.',
      },
      {
        role: 'activations',
        formula: ['x̂ = round(n·clip(x, 0, α) / α)·α / n,  n = 2^k − 1'],
        gradient: 'Passes where 0 ≤ x ≤ α. dα = Σ g over x > α.',
        details: 'State: α, 6 at first, with an L2 penalty that pulls it down until something is clipped.',
      },
    ],
    when: 'Activations of nets that were trained with ReLU6, and where one clip for all layers costs accuracy.',
    source: 'J. Choi et al., "PACT", 2018; the form of weights and the constants: Y. Boo, dissertation, eq. 4.1–4.8.',
  },
  {
    quantizer: 'sawb',
    title: 'SAWB',
    summary: 'A clip computed from two moments of the weights, at every step.',
    sections: [
      {
        role: 'weights',
        formula: ['α = c1·√mean(x²) + c2·mean|x|', 'x̂ as in PACT’s weights'],
        gradient: 'Passes where |x| ≤ α; none through α.',
        details: 'c1 and c2 were fitted to six distributions at each bit width; other widths take α = max|x|.',
      },
    ],
    when: 'Weights at 2 to 4 bits without a trained clip; with PACT on activations it is the pair that the dissertation compares with.',
    source: 'J. Choi et al., "Accurate and Efficient 2-bit Quantized Neural Networks", 2019.',
  },
  {
    quantizer: 'sawb+',
    title: 'SAWB+',
    summary: 'SAWB whose gradient passes everywhere.',
    sections: [
      {
        role: 'weights',
        formula: ['α = c1·√mean(x²) + c2·mean|x|', 'x̂ as in PACT’s weights'],
        gradient: 'Straight through, also where x is clipped.',
      },
    ],
    when: 'Where too many weights are stuck outside of the clip.',
    source: 'IBM’s Foundation Model Stack, model optimizer.',
  },
  {
    quantizer: 'lsq',
    title: 'LSQ',
    summary: 'The step between levels is learned, with a gradient that sees the rounding.',
    sections: [
      {
        role: 'weights',
        formula: ['x̂ = s·round(clip(x / s, −Qn, Qp)),  Qn = 2^(k−1),  Qp = 2^(k−1) − 1'],
        gradient:
          'Passes where −Qn < x/s < Qp. ds = Σ g·(round(x/s) − x/s), or −Qn and Qp where x is clipped, divided by √(N·Qp).',
        details: 'State: s, which starts as 2·mean|x| / √Qp.',
      },
      {
        role: 'activations',
        formula: ['x̂ = s·round(clip(x / s, 0, Qp)),  Qp = 2^k − 1'],
        gradient: 'As for weights, with Qn = 0.',
        details: '`"signed": true` for activations on both sides of zero.',
      },
    ],
    when: 'The strongest of the simple families at 2 to 4 bits, from a trained float model or from scratch.',
    source: 'S. Esser et al., "Learned Step Size Quantization", ICLR 2020.',
  },
  {
    quantizer: 'qil',
    title: 'QIL',
    summary: 'The interval that is quantized is learned: its center and its width, so that small values can be pruned.',
    sections: [
      {
        role: 'weights',
        formula: [
          'u = 0 where |x| < c − d,  sign(x) where |x| > c + d,  sign(x)·(|x|/2d + 1/2 − c/2d)^γ between',
          'x̂ = round(q·u) / q,  q = 2^(k−1) − 1',
        ],
        gradient: 'Straight through the rounding, the true derivatives in x, c, d and γ; zero outside of the interval.',
        details: 'State: c and d, one hundredth of the learning rate.',
      },
      {
        role: 'activations',
        formula: ['u = clip(x/2d + 1/2 − c/2d, 0, 1)', 'x̂ = round(q·u) / q,  q = 2^k − 1'],
        gradient: 'As for weights, with γ = 1.',
      },
    ],
    when: 'Fine-tuning of a trained model, down the bits one by one. Batch normalization must follow: levels lie in [−1, 1]. Activations that are trained from scratch want an interval that leaves outliers out: the net of the digits learns with `"interval": [1, 1]`, which is [0, 2] (98.0 % with weights of 2 bits), and does not with that of the first batch (45 %).',
    source: 'S. Jung et al., "Learning to Quantize Deep Networks by Optimizing Quantization Intervals", CVPR 2019.',
  },
  {
    quantizer: 'uniform',
    title: 'Uniform affine',
    summary: 'What integer inference engines take: a scale and a zero point, from data.',
    sections: [
      {
        role: 'weights',
        formula: ['x̂ = s·(clip(round(x / s) + z, lowest, highest) − z)'],
        gradient: 'Passes where x is not clipped.',
        details:
          'Symmetric (z = 0) or with a zero point, by tensor, channel or group; the range by `minmax`, `percentile`, `mse` or `kl`.',
      },
      {
        role: 'activations',
        formula: ['x̂ = s·(clip(round(x / s) + z, 0, 2^k − 1) − z)'],
        gradient: 'Passes where x is not clipped.',
        details: 'Real zero is exactly a level.',
      },
    ],
    when: 'Post-training quantization at 8 to 4 bits, and whatever is to run as ONNX QDQ.',
    source: 'B. Jacob et al., CVPR 2018; R. Krishnamoorthi, 2018; calibration by divergence: S. Migacz, 2017.',
  },
];

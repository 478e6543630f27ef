import type { Page } from '../page.js';

/** Quantizers of one bit, or of three levels. */
export const binaryPages: readonly Page[] = [
  {
    quantizer: 'binary-connect',
    title: 'BinaryConnect',
    summary: 'Weights of +H and −H, by their sign or by chance.',
    sections: [
      {
        role: 'weights',
        formula: ['x̂ = H where x ≥ 0, −H elsewhere', 'stochastic: x̂ = H with probability clip((x/H + 1) / 2, 0, 1)'],
        gradient: 'The identity; latent weights are kept in [−H, H] after each update.',
      },
    ],
    when: 'One-bit weights with full-precision activations. The stochastic form regularizes, and saves no memory: its weights are real after training, as in the paper, and count 32 bits, unless `"evaluation": "binary"` takes their sign. Small initial weights are coin tosses at H = 1: `"scale": "glorot"` fits H to them, without which the stochastic form does not learn the digits in 15 epochs.',
    source: 'M. Courbariaux et al., "BinaryConnect", NIPS 2015.',
  },
  {
    quantizer: 'bwn',
    title: 'Binary-Weight-Network',
    summary: 'One-bit weights with a scale for each filter.',
    sections: [
      {
        role: 'weights',
        formula: ['x̂ = α·sign(x),  α = mean|x| of the filter,  sign(0) = 1'],
        gradient:
          'dx = g·(1/n + α·1{|x| ≤ 1}), as the paper has it; `"gradient": "exact"` is the chain rule through α.',
      },
    ],
    when: 'One-bit weights where filters differ in size; without batch normalization too.',
    source: 'M. Rastegari et al., "XNOR-Net", ECCV 2016, §3.1.',
  },
  {
    quantizer: 'xnor',
    title: 'XNOR-Net',
    summary: 'One-bit weights and activations.',
    sections: [
      {
        role: 'weights',
        formula: ['x̂ = α·sign(x),  α = mean|x| of the filter'],
        gradient:
          'That of BWN. After each update weights are centred over the input channels and clamped to [−1, 1], as the authors’ code does.',
      },
      {
        role: 'activations',
        formula: [
          'x̂ = sign(x),  sign(0) = 1',
          'with "scale": "K" the convolution’s result is multiplied by K = mean|x| over channels ∗ box',
        ],
        gradient: 'Passes where |x| < 1.',
      },
    ],
    when: 'Where convolutions are to be XNOR and popcount. Keep the first and the last layer float, and order blocks BN → sign → conv → pool.',
    source: 'M. Rastegari et al., "XNOR-Net", ECCV 2016.',
  },
  {
    quantizer: 'sign',
    title: 'Sign (BNN)',
    summary: 'One-bit activations.',
    sections: [
      {
        role: 'activations',
        formula: ['x̂ = 1 where x ≥ 0, −1 elsewhere'],
        gradient: 'Passes where |x| ≤ 1.',
      },
    ],
    when: 'Binary activations with weights of any family.',
    source: 'I. Hubara et al., "Binarized Neural Networks", NIPS 2016.',
  },
  {
    quantizer: 'twn',
    title: 'Ternary Weight Networks',
    summary: 'Weights of −α, 0 and α, with a threshold from their mean.',
    sections: [
      {
        role: 'weights',
        formula: ['Δ = 0.7·mean|x|', 'x̂ = α·sign(x) where |x| > Δ, 0 elsewhere;  α = mean|x| over |x| > Δ'],
        gradient: 'The identity.',
      },
    ],
    when: 'Ternary weights without any state: a third level, and zeros that can be skipped, for 1.6 bits.',
    source: 'F. Li et al., "Ternary Weight Networks", 2016.',
  },
  {
    quantizer: 'ttq',
    title: 'Trained Ternary Quantization',
    summary: 'Ternary weights whose two scales are learned apart.',
    sections: [
      {
        role: 'weights',
        formula: ['θ = t·max|x|,  t = 0.05', 'x̂ = Wp where x > θ, −Wn where x < −θ, 0 elsewhere'],
        gradient: 'dx = g·Wp, g, g·Wn in the three regions; dWp = Σ g over x > θ, dWn = −Σ g over x < −θ.',
        details: 'State: Wp and Wn, 1 at first.',
      },
    ],
    when: 'Ternary weights from a trained float model, where TWN costs too much.',
    source: 'C. Zhu et al., "Trained Ternary Quantization", ICLR 2017.',
  },
];

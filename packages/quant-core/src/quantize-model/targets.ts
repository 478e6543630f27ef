/** Kinds of layer that a rule can ask for. A convolution whose window is one place is 'pointwise', every other is 'conv'. */
export const TARGET_KINDS = ['conv', 'pointwise', 'depthwise', 'dense', 'embedding', 'recurrent', 'attention'] as const;
/** One of {@link TARGET_KINDS}. */
export type TargetKind = (typeof TARGET_KINDS)[number];

/** The options of a layer as `getConfig` gives them. */
export type LayerConfig = Record<string, unknown>;

/** What a layer that can be quantized becomes. */
export interface Target {
  readonly className: string;
  /** The options that take quantizers of weights. */
  readonly weights: readonly string[];
  /** Whether its input can be quantized. */
  readonly inputs: boolean;
  kindsOf(config: LayerConfig): readonly TargetKind[];
}

const KERNEL = ['kernelQuantizer'];

function target(
  className: string,
  kinds: readonly TargetKind[] | Target['kindsOf'],
  weights: readonly string[] = KERNEL,
  inputs = true,
): Target {
  return { className, weights, inputs, kindsOf: typeof kinds === 'function' ? kinds : () => kinds };
}

const byWindow = ({ kernelSize }: LayerConfig): readonly TargetKind[] =>
  [kernelSize].flat().every((size) => size === 1) ? ['pointwise'] : ['conv'];

const MATRICES = ['kernelQuantizer', 'recurrentQuantizer'];

const BY_STOCK_NAME: Readonly<Record<string, Target>> = {
  Conv1D: target('QuantConv1D', byWindow),
  Conv2D: target('QuantConv2D', byWindow),
  Conv3D: target('QuantConv3D', byWindow),
  Conv2DTranspose: target('QuantConv2DTranspose', byWindow),
  DepthwiseConv2D: target('QuantDepthwiseConv2D', ['depthwise']),
  SeparableConv2D: target(
    'QuantSeparableConv2D',
    ['depthwise', 'pointwise'],
    ['depthwiseQuantizer', 'pointwiseQuantizer'],
  ),
  Dense: target('QuantDense', ['dense']),
  Embedding: target('QuantEmbedding', ['embedding'], ['embeddingsQuantizer'], false),
  LSTM: target('QuantLSTM', ['recurrent'], MATRICES),
  GRU: target('QuantGRU', ['recurrent'], MATRICES),
  SimpleRNN: target('QuantSimpleRNN', ['recurrent'], MATRICES),
};

const PROJECTIONS = ['query', 'key', 'value', 'output'].map((name) => `${name}KernelQuantizer`);

const TARGETS = new Map([
  ['QuantFoldedConv2D', target('QuantFoldedConv2D', byWindow)] as const,
  ['QuantAttention', target('QuantAttention', ['attention'], PROJECTIONS)] as const,
  ...Object.entries(BY_STOCK_NAME),
  // a layer that has quantizers already can be given others
  ...Object.values(BY_STOCK_NAME).map((each) => [each.className, each] as const),
]);

/** What a layer of this class becomes when it is quantized; undefined of one that has nothing to quantize. */
export function targetOf(className: string): Target | undefined {
  return TARGETS.get(className);
}

import { util, type DataType, type KernelBackend, type TensorInfo } from '@tensorflow/tfjs-core';

/** A computation whose every output value is found by itself. */
export interface Program {
  /** Its pipeline is kept under this name: another code wants another name. */
  readonly name: string;
  /** By the name under which the code has it as a flat array, of f32 (int32 and bool: of i32). None may be empty. */
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  /** Shape of the output, which is float32. */
  readonly shape: readonly number[];
  /** Whole numbers that the code reads as `uniforms.NAME`, an i32. */
  readonly uniforms?: Readonly<Record<string, number>>;
  /** WGSL with `fn compute(index : i32) -> f32`, the output's value at a flat index. `uniforms.NAN` is not a number. */
  readonly code: string;
}

/** What of TF.js's WebGPU backend is used; {@link canRunPrograms} looks for it before anything relies on it. */
interface WebgpuBackend {
  runWebGPUProgram(
    program: object,
    inputs: readonly TensorInfo[],
    dtype: DataType,
    uniforms: readonly { type: 'int32'; data: number[] }[],
  ): TensorInfo;
}

/** Whether `backend` is TF.js's WebGPU backend. */
export function canRunPrograms(backend: KernelBackend): boolean {
  return typeof (backend as Partial<WebgpuBackend>).runWebGPUProgram === 'function';
}

const WORKGROUP = 64;

/**
 * Runs a program on the GPU, one invocation for each value of the output. It is compiled at the first call. For use in kernels:
 * the output is a new tensor that the caller owns.
 *
 * @throws Error the backend is not TF.js's WebGPU backend; RangeError an empty input of an output that is not empty
 */
export function runProgram(backend: KernelBackend, program: Program): TensorInfo {
  if (!canRunPrograms(backend)) {
    throw new Error(
      "cannot run a WGSL program on this backend, received a backend other than @tensorflow/tfjs-backend-webgpu's; " +
        "call tf.setBackend('webgpu') first",
    );
  }
  const { name, inputs, shape, uniforms = {}, code } = program;
  const size = util.sizeFromShape([...shape]);
  const empty = Object.keys(inputs).find((each) => util.sizeFromShape(inputs[each]!.shape) === 0);
  if (size > 0 && empty !== undefined) {
    throw new RangeError(`the GPU binds no empty buffer, in program '${name}', received an empty input '${empty}'`);
  }
  const description = {
    shaderKey: `lowbit-${name}`,
    variableNames: Object.keys(inputs),
    uniforms: Object.keys(uniforms)
      .map((each) => `${each} : i32, `)
      .join(''),
    // one axis: the code finds its way by its own uniforms
    outputShape: [size],
    dispatchLayout: { x: [0] },
    dispatch: [Math.ceil(size / WORKGROUP), 1, 1],
    workgroupSize: [WORKGROUP, 1, 1],
    size: true,
    getUserCode: () => `${code}
      fn main(index : i32) {
        if (index < uniforms.size) {
          result[index] = compute(index);
        }
      }`,
  };
  const flat = Object.values(inputs).map((each) => ({ ...each, shape: [util.sizeFromShape(each.shape)] }));
  const numbers = Object.values(uniforms).map((value) => ({ type: 'int32' as const, data: [value] }));
  const { dataId, dtype } = (backend as unknown as WebgpuBackend).runWebGPUProgram(
    description,
    flat,
    'float32',
    numbers,
  );
  return { dataId, dtype, shape: [...shape] };
}

"""Runs ONNX files with other people's code: answers each line on stdin with a line of JSON on stdout, until stdin ends.

Request:  {"engine": ENGINE, "model": base64, "inputs": {name: {"shape": [...], "data": base64 of float32}}}
Answer:   {"outputs": {name: {"shape": [...], "data": base64}}, "versions": {...}, ...}, or {"error": "..."}

ENGINE is one of
  qonnx         qonnx.core.onnx_exec, after qonnx's shape inference
  qonnx-clean   the same after qonnx's clean-up and inference of data types; also {"cost": qonnx's inference cost}
  onnxruntime   ONNX Runtime on the CPU; also {"operators": how many of each are left after its own optimizations}
"""

import base64
import collections
import importlib.metadata
import json
import os
import sys
import tempfile
import traceback

import numpy as np
import onnx


def qonnx_outputs(model, inputs):
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_shapes import InferShapes

    return execute_onnx(ModelWrapper(model).transform(InferShapes()), inputs), {}


def qonnx_clean_outputs(model, inputs):
    from qonnx.analysis.inference_cost import inference_cost
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_datatypes import InferDataTypes
    from qonnx.util.cleanup import cleanup_model

    names = [value.name for value in model.graph.output]
    given = [inputs[value.name] for value in model.graph.input]
    clean = cleanup_model(ModelWrapper(model)).transform(InferDataTypes())
    # the clean-up gives everything names of its own
    found = execute_onnx(clean, dict(zip((value.name for value in clean.graph.input), given)))
    outputs = {name: found[value.name] for name, value in zip(names, clean.graph.output)}
    cost = inference_cost(clean, discount_sparsity=False)["total_cost"]
    return outputs, {"cost": {name: float(count) for name, count in cost.items() if name.startswith(("op_", "mem_"))}}


def onnxruntime_outputs(model, inputs):
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        options.optimized_model_filepath = os.path.join(folder, "optimized.onnx")
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        left = onnx.load(options.optimized_model_filepath).graph.node
    names = [value.name for value in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, inputs)))
    return outputs, {"operators": collections.Counter(node.op_type for node in left)}


ENGINES = {"qonnx": qonnx_outputs, "qonnx-clean": qonnx_clean_outputs, "onnxruntime": onnxruntime_outputs}


def answer(request):
    model = onnx.load_from_string(base64.b64decode(request["model"]))
    onnx.checker.check_model(model, full_check=True)
    inputs = {
        name: np.frombuffer(base64.b64decode(value["data"]), np.float32).reshape(value["shape"])
        for name, value in request["inputs"].items()
    }
    outputs, more = ENGINES[request["engine"]](model, inputs)
    encoded = {
        name: {"shape": value.shape, "data": base64.b64encode(value.astype(np.float32).tobytes()).decode()}
        for name, value in outputs.items()
    }
    versions = {name: importlib.metadata.version(name) for name in ("onnx", "onnxruntime", "qonnx")}
    return {"outputs": encoded, "versions": versions, **more}


def main():
    # what the engines print is no part of an answer
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        try:
            result = answer(json.loads(line))
        except Exception:
            result = {"error": traceback.format_exc()}
        print(json.dumps(result), file=answers, flush=True)


if __name__ == "__main__":
    main()

"""Native ONNX Runtime as a side of the benchmark, one thread. The protocol is in ../README.md; the first line is a list of
models, {file, type, shape}, and 'step INDEX' computes one of them."""

import json
import sys
import time

ENOUGH = 0.06  # seconds that a repetition is to take at least


def answer(**values):
    print(json.dumps(values), flush=True)


class Model:
    def __init__(self, file, type, shape):
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = 3
        self.session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        random = np.random.default_rng(1)
        x = random.integers(0, 256, shape, np.uint8) if type == "uint8" else random.standard_normal(shape, np.float32)
        self.inputs = {"x": x}
        self.repetitions = 1

    def step(self):
        wall, used = time.perf_counter(), time.process_time()
        for _ in range(self.repetitions):
            self.session.run(None, self.inputs)
        seconds = (time.perf_counter() - wall) / self.repetitions
        used = (time.process_time() - used) / self.repetitions
        self.repetitions = max(1, round(ENOUGH / seconds))
        return {"ms": 1000 * seconds, "cpuMs": 1000 * used}


try:
    import numpy as np
    import onnxruntime as ort

    given = json.loads(sys.stdin.readline())
    models = {}
    answer(ready="native, 1 thread", versions={"onnxruntime": ort.__version__})
    for line in sys.stdin:
        index = int(line.removeprefix("step "))
        if index not in models:
            models[index] = Model(**given[index])
        answer(**models[index].step())
except Exception as error:
    answer(skipped=str(error).split("\n")[0])

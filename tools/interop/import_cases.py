"""Builds ONNX models with random weights and runs them by ONNX Runtime: a line of JSON on stdout for each.

{"name", "opset", "model": base64, "inputs": {name: {"shape", "data"}}, "outputs": {name: {"shape", "data"}}}, data as base64 of float32. The models: one
for each op and its attributes, and nets like ResNet, MobileNetV2 and BERT, each at the opsets named on the command line.
"""

import base64
import json
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

IMAGE = [1, 4, 7, 6]
ROWS = [1, 5, 8]


class Net:
    """Nodes and initializers of a model while it is built."""

    def __init__(self, opset, seed=0):
        self.opset, self.nodes, self.initializers, self.count = opset, [], [], 0
        self.random = np.random.default_rng(seed)

    def constant(self, array):
        name = f"c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def weights(self, *shape, scale=None):
        deviation = scale or (2 / max(1, np.prod(shape[1:]))) ** 0.5
        return self.constant((self.random.standard_normal(shape) * deviation).astype(np.float32))

    def ints(self, *values):
        return self.constant(np.array(values, np.int64))

    def add(self, op, *inputs, outputs=1, **attributes):
        self.count += 1
        names = [f"v{self.count}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, name=f"/{op}_{self.count}", **attributes))
        return names[0] if outputs == 1 else names

    def number(self, value):
        return self.constant(np.array(value, np.float32))

    def axes(self, op, x, *axes, keepdims=None):
        """An op whose axes were an attribute once."""
        more = {} if keepdims is None else {"keepdims": keepdims}
        since = 18 if op == "ReduceMean" else 13
        if self.opset < since:
            return self.add(op, x, axes=list(axes), **more)
        return self.add(op, x, self.ints(*axes), **more)

    def norm(self, x, channels):
        r = self.random
        parts = [r.uniform(0.5, 1.5, channels), r.normal(0, 0.3, channels), r.normal(0, 0.3, channels), r.uniform(0.5, 2, channels)]
        return self.add("BatchNormalization", x, *[self.constant(p.astype(np.float32)) for p in parts], epsilon=1e-3)

    def conv(self, x, channels, filters, size, stride=1, group=1, bias=False):
        pads = [size // 2] * 4
        w = self.weights(filters, channels // group, size, size)
        b = [self.weights(filters, scale=0.1)] if bias else []
        return self.add("Conv", x, w, *b, strides=[stride, stride], pads=pads, group=group)

    def dense(self, x, width, units):
        return self.add("Add", self.add("MatMul", x, self.weights(width, units, scale=width**-0.5)), self.weights(units, scale=0.1))

    def layer_norm(self, x, width):
        gamma, beta = self.constant(self.random.uniform(0.5, 1.5, width).astype(np.float32)), self.weights(width, scale=0.2)
        if self.opset >= 17:
            return self.add("LayerNormalization", x, gamma, beta, axis=-1, epsilon=1e-6)
        centered = self.add("Sub", x, self.axes("ReduceMean", x, -1, keepdims=1))
        squares = self.add("Pow", centered, self.number(2))
        variance = self.add("Add", self.axes("ReduceMean", squares, -1, keepdims=1), self.number(1e-6))
        normal = self.add("Div", centered, self.add("Sqrt", variance))
        return self.add("Add", self.add("Mul", normal, gamma), beta)

    def gelu(self, x):
        if self.opset >= 20:
            return self.add("Gelu", x)
        bent = self.add("Erf", self.add("Div", x, self.number(2**0.5)))
        return self.add("Mul", self.add("Mul", x, self.add("Add", bent, self.number(1))), self.number(0.5))

    def model(self, inputs, output):
        outputs = [output] if isinstance(output, str) else output
        graph = helper.make_graph(
            self.nodes,
            "g",
            [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in inputs],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
            self.initializers,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8 if self.opset < 19 else 10)


def op_case(build, shape=IMAGE):
    def made(opset):
        net = Net(opset)
        return net.model([("x", TensorProto.FLOAT, ["batch", *shape[1:]])], build(net)), {"x": shape}

    return made


def simple(op, shape=IMAGE, **attributes):
    return op_case(lambda net: net.add(op, "x", **attributes), shape)


def attention(net, x, mask, width, heads, steps):
    each = width // heads

    def split(value, order):
        return net.add("Transpose", net.add("Reshape", value, net.ints(0, 0, heads, each)), perm=order)

    q, k, v = (net.dense(x, width, width) for _ in range(3))
    scores = net.add("MatMul", split(q, [0, 2, 1, 3]), split(k, [0, 2, 3, 1]))
    scores = net.add("Add", net.add("Div", scores, net.number(each**0.5)), mask)
    mixed = net.add("MatMul", net.add("Softmax", scores, axis=-1), split(v, [0, 2, 1, 3]))
    # as PyTorch exports it: the shape is computed
    shape = net.add("Shape", x)
    size = net.add("Gather", shape, net.constant(np.array(0, np.int64)))
    target = net.add("Concat", net.axes("Unsqueeze", size, 0), net.ints(-1, width), axis=0)
    return net.dense(net.add("Reshape", net.add("Transpose", mixed, perm=[0, 2, 1, 3]), target), width, width)


def bert(opset, width=32, heads=4, steps=12, layers=2, vocabulary=50):
    net = Net(opset, 3)
    words = net.add("Gather", net.weights(vocabulary, width, scale=1), "ids")
    types = net.add("Gather", net.weights(2, width, scale=1), "types")
    places = net.add("Gather", net.weights(64, width, scale=1), net.add("Slice", net.constant(np.arange(64)[None]), net.ints(0), net.ints(steps), net.ints(1)))
    x = net.layer_norm(net.add("Add", net.add("Add", words, types), places), width)
    mask = net.add("Cast", net.axes("Unsqueeze", net.axes("Unsqueeze", "mask", 1), 2), to=TensorProto.FLOAT)
    mask = net.add("Mul", net.add("Sub", net.number(1), mask), net.number(-10000))
    for _ in range(layers):
        x = net.layer_norm(net.add("Add", attention(net, x, mask, width, heads, steps), x), width)
        inner = net.gelu(net.dense(x, width, 4 * width))
        x = net.layer_norm(net.add("Add", net.dense(inner, 4 * width, width), x), width)
    first = net.add("Gather", x, net.constant(np.array(0, np.int64)), axis=1)
    pooled = net.add("Tanh", net.add("Gemm", first, net.weights(width, width), net.weights(width, scale=0.1), transB=1))
    logits = net.add("Gemm", pooled, net.weights(3, width), net.weights(3, scale=0.1), transB=1)
    named = [(name, TensorProto.INT64, ["batch", steps]) for name in ("ids", "types", "mask")]
    return net.model(named, [logits, x]), {"ids": [1, steps], "types": [1, steps], "mask": [1, steps]}


def resnet(opset, block="basic"):
    net = Net(opset, 1)
    x = net.add("Relu", net.norm(net.conv("x", 3, 8, 7, 2), 8))
    x = net.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    channels = 8
    for filters, stride in [(8, 1), (16, 2), (32, 2)]:
        out = filters if block == "basic" else 2 * filters
        if block == "basic":
            y = net.add("Relu", net.norm(net.conv(x, channels, filters, 3, stride), filters))
            y = net.norm(net.conv(y, filters, out, 3), out)
        else:
            y = net.add("Relu", net.norm(net.conv(x, channels, filters, 1), filters))
            y = net.add("Relu", net.norm(net.conv(y, filters, filters, 3, stride), filters))
            y = net.norm(net.conv(y, filters, out, 1), out)
        short = x if stride == 1 and channels == out else net.norm(net.conv(x, channels, out, 1, stride), out)
        x, channels = net.add("Relu", net.add("Add", y, short)), out
    flat = net.add("Flatten", net.add("GlobalAveragePool", x))
    logits = net.add("Gemm", flat, net.weights(10, channels), net.weights(10, scale=0.1), transB=1)
    return net.model([("x", TensorProto.FLOAT, ["batch", 3, 33, 32])], logits), {"x": [1, 3, 33, 32]}


def mobilenet(opset):
    net = Net(opset, 2)

    def relu6(x):
        return net.add("Clip", x, net.number(0), net.number(6))

    x, channels = relu6(net.norm(net.conv("x", 3, 8, 3, 2), 8)), 8
    for filters, stride, expansion in [(8, 1, 1), (12, 2, 4), (12, 1, 4), (16, 2, 4)]:
        wide = channels * expansion
        y = x if expansion == 1 else relu6(net.norm(net.conv(x, channels, wide, 1), wide))
        y = relu6(net.norm(net.conv(y, wide, wide, 3, stride, group=wide), wide))
        y = net.norm(net.conv(y, wide, filters, 1), filters)
        x, channels = (net.add("Add", x, y) if stride == 1 and channels == filters else y), filters
    x = relu6(net.norm(net.conv(x, channels, 40, 1), 40))
    pooled = net.axes("ReduceMean", x, 2, 3, keepdims=0)
    logits = net.add("Gemm", pooled, net.weights(40, 10), net.weights(10, scale=0.1))
    return net.model([("x", TensorProto.FLOAT, ["batch", 3, 32, 32])], net.add("Softmax", logits)), {"x": [1, 3, 32, 32]}


def conv_case(shape=IMAGE, kernel=(8, 4, 3, 3), bias=True, **attributes):
    def build(net):
        return net.add("Conv", "x", net.weights(*kernel), *([net.weights(kernel[0])] if bias else []), **attributes)

    return op_case(build, shape)


def by(op, *shape, first=False, positive=False):
    def build(net):
        c = net.constant((net.random.uniform(0.5, 2, shape) * (1 if positive else net.random.choice([-1, 1], shape))).astype(np.float32))
        return net.add(op, *((c, "x") if first else ("x", c)))

    return op_case(build)


def pair(op):
    return op_case(lambda net: net.add(op, "x", net.add("Tanh", "x")))


def split_case(net):
    parts = net.add("Split", "x", *([net.ints(1, 3)] if net.opset >= 13 else []), outputs=2, axis=1, **({} if net.opset >= 13 else {"split": [1, 3]}))
    return net.add("Concat", parts[1], parts[0], axis=1)


def normalized(net, inverse):
    centered = net.add("Sub", "x", net.axes("ReduceMean", "x", -1, keepdims=1))
    squares = net.add("Mul", centered, centered)
    deviation = net.add("Sqrt", net.add("Add", net.number(1e-5), net.axes("ReduceMean", squares, 2, keepdims=1)))
    if inverse:
        return net.add("Mul", centered, net.add("Reciprocal", deviation))
    return net.add("Div", centered, deviation)


def flattened(net):
    y = net.add("Relu", net.conv("x", 4, 6, 3, 2))
    return net.add("Gemm", net.add("Flatten", y), net.weights(6 * 4 * 3, 5), net.weights(5), alpha=0.5, beta=2.0)


def own_layout(net):
    y = net.add("Transpose", "x", perm=[0, 3, 1, 2])
    return net.add("Transpose", net.add("Relu", net.conv(y, 6, 4, 3)), perm=[0, 2, 3, 1])


def masked(net):
    hidden = net.add("Mul", net.add("ReduceMax", "x", axes=[2, 3], keepdims=1) if net.opset < 18 else net.add("ReduceMax", "x", net.ints(2, 3), keepdims=1), "x")
    return net.add("Add", hidden, net.add("GlobalMaxPool", "x"))


CASES = {
    "conv": conv_case(strides=[2, 1], pads=[1, 0, 2, 1], dilations=[1, 2]),
    "conv in groups": conv_case(kernel=(8, 2, 3, 3), group=2),
    "conv, depthwise": conv_case(kernel=(8, 1, 3, 3), group=4, pads=[1, 1, 1, 1]),
    "conv, SAME_UPPER": conv_case(auto_pad="SAME_UPPER", strides=[2, 2]),
    "conv, SAME_LOWER": conv_case(auto_pad="SAME_LOWER", strides=[2, 2], bias=False),
    "conv along one axis": conv_case([1, 4, 9], (6, 4, 3), pads=[2, 1], strides=[2]),
    "batch normalization": op_case(lambda net: net.norm("x", 4)),
    "conv and batch normalization": op_case(lambda net: net.norm(net.conv("x", 4, 5, 3, bias=True), 5)),
    "Gemm of an image": op_case(flattened),
    "Gemm, no bias": op_case(lambda net: net.add("Gemm", "x", net.weights(8, 3)), [1, 8]),
    "MatMul by a matrix": op_case(lambda net: net.add("MatMul", "x", net.weights(8, 3)), ROWS),
    "MatMul of values": op_case(lambda net: net.add("MatMul", "x", net.add("Transpose", net.add("Tanh", "x"), perm=[0, 1, 3, 2]))),
    "MatMul, turned": op_case(lambda net: net.add("MatMul", net.add("Transpose", "x", perm=[0, 2, 3, 1]), net.add("Tanh", net.add("Transpose", "x", perm=[0, 2, 1, 3])))),
    "add": pair("Add"),
    "sub": pair("Sub"),
    "mul": pair("Mul"),
    "max": pair("Max"),
    "min": pair("Min"),
    "add a number": by("Add"),
    "number − x": by("Sub", first=True),
    "mul by channel": by("Mul", 4, 1, 1),
    "div by channel": by("Div", 1, 4, 1, 1, positive=True),
    "add by row": by("Add", 7, 1),
    "sub of every place": by("Sub", 4, 7, 6),
    "max with a number": by("Max"),
    "broadcast": op_case(lambda net: net.add("Mul", "x", net.add("Sigmoid", net.add("GlobalAveragePool", "x")))),
    "values by row and column": op_case(lambda net: net.add("Add", net.axes("ReduceMean", "x", 2, keepdims=1), net.axes("ReduceMean", "x", 3, keepdims=1))),
    "pow": op_case(lambda net: net.add("Pow", "x", net.number(3))),
    "sqrt": op_case(lambda net: net.add("Sqrt", net.add("Abs", "x"))),
    "neg": simple("Neg"),
    "relu": simple("Relu"),
    "sigmoid": simple("Sigmoid"),
    "tanh": simple("Tanh"),
    "exp": simple("Exp"),
    "sign": simple("Sign"),
    "softplus": simple("Softplus"),
    "elu": simple("Elu"),
    "leaky relu": simple("LeakyRelu", alpha=0.2),
    "hard sigmoid": simple("HardSigmoid"),
    "hard sigmoid, steep": simple("HardSigmoid", alpha=0.5, beta=0.25),
    "clip": op_case(lambda net: net.add("Clip", "x", net.number(-0.5), net.number(0.25))),
    "clip from below": op_case(lambda net: net.add("Clip", "x", net.number(0))),
    "relu6": op_case(lambda net: net.add("Clip", "x", net.number(0), net.number(6))),
    "hard swish": op_case(lambda net: net.add("HardSwish", "x") if net.opset >= 14 else net.add("Mul", "x", net.add("HardSigmoid", "x", alpha=1 / 6, beta=0.5))),
    "gelu": op_case(lambda net: net.gelu("x")),
    "gelu, tanh": op_case(lambda net: net.add("Gelu", "x", approximate="tanh") if net.opset >= 20 else net.gelu("x")),
    "gelu, halved first": op_case(lambda net: net.add("Mul", net.add("Mul", "x", net.number(0.5)), net.add("Add", net.number(1), net.add("Erf", net.add("Mul", "x", net.number(0.5**0.5)))))),
    "layer normalization": op_case(lambda net: net.layer_norm("x", 8), ROWS),
    "layer normalization by a quotient": op_case(lambda net: normalized(net, False), ROWS),
    "layer normalization by an inverse": op_case(lambda net: normalized(net, True), ROWS),
    "softmax": simple("Softmax", ROWS, axis=2),
    "softmax over channels": op_case(lambda net: net.add("Softmax", "x", axis=1 if net.opset >= 13 else 3)),
    "max pool": simple("MaxPool", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1]),
    "max pool, ceil": simple("MaxPool", kernel_shape=[2, 3], strides=[2, 2], ceil_mode=1),
    "max pool along one axis": simple("MaxPool", [1, 4, 9], kernel_shape=[3], strides=[2], pads=[1, 0]),
    "average pool": simple("AveragePool", kernel_shape=[3, 3], strides=[2, 1], pads=[1, 1, 1, 1]),
    "average pool, padding counted": simple("AveragePool", kernel_shape=[3, 3], pads=[1, 0, 1, 1], count_include_pad=1),
    "global pools": op_case(masked),
    "global average pool along one axis": simple("GlobalAveragePool", [1, 4, 9]),
    "reduce mean of an image": op_case(lambda net: net.axes("ReduceMean", "x", 2, 3, keepdims=0)),
    "reduce mean of channels": op_case(lambda net: net.axes("ReduceMean", "x", 1, keepdims=1)),
    "reduce mean of one axis": op_case(lambda net: net.axes("ReduceMean", "x", -2, keepdims=0), ROWS),
    "reduce sum": op_case(lambda net: net.axes("ReduceSum", "x", 1, 2, keepdims=0)),
    "reshape": op_case(lambda net: net.add("Reshape", "x", net.ints(0, -1, 14))),
    "flatten": simple("Flatten", axis=2),
    "squeeze and unsqueeze": op_case(lambda net: net.axes("Unsqueeze", net.axes("Squeeze", net.add("GlobalAveragePool", "x"), 2, 3), 1)),
    "transpose": simple("Transpose", perm=[0, 2, 3, 1]),
    "transpose of rows": simple("Transpose", ROWS, perm=[0, 2, 1]),
    "an image in its own layout": op_case(own_layout),
    "concat": op_case(lambda net: net.add("Concat", "x", net.conv("x", 4, 3, 1), axis=1)),
    "concat of rows": op_case(lambda net: net.add("Concat", "x", net.add("Tanh", "x"), axis=-1), ROWS),
    "slice": op_case(lambda net: net.add("Slice", "x", net.ints(1, -4), net.ints(3, 2**62), net.ints(1, 3))),
    "split": op_case(split_case),
    "pad": op_case(lambda net: net.add("Pad", "x", net.ints(0, 0, 1, 0, 0, 0, 2, 3))),
    "gather of places": op_case(lambda net: net.add("Gather", "x", net.ints(1, 2), axis=2)),
    "gather of one place": op_case(lambda net: net.add("Gather", "x", net.constant(np.array(-1, np.int64)), axis=1), ROWS),
    "identity and dropout": op_case(lambda net: net.add("Dropout", net.add("Identity", "x"))),
    "shapes that are computed": op_case(
        lambda net: net.add(
            "Reshape",
            "x",
            net.add("Concat", net.add("Slice", net.add("Shape", "x"), net.ints(0), net.ints(2)), net.ints(-1), axis=0),
        )
    ),
    "ResNet, basic blocks": resnet,
    "ResNet, bottlenecks": lambda opset: resnet(opset, "bottleneck"),
    "MobileNetV2": mobilenet,
    "BERT": bert,
}


def encoded(array):
    return {"shape": array.shape, "data": base64.b64encode(np.ascontiguousarray(array, np.float32).tobytes()).decode()}


def run(name, opset):
    model, shapes = CASES[name](opset)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    random = np.random.default_rng(7)
    inputs = {}
    for info in session.get_inputs():
        shape = shapes[info.name]
        if info.type == "tensor(float)":
            inputs[info.name] = random.standard_normal(shape).astype(np.float32)
        else:
            most = {"ids": 50, "types": 2, "mask": 2}[info.name]
            inputs[info.name] = random.integers(0, most, shape)
    names = [info.name for info in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, inputs)))
    return {
        "name": name,
        "opset": opset,
        "model": base64.b64encode(model.SerializeToString()).decode(),
        "inputs": {key: encoded(value) for key, value in inputs.items()},
        "outputs": {key: encoded(value) for key, value in outputs.items()},
    }


if __name__ == "__main__":
    for given in sys.argv[1:]:
        for case in CASES:
            print(json.dumps(run(case, int(given))), flush=True)

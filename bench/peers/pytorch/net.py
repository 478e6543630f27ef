"""A net from a plan: the layers that Lowbit's own builder lays out, as PyTorch modules."""

import torch
from torch import nn


class Clip(nn.Module):
    """A float activation: to [0, 1], as DoReFa's without its rounding."""

    def forward(self, x):
        return x.clamp(0, 1)


class AveragePool(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class Add(nn.Module):
    def forward(self, x, y):
        return x + y


class FloatLayers:
    """Layers of a float net. Bits are another class's business (see brevitas_layers.py)."""

    def conv(self, layer):
        if layer["bits"] != "float":
            raise ValueError(f"{layer['name']}: weights of {layer['bits']} bits need Brevitas")
        return nn.Conv2d(**conv_arguments(layer))

    def quantize(self, layer):
        if layer["bits"] != "float":
            raise ValueError(f"{layer['name']}: activations of {layer['bits']} bits need Brevitas")
        return Clip()


def conv_arguments(layer):
    size = layer["kernelSize"]
    return {
        "in_channels": layer["channels"],
        "out_channels": layer["filters"],
        "kernel_size": size,
        "stride": layer["strides"],
        "padding": size // 2,
        "bias": layer["useBias"],
    }


def module(layer, layers):
    channels = layer["channels"]
    match layer["op"]:
        # the first convolution is float in every net
        case "conv" if layer["bits"] == "float":
            return FloatLayers().conv(layer)
        case "conv":
            return layers.conv(layer)
        case "quantize":
            return layers.quantize(layer)
        case "batch-norm":
            return nn.BatchNorm2d(channels, eps=layer["epsilon"])
        case "relu":
            return nn.ReLU()
        case "shift":  # PyTorch has no shift: a depthwise 3×3 stands for it
            return nn.Conv2d(channels, channels, 3, layer["strides"], 1, groups=channels, bias=False)
        case "average-pool":
            return AveragePool()
        case "add":
            return Add()
        case "dense":
            return nn.Linear(channels, layer["units"])
        case other:
            raise ValueError(f"the PyTorch side has no layer '{other}'")


class PlanNet(nn.Module):
    """Layers in the order in which they can be computed; each knows the names of what it reads."""

    def __init__(self, plan, layers):
        super().__init__()
        self.names = [layer["name"] for layer in plan["layers"]]
        self.inputs = [layer["inputs"] for layer in plan["layers"]]
        self.modules_in_order = nn.ModuleList([module(layer, layers) for layer in plan["layers"]])

    def forward(self, x):
        values = {"input": x}
        for name, inputs, layer in zip(self.names, self.inputs, self.modules_in_order):
            values[name] = layer(*[values[each] for each in inputs])
        return values[self.names[-1]]


def multiply_adds(net, x):
    """Multiply-adds of the forward pass for one image."""
    total = 0

    def count(layer, _inputs, output):
        nonlocal total
        total += output[0].numel() * layer.weight[0].numel() if isinstance(layer, nn.Conv2d) else layer.weight.numel()

    hooks = [each.register_forward_hook(count) for each in net.modules() if isinstance(each, (nn.Conv2d, nn.Linear))]
    with torch.no_grad():
        net.eval()(x[:1])
    net.train()
    for hook in hooks:
        hook.remove()
    return total

"""Layers of a few-bit net with Brevitas: DoReFa's weights of 1 bit (±mean|w|), unsigned activations on [0, 1]."""

import brevitas.nn as qnn
from brevitas.core.bit_width import BitWidthImplType
from brevitas.core.function_wrapper import TensorClamp
from brevitas.core.quant import QuantType
from brevitas.core.restrict_val import FloatToIntImplType, RestrictValueType
from brevitas.core.scaling import ScalingImplType
from brevitas.core.stats import StatsOp
from brevitas.core.zero_point import ZeroZeroPoint
from brevitas.quant.solver import ActQuantSolver, WeightQuantSolver
from net import conv_arguments


class BinaryWeights(WeightQuantSolver):
    quant_type = QuantType.BINARY
    bit_width_impl_type = BitWidthImplType.CONST
    bit_width = 1
    narrow_range = True
    signed = True
    zero_point_impl = ZeroZeroPoint
    float_to_int_impl_type = FloatToIntImplType.ROUND
    scaling_impl_type = ScalingImplType.STATS
    scaling_stats_op = StatsOp.AVE
    scaling_per_output_channel = False
    restrict_scaling_type = RestrictValueType.FP
    tensor_clamp_impl = TensorClamp


class UnitActivations(ActQuantSolver):
    quant_type = QuantType.INT
    bit_width_impl_type = BitWidthImplType.CONST
    narrow_range = False
    signed = False
    zero_point_impl = ZeroZeroPoint
    float_to_int_impl_type = FloatToIntImplType.ROUND
    scaling_impl_type = ScalingImplType.CONST
    scaling_per_output_channel = False
    restrict_scaling_type = RestrictValueType.FP
    tensor_clamp_impl = TensorClamp
    min_val = 0.0
    max_val = 1.0


class BrevitasLayers:
    def conv(self, layer):
        if layer["bits"] != 1:
            raise ValueError(f"{layer['name']}: the Brevitas side has weights of 1 bit, not {layer['bits']}")
        return qnn.QuantConv2d(**conv_arguments(layer), weight_quant=BinaryWeights)

    def quantize(self, layer):
        return qnn.QuantIdentity(act_quant=UnitActivations, bit_width=layer["bits"])

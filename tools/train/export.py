"""Writes a trained network as ONNX that tract reads: fixed shape [1, 1, 48, 48], batch norm folded.

    python export.py runs/a/best.pt ../../models/expression.onnx

The answer is checked against PyTorch with onnxruntime before the file is kept.
"""

import argparse
import copy
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from net import SIDE, Block, ExpressionNet, Shape

OPSET = 13


class Writer:
    """Collects ONNX nodes and weights."""

    def __init__(self):
        self.nodes, self.weights, self.count = [], [], 0

    def const(self, value) -> str:
        self.count += 1
        name = f"w{self.count}"
        value = value.detach().float().cpu().numpy() if isinstance(value, torch.Tensor) else value
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def op(self, kind, inputs, **attributes) -> str:
        self.count += 1
        name = f"t{self.count}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def conv(self, x, conv: nn.Conv2d) -> str:
        p, k = conv.padding[0], conv.kernel_size[0]
        inputs = [x, self.const(conv.weight)]
        if conv.bias is not None:
            inputs.append(self.const(conv.bias))
        return self.op(
            "Conv", inputs, kernel_shape=[k, k], strides=list(conv.stride), pads=[p] * 4, group=conv.groups
        )


def fold(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    return fuse_conv_bn_eval(copy.deepcopy(conv).eval(), copy.deepcopy(norm).eval())


def to_onnx(
    net: ExpressionNet, temperature: float = 1.0, shift=None, teacher_share: float = 0.0
) -> onnx.ModelProto:
    """Builds the graph. `temperature`, `shift` (8 numbers added to the logits) and `teacher_share`
    (how much of the teacher's logits, less their mean, is added to the seven) are linear, so they
    are folded into the weights of the last layer and cost nothing."""
    net = net.eval()
    g = Writer()
    x = "face"
    x = g.op("Sub", [x, g.op("ReduceMean", [x], axes=[2, 3], keepdims=1)])
    var = g.op("ReduceMean", [g.op("Mul", [x, x])], axes=[2, 3], keepdims=1)
    var = g.op("Add", [var, g.const(np.full((1, 1, 1, 1), 0.02**2, np.float32))])
    x = g.op("Div", [x, g.op("Sqrt", [var])])
    x = g.op("Relu", [g.conv(x, fold(net.stem, net.stem_norm))])
    for block in net.body:
        assert isinstance(block, Block)
        y = g.op("Relu", [g.conv(x, fold(block.conv1, block.norm1))])
        y = g.conv(y, fold(block.conv2, block.norm2))
        if isinstance(block.short, nn.Sequential):
            x = g.conv(x, fold(block.short[0], block.short[1]))
        x = g.op("Relu", [g.op("Add", [y, x])])
    x = g.op("Flatten", [g.conv(x, net.pool)], axis=1)
    weight, bias = net.out.weight.detach().clone(), net.out.bias.detach().clone()
    if teacher_share and net.teacher_out is not None:
        w, b = net.teacher_out.weight.detach(), net.teacher_out.bias.detach()
        weight[:7] += teacher_share * (w - w.mean(0, keepdim=True))
        bias[:7] += teacher_share * (b - b.mean())
    if shift is not None:
        bias += torch.as_tensor(shift, dtype=bias.dtype)
    weight, bias = weight / temperature, bias / temperature
    g.nodes.append(helper.make_node("Gemm", [x, g.const(weight), g.const(bias)], ["logits"], transB=1))
    graph = helper.make_graph(
        g.nodes,
        "attune_expression",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, [1, 1, SIDE, SIDE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 8])],
        g.weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def check(net: ExpressionNet, model: onnx.ModelProto, temperature=1.0, shift=None, teacher_share=0.0) -> float:
    """The greatest difference of a logit between PyTorch and onnxruntime on four made-up faces."""
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    worst, made = 0.0, torch.Generator().manual_seed(1)
    for _ in range(4):
        x = torch.rand(1, 1, SIDE, SIDE, generator=made)
        with torch.no_grad():
            a, b = net.eval()(x)
            if teacher_share and b is not None:
                a = a + teacher_share * nn.functional.pad(b - b.mean(1, keepdim=True), (0, 1))
            a = (a + (0 if shift is None else torch.as_tensor(shift, dtype=a.dtype))) / temperature
        worst = max(worst, float(np.abs(session.run(None, {"face": x.numpy()})[0] - a.numpy()).max()))
    return worst


def load(path) -> tuple[ExpressionNet, dict]:
    """A checkpoint of `train.py`: its averaged network and what was noted with it."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    net = ExpressionNet(Shape(**{k: tuple(v) if isinstance(v, list) else v for k, v in state["shape"].items()}))
    net.load_state_dict(state["net"])
    return net.eval(), state


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("checkpoint", type=Path)
    args.add_argument("onnx", type=Path)
    args.add_argument("--temperature", type=float, default=1.0, help="divides the logits, folded in")
    args.add_argument("--teacher-share", type=float, default=0.0, help="share of the teacher's logits, folded in")
    args.add_argument("--shift", type=float, nargs=8, help="added to the eight logits, folded in")
    a = args.parse_args()
    net, _ = load(a.checkpoint)
    options = dict(temperature=a.temperature, shift=a.shift, teacher_share=a.teacher_share)
    model = to_onnx(net, **options)
    worst = check(net, model, **options)
    if worst > 1e-3:
        raise SystemExit(f"onnxruntime and PyTorch differ by {worst}")
    a.onnx.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, a.onnx)
    print(f"{a.onnx}: {a.onnx.stat().st_size} bytes, greatest difference {worst:.1e}")


if __name__ == "__main__":
    main()

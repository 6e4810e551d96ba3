"""An exported network as a PyTorch module that can be trained further, and written again: the graph stays the
same node for node, only the weights change. Batch norm is folded in such a file, so there is none to train."""

import copy
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import nn

from augment import to_input


class OnnxNet(nn.Module):
    """[N, 1, 48, 48] float32 -> [N, 8] logits. Reads the operations that `export.py` writes."""

    def __init__(self, path: Path):
        super().__init__()
        self.model = onnx.load(path)
        self.weights, self.constants = nn.ParameterDict(), {}
        for value in self.model.graph.initializer:
            array = torch.from_numpy(numpy_helper.to_array(value).copy())
            if array.numel() == 1:
                self.constants[value.name] = array
            elif array.ndim == 4:
                self.weights[value.name] = nn.Parameter(array.contiguous(memory_format=torch.channels_last))
            else:
                self.weights[value.name] = nn.Parameter(array)
        self.last_bias = self.model.graph.node[-1].input[2]
        self.last_weight = self.model.graph.node[-1].input[1]

    def forward(self, x, dropout: float = 0.0):
        values = {"face": x, **self.constants, **dict(self.weights.items())}
        for node in self.model.graph.node:
            a = [values[name] for name in node.input]
            options = {o.name: onnx.helper.get_attribute_value(o) for o in node.attribute}
            values[node.output[0]] = self._compute(node.op_type, a, options, dropout)
        return values["logits"]

    def _compute(self, kind: str, a: list, options: dict, dropout: float):
        match kind:
            case "ReduceMean":
                return a[0].mean(tuple(options["axes"]), keepdim=True)
            case "Add":
                return a[0] + a[1]
            case "Sub":
                return a[0] - a[1]
            case "Mul":
                return a[0] * a[1]
            case "Div":
                return a[0] / a[1]
            case "Sqrt":
                return a[0].sqrt()
            case "Relu":
                return torch.relu(a[0])
            case "Conv":
                bias = a[2] if len(a) > 2 else None
                return F.conv2d(a[0], a[1], bias, tuple(options["strides"]), options["pads"][0], 1, options["group"])
            case "Flatten":
                return F.dropout(a[0].flatten(1), dropout, self.training)
            case "Gemm":
                return F.linear(a[0], a[1], a[2])
        raise ValueError(f"operation {kind} of the network is not known here; it should come from export.py")

    @torch.no_grad()
    def fold(self, temperature: float = 1.0, shift=None):
        """Adds `shift` [8] to the logits and divides them by `temperature`, in the last layer."""
        if shift is not None:
            self.weights[self.last_bias] += torch.as_tensor(shift, dtype=torch.float32)
        self.weights[self.last_bias] /= temperature
        self.weights[self.last_weight] /= temperature

    def save(self, path: Path):
        model = copy.deepcopy(self.model)
        for value in model.graph.initializer:
            if value.name in self.weights:
                array = np.ascontiguousarray(self.weights[value.name].detach().numpy())
                value.CopyFrom(numpy_helper.from_array(array, value.name))
        onnx.checker.check_model(model)
        onnx.save(model, path)


@torch.no_grad()
def blend(a: OnnxNet, b: OnnxNet, share: float) -> OnnxNet:
    """The network whose weights lie `share` of the way from `a` to `b` (Wortsman et al. 2022, "Robust
    fine-tuning of zero-shot models")."""
    out = copy.deepcopy(a)
    for name, weight in out.weights.items():
        weight.lerp_(b.weights[name], share)
    return out


@torch.no_grad()
def predict(net: OnnxNet, images: np.ndarray, batch: int = 128) -> np.ndarray:
    """uint8 [N, 48, 48] -> float32 [N, 8] logits."""
    net = net.eval()
    parts = (net(torch.from_numpy(to_input(images[i : i + batch]))).numpy() for i in range(0, len(images), batch))
    return np.concatenate(list(parts))

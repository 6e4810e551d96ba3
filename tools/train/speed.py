"""Writes an untrained network for every shape in `net.SHAPES`, with its size and multiply-adds, so
that the time of each can be measured in tract before any is trained.

    python speed.py OUT_FOLDER
"""

import sys
from pathlib import Path

import onnx
import torch

from export import check, to_onnx
from net import SHAPES, ExpressionNet, count_macs

if __name__ == "__main__":
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for name in SHAPES:
        torch.manual_seed(0)
        net = ExpressionNet(name, teacher_head=False).eval()
        model = to_onnx(net)
        onnx.save(model, out / f"{name}.onnx")
        params = sum(p.numel() for p in net.parameters())
        size = (out / f"{name}.onnx").stat().st_size
        print(f"{name:10s} {params / 1e6:.2f} M parameters, {count_macs(net) / 1e6:6.1f} M multiply-adds,"
              f" {size / 1e6:.2f} MB, differs by {check(net, model):.0e}")

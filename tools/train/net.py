"""The expression network: a small residual net of plain dense 3x3 convolutions.

Dense convolutions with channels in multiples of 16 are what tract runs fastest for each
multiply-add, so there is no depthwise convolution in the body (see RESULTS.md).

Input  [N, 1, 48, 48] float32, grey in 0..1 (0 black, 1 white). The network standardises every
       face itself, so the brightness and the contrast of the picture hardly matter.
Output [N, 8] logits in the order of `data.CLASSES`: the seven expressions, then "none of these".
       In training there are seven more logits, in the order of the first seven, which learn what
       another network would have said (`teacher.py`).
"""

from dataclasses import dataclass

import torch
from torch import nn

SIDE = 48


@dataclass(frozen=True)
class Shape:
    """Channels and residual blocks of the stages, which work at 24x24, 12x12 and 6x6 pixels."""

    widths: tuple[int, ...] = (48, 96, 176)
    blocks: tuple[int, ...] = (1, 2, 2)
    stem: int = 5


SHAPES = {
    "small": Shape((32, 64, 128), (1, 2, 2)),
    "medium": Shape((48, 96, 176), (1, 2, 2)),
    "wide": Shape((64, 128, 192), (1, 2, 1)),
    "early": Shape((64, 96, 176), (2, 2, 2)),
}


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut (He et al. 2016, the basic block)."""

    def __init__(self, c_in: int, c_out: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(c_out)
        self.short = nn.Identity()
        if stride != 1 or c_in != c_out:
            self.short = nn.Sequential(
                nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out)
            )

    def forward(self, x):
        y = torch.relu_(self.norm1(self.conv1(x)))
        return torch.relu_(self.norm2(self.conv2(y)) + self.short(x))


class ExpressionNet(nn.Module):
    def __init__(self, shape: Shape | str = "medium", dropout: float = 0.2, teacher_head: bool = True):
        super().__init__()
        shape = SHAPES[shape] if isinstance(shape, str) else shape
        w = shape.widths
        self.stem = nn.Conv2d(1, w[0], shape.stem, 2, shape.stem // 2, bias=False)
        self.stem_norm = nn.BatchNorm2d(w[0])
        body, c = [], w[0]
        for stage, (width, count) in enumerate(zip(w, shape.blocks)):
            for i in range(count):
                body.append(Block(c, width, 2 if stage > 0 and i == 0 else 1))
                c = width
        self.body = nn.Sequential(*body)
        # One learned weight for each channel and place instead of a plain mean: a face has its
        # mouth always in about the same place. Starts as the mean.
        side = SIDE // 2 ** len(w)
        self.pool = nn.Conv2d(c, c, side, groups=c, bias=False)
        nn.init.constant_(self.pool.weight, 1 / side**2)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(c, 8)
        self.teacher_out = nn.Linear(c, 7) if teacher_head else None

    @staticmethod
    def standardise(x):
        """Mean 0 and deviation 1 for each face; the small constant keeps a flat picture flat."""
        x = x - x.mean((2, 3), keepdim=True)
        return x * torch.rsqrt((x * x).mean((2, 3), keepdim=True) + 0.02**2)

    def features(self, x):
        """[N, 1, 48, 48] in 0..1 -> [N, C] features before the last layer."""
        x = torch.relu_(self.stem_norm(self.stem(self.standardise(x))))
        return self.pool(self.body(x)).flatten(1)

    def forward(self, x):
        """[N, 1, 48, 48] in 0..1 -> ([N, 8] logits, [N, 7] teacher logits or None)."""
        f = self.dropout(self.features(x))
        return self.out(f), None if self.teacher_out is None else self.teacher_out(f)


def count_macs(net: ExpressionNet) -> int:
    """Multiply-adds of one face, convolutions and linear layers only."""
    total, hooks = 0, []

    def hook(m, _, y):
        nonlocal total
        per = m.weight[0].numel()
        total += per * y.numel()

    for m in net.modules():
        if isinstance(m, (nn.Conv2d, nn.Linear)):
            hooks.append(m.register_forward_hook(hook))
    was = net.training
    net.eval()
    with torch.no_grad():
        net(torch.zeros(1, 1, SIDE, SIDE))
    net.train(was)
    for h in hooks:
        h.remove()
    return total

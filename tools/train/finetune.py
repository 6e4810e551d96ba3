"""Goes on from an exported network with faces rendered from scans, so that it reads people it never saw.

    python finetune.py FACES models/expression.onnx OUT.onnx --scans scans.npz --drawn VISITORS.npz

One run with one seed, on one thread, so it repeats exactly on the same machine:

1. A network learns the rendered people alone for a short while. By itself it forgets FER+.
2. The mean of its weights and the first network's reads both. It is the teacher, and where the next step begins.
3. It learns from FER+ (votes mixed with the teacher's answer to the same picture), rendered people (what
   the picture shows, and what has changed against the person's rest) and drawn people (labels mixed with
   the first network's answer, so that they are not forgotten). AdamW, the rate falls along a cosine; the
   mean of the weights is kept.

`calibrate.py` then fits what is folded into the last layer.
"""

import argparse
import copy
import os
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
import torch.nn.functional as F

import measure
from augment import augment, no_face, to_input
from data import load, load_extra, sampling_weights, split
from onnx_net import OnnxNet, blend, predict
from pairs import Rendered, load_rendered, pair_loss

NONE = np.eye(8, dtype=np.float32)[7]


def probabilities(logits: np.ndarray) -> np.ndarray:
    return np.exp(measure.log_softmax(logits)).astype(np.float32)


@dataclass
class Batch:
    """Rows of pictures; the first `faces` are from FER+, the last 2 · `pairs` are the rests of so many people, then
    their expressions."""

    x: torch.Tensor
    targets: torch.Tensor
    change: torch.Tensor  # [pairs, 8]
    pairs: int
    faces: int


class Rows:
    """Draws and damages the pictures of a batch."""

    def __init__(self, a: argparse.Namespace, rendered: Rendered):
        self.a, self.rendered, self.moving = a, rendered, rendered.moving()
        self.limit = None  # how many of the moving pictures are used
        self.faces = self.weights = self.targets = self.drawn = None

    def of_faces(self, rng, count: int):
        index = rng.choice(len(self.faces), count, p=self.weights)
        images, targets = list(self.faces[index]), self.targets[index].copy()
        for i in range(count):
            if rng.random() < self.a.no_face:
                images[i], targets[i] = no_face(images[i], rng), NONE
        return [augment(f, rng) for f in images], targets

    def of_drawn(self, rng, count: int):
        index = rng.integers(len(self.drawn[0]), size=count)
        return [augment(f, rng) for f in self.drawn[0][index]], self.drawn[1][index]

    def of_pairs(self, rng, count: int):
        """A person at rest and with an expression; half of the pairs go through the very same camera and crop."""
        index = rng.choice(self.moving[: self.limit], count)
        rest = self.rendered.rest[index]
        seeds = rng.integers(1 << 62, size=(count, 2))
        seeds[rng.random(count) < 0.5, 1] = -1
        first = [augment(self.rendered.images[r], np.random.default_rng(s)) for r, (s, _) in zip(rest, seeds)]
        second = [
            augment(self.rendered.images[i], np.random.default_rng(s if t < 0 else t)) for i, (s, t) in zip(index, seeds)
        ]
        targets = np.concatenate([self.rendered.targets[rest], self.rendered.targets[index]])
        return first + second, targets, self.rendered.change[index]

    def batch(self, step: int, stage: int) -> Batch:
        rng = np.random.default_rng([self.a.seed, stage, step])
        images, targets, pairs, faces = [], [], self.a.batch // 2, 0
        if self.faces is not None:
            pairs = round(self.a.scan_share * self.a.batch / 2)
            drawn = round(self.a.drawn_share * self.a.batch) if self.drawn else 0
            faces = self.a.batch - 2 * pairs - drawn
            for more in (self.of_faces(rng, faces), self.of_drawn(rng, drawn) if drawn else None):
                if more:
                    images += more[0]
                    targets.append(more[1])
        more, target, change = self.of_pairs(rng, pairs)
        x = to_input(np.stack(images + more))
        targets.append(target)
        return Batch(torch.from_numpy(x), torch.from_numpy(np.concatenate(targets)), torch.from_numpy(change), pairs, faces)


@torch.no_grad()
def ask(teacher: OnnxNet, batch: Batch, share: float):
    """Mixes the teacher's answer into the targets of the FER+ faces."""
    said = F.softmax(teacher(batch.x[: batch.faces]), 1)
    batch.targets[: batch.faces] = torch.lerp(batch.targets[: batch.faces], said, share)


def losses(logits, batch: Batch):
    """Cross-entropy of the pictures, and of the changes against the rest."""
    plain = F.cross_entropy(logits, batch.targets)
    pairs = logits[-2 * batch.pairs :]
    return plain, pair_loss(pairs[batch.pairs :], pairs[: batch.pairs], batch.change).mean()


def learn(net: OnnxNet, rows: Rows, stage: int, steps: int, look, teacher: OnnxNet | None = None) -> OnnxNet:
    """The mean of the weights after `steps`. `look` is called with it now and then and at the end."""
    a, net = rows.a, net.train()
    torch.manual_seed(a.seed + 1000 * stage)
    warmup = a.first_warmup if stage == 1 else a.warmup
    decayed = [p for p in net.parameters() if p.ndim > 1]
    rest = [p for p in net.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [dict(params=decayed, weight_decay=a.weight_decay), dict(params=rest, weight_decay=0.0)], lr=a.rate, betas=(0.9, 0.99)
    )
    mean, began, shown = copy.deepcopy(net), time.time(), np.zeros(2)
    for step in range(steps):
        batch = rows.batch(step, stage)
        if teacher is not None:
            ask(teacher, batch, a.teacher_share)
        logits = net(batch.x.contiguous(memory_format=torch.channels_last), a.dropout)
        plain, change = losses(logits, batch)
        (plain + a.pair_weight * 2 * batch.pairs / len(logits) * change).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        for group in optimiser.param_groups:
            group["lr"] = a.rate * min(1, (step + 1) / warmup) * (0.5 + 0.5 * np.cos(np.pi * step / steps))
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        with torch.no_grad():
            keep = 1 / min(max(10.0, 0.1 * (step + 1)), 400.0)
            torch._foreach_lerp_(list(mean.parameters()), list(net.parameters()), keep)
        shown += (np.array([plain.item(), change.item()]) - shown) * (1 / (step + 1) if step < 50 else 0.02)
        if step % a.look == a.look - 1 or step + 1 == steps:
            spent = time.time() - began
            line = f"stage {stage} step {step + 1} {spent:.0f} s loss {shown[0]:.3f} change {shown[1]:.3f}"
            print(line, look(mean), flush=True)
    return mean.eval()


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("data", type=Path)
    args.add_argument("network", type=Path)
    args.add_argument("out", type=Path)
    args.add_argument("--scans", type=Path, nargs="+", required=True)
    args.add_argument("--drawn", type=Path, help="npz of visitors.py")
    args.add_argument("--first-steps", type=int, default=350, help="on rendered people alone")
    args.add_argument("--first-people", type=int, default=300, help="how many of the rendered people for that")
    args.add_argument("--alone", type=Path, help="OUT.alone.onnx of an earlier run: leaves the first part out")
    args.add_argument("--steps", type=int, default=400)
    args.add_argument("--batch", type=int, default=64)
    args.add_argument("--scan-share", type=float, default=0.35)
    args.add_argument("--drawn-share", type=float, default=0.1)
    args.add_argument("--teacher-share", type=float, default=0.5, help="of the target of a FER+ face")
    args.add_argument("--pair-weight", type=float, default=1.0)
    args.add_argument("--rate", type=float, default=1e-4)
    args.add_argument("--first-warmup", type=int, default=100, help="steps")
    args.add_argument("--warmup", type=int, default=50)
    args.add_argument("--weight-decay", type=float, default=1e-2)
    args.add_argument("--dropout", type=float, default=0.2)
    args.add_argument("--balance", type=float, default=0.3)
    args.add_argument("--no-face", type=float, default=0.04)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--look", type=int, default=50)
    a = args.parse_args()
    torch.set_num_threads(1)
    faces, aside = split(load(a.data, "train"))
    aside = aside.seven()
    y = aside.majority()

    def look(net) -> str:
        r = measure.report(predict(net, aside.images), y)
        net.save(a.out.with_suffix(".part.onnx"))
        return f"aside accuracy {r['accuracy']:.4f} macro-F1 {r['macro_f1']:.4f} ECE {r['ece']:.3f}"

    first, rows = OnnxNet(a.network).eval(), Rows(a, load_rendered(*a.scans))
    print(f"{len(faces)} faces, {len(rows.rendered)} rendered; at the start {look(copy.deepcopy(first))}", flush=True)
    if a.alone:
        alone = OnnxNet(a.alone).eval()
    else:
        rows.limit = int((rows.rendered.rest[rows.moving] < rows.rendered.row(a.first_people)).sum())
        alone = learn(copy.deepcopy(first), rows, 1, a.first_steps, look)
        alone.save(a.out.with_suffix(".alone.onnx"))
        rows.limit = None
        if a.steps == 0:
            return
    teacher = blend(first, alone, 0.5)
    print("teacher", look(teacher), flush=True)
    rows.faces, rows.targets = faces.images, faces.targets()
    rows.weights = sampling_weights(rows.targets, a.balance)
    if a.drawn:
        images, labels = load_extra(a.drawn)
        rows.drawn = images, (0.5 * labels + 0.5 * probabilities(predict(first, images))).astype(np.float32)
    learn(copy.deepcopy(teacher), rows, 2, a.steps, look, teacher).save(a.out)
    a.out.with_suffix(".part.onnx").unlink()


if __name__ == "__main__":
    main()

"""Goes on from an exported network, its last stage alone, on features that are computed once: the cheap way.

    python last_stage.py FACES models/expression.onnx OUT.onnx --scans scans.npz --seed 1

What comes before the last stage (two thirds of the work forward, all of it backward) stays as it is, so each picture is
damaged and read once and a step costs a fifth. It learns from FER+ (votes mixed with the first network's answer to the
same picture) and from rendered people: what the picture shows, and, with `--pair-weight`, what has changed against the
person's rest. The labels of the pairs are certain (`--clear` and up) so that they do not bound how far the logits part:
soft ones made real smiles weaker against the rest (RESULTS.md). `calibrate.py` then mixes the weights.

One seed, one thread: it repeats exactly on the same machine.
"""

import argparse
import copy
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F

import measure
from augment import augment, no_face, to_input
from data import load, sampling_weights, split
from onnx_net import OnnxNet
from pairs import Rendered, load_rendered, relative

NONE = np.eye(8, dtype=np.float32)[7]


class Trunk:
    """What comes before the last stage: uint8 [N, 48, 48] -> float16 features [N, C, h, w] and float32 logits [N, 8]."""

    def __init__(self, net: OnnxNet):
        model = copy.deepcopy(net.model)
        self.output = net.last_stage()
        model.graph.output.append(onnx.helper.make_tensor_value_info(self.output, onnx.TensorProto.FLOAT, None))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def read(self, images: np.ndarray):
        features, logits = [], []
        for face in to_input(images):
            said, seen = self.session.run(None, {"face": face[None]})
            features.append(seen[0].astype(np.float16))
            logits.append(said[0])
        return np.stack(features), np.stack(logits)


def faces_to_learn(faces, count: int, balance: float, share_no_face: float, rng):
    """Damaged FER+ pictures uint8 [count, 48, 48] and the votes float32 [count, 8]."""
    targets = faces.targets()
    index = rng.choice(len(faces), count, p=sampling_weights(targets, balance), replace=False)
    images, targets = list(faces.images[index]), targets[index].copy()
    for i in np.flatnonzero(rng.random(count) < share_no_face):
        images[i], targets[i] = no_face(images[i], rng), NONE
    return np.stack([augment(face, rng) for face in images]), targets


def people_to_learn(people: Rendered, rng) -> np.ndarray:
    """Damaged pictures uint8, row for row. Each person keeps camera and crop for half of the pictures."""
    out = np.empty_like(people.images)
    for rest in np.unique(people.rest):
        own = int(rng.integers(1 << 62))
        for row in np.flatnonzero(people.rest == rest):
            seed = own if row == rest or rng.random() < 0.5 else int(rng.integers(1 << 62))
            out[row] = augment(people.images[row], np.random.default_rng(seed))
    return out


def certain(label: np.ndarray, strength: np.ndarray, clear: float) -> np.ndarray:
    """int64 [N]: what has changed against the rest; -100 where that is open, since the expression is too weak."""
    out = label.astype(np.int64)
    out[(label > 0) & (strength < clear)] = -100
    return out


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("data", type=Path)
    args.add_argument("network", type=Path)
    args.add_argument("out", type=Path)
    args.add_argument("--scans", type=Path, nargs="+", required=True)
    args.add_argument("--people", type=int, help="use only the first so many rendered people")
    args.add_argument("--faces", type=int, default=6000, help="FER+ pictures")
    args.add_argument("--passes", type=int, default=1, help="how often each rendered picture is damaged anew")
    args.add_argument("--steps", type=int, default=600)
    args.add_argument("--batch", type=int, default=64)
    args.add_argument("--scan-share", type=float, default=0.5)
    args.add_argument("--teacher-share", type=float, default=0.6, help="of the target of a FER+ face")
    args.add_argument("--pair-weight", type=float, default=0.0)
    args.add_argument("--clear", type=float, default=0.35, help="strength from which on a change is certain")
    args.add_argument("--rate", type=float, default=2e-4)
    args.add_argument("--warmup", type=int, default=50)
    args.add_argument("--weight-decay", type=float, default=1e-2)
    args.add_argument("--dropout", type=float, default=0.2)
    args.add_argument("--balance", type=float, default=0.3)
    args.add_argument("--no-face", type=float, default=0.04)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--look", type=int, default=100)
    a = args.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    rng, began = np.random.default_rng(a.seed), time.process_time()
    net = OnnxNet(a.network)
    trunk = Trunk(net)
    faces, _ = split(load(a.data, "train"))
    seen, votes = faces_to_learn(faces, a.faces, a.balance, a.no_face, rng)
    seen, said = trunk.read(seen)
    votes += a.teacher_share * (np.exp(measure.log_softmax(said)).astype(np.float32) - votes)
    people = load_rendered(*a.scans)
    if a.people:
        people = people.take(people.row(a.people))
    known = np.concatenate([trunk.read(people_to_learn(people, rng))[0] for _ in range(a.passes)])
    label = certain(people.label, people.strength, a.clear)
    print(f"{len(seen)} faces, {len(known)} rendered, {time.process_time() - began:.0f} s", flush=True)

    start, trained = net.last_stage(), net.train().after(net.last_stage())
    groups = [dict(params=[p for p in trained if p.ndim > 1], weight_decay=a.weight_decay)]
    groups.append(dict(params=[p for p in trained if p.ndim <= 1], weight_decay=0.0))
    optimiser = torch.optim.AdamW(groups, lr=a.rate, betas=(0.9, 0.99))
    mean, pairs = [p.detach().clone() for p in trained], round(a.scan_share * a.batch / 2)
    moving, shown = people.moving(), np.zeros(3)
    for step in range(a.steps):
        rows = rng.integers(len(seen), size=a.batch - 2 * pairs)
        moved, turn = rng.choice(moving, pairs), rng.integers(a.passes, size=pairs) * len(people)
        rests = people.rest[moved]
        x = np.concatenate([seen[rows], known[rests + turn], known[moved + turn]]).astype(np.float32)
        x = torch.from_numpy(x).contiguous(memory_format=torch.channels_last)
        logits = net(x, a.dropout, start)
        face, (rest, moves) = logits[: len(rows)], logits[len(rows) :].split(pairs)
        targets = torch.from_numpy(np.concatenate([people.targets[rests], people.targets[moved]]))
        losses = [
            F.cross_entropy(face, torch.from_numpy(votes[rows])), F.cross_entropy(logits[len(rows) :], targets),
            F.cross_entropy(relative(moves, rest), torch.from_numpy(label[moved])),
        ]
        weights = (1 - a.scan_share, a.scan_share, a.pair_weight * a.scan_share)
        sum(w * loss for w, loss in zip(weights, losses)).backward()
        torch.nn.utils.clip_grad_norm_(trained, 2.0)
        for group in optimiser.param_groups:
            group["lr"] = a.rate * min(1, (step + 1) / a.warmup) * (0.5 + 0.5 * np.cos(np.pi * step / a.steps))
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        with torch.no_grad():
            torch._foreach_lerp_(mean, trained, 1 / min(max(10.0, 0.1 * (step + 1)), 400.0))
        shown += (np.array([loss.item() for loss in losses]) - shown) * (1 / (step + 1) if step < 50 else 0.02)
        if step % a.look == a.look - 1 or step + 1 == a.steps:
            spent = time.process_time() - began
            print(f"step {step + 1} {spent:.0f} s, faces {shown[0]:.3f}, rendered {shown[1]:.3f}, change {shown[2]:.3f}", flush=True)
            written = copy.deepcopy(net)
            with torch.no_grad():
                for parameter, value in zip(written.after(start), mean):
                    parameter.copy_(value)
            written.save(a.out)


if __name__ == "__main__":
    main()

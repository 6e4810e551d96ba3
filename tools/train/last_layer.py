"""Sets the last layer of an exported network anew, on FER+ and on rendered people against their rest. All before it stays.

    python last_layer.py FACES models/expression.onnx OUT.onnx --scans scans.npz --seed 1

What the program compares is the logits of a picture with those of the same person's rest, so the last layer has two
tasks: FER+ faces by themselves (votes mixed with the first network's answer, which has the fewest surprises), and the
change of rendered people against their rest. Both losses are convex in its weights, and a penalty keeps them near those of
the first network: minimised by L-BFGS, the result does not depend on chance beyond the damage done to the pictures. It takes
half a minute of one core, most of it for reading each picture once. Seeded; one thread.

Then the weights are mixed with the first network's (`--share`; Wortsman et al. 2022, "Robust fine-tuning of zero-shot
models"), and the neutral logit is shifted and the temperature fitted on the FER+ faces kept aside. A shift of the logits
is the same at rest, so it changes nothing of what is read against the rest.
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
from onnx_net import OnnxNet, predict
from pairs import Rendered, load_rendered, relative

NONE = np.eye(8, dtype=np.float32)[7]


class Trunk:
    """All but the last layer: uint8 [N, 48, 48] -> float32 features [N, C]."""

    def __init__(self, net: OnnxNet):
        model = copy.deepcopy(net.model)
        output = model.graph.node[-1].input[0]
        del model.graph.output[:]
        model.graph.output.append(onnx.helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, None))
        del model.graph.node[-1]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def read(self, images: np.ndarray) -> np.ndarray:
        return np.concatenate([self.session.run(None, {"face": face[None]})[0] for face in to_input(images)])


def faces_to_learn(faces, count: int, balance: float, share_no_face: float, rng):
    """FER+ pictures uint8 [count, 48, 48], half of them damaged, and the votes float32 [count, 8]."""
    targets = faces.targets()
    index = rng.choice(len(faces), count, p=sampling_weights(targets, balance), replace=False)
    images, targets = list(faces.images[index]), targets[index].copy()
    for i in np.flatnonzero(rng.random(count) < share_no_face):
        images[i], targets[i] = no_face(images[i], rng), NONE
    return np.stack([augment(face, rng) if i % 2 else face for i, face in enumerate(images)]), targets


def people_to_learn(people: Rendered, rng) -> np.ndarray:
    """Damaged pictures uint8, row for row. Each person keeps camera and crop for two thirds of the pictures."""
    out = np.empty_like(people.images)
    for rest in np.unique(people.rest):
        own = int(rng.integers(1 << 62))
        for row in np.flatnonzero(people.rest == rest):
            seed = own if row == rest or rng.random() < 2 / 3 else int(rng.integers(1 << 62))
            out[row] = augment(people.images[row], np.random.default_rng(seed))
    return out


def clear_changes(people: Rendered, clear: float, factors: dict):
    """Rows whose change against the rest is plain, and their weights: each expression counts the same but for `factors`
    (label -> factor)."""
    rows = people.moving()
    rows = rows[(people.label[rows] == 0) | (people.strength[rows] >= clear)]
    weights = 1 / np.bincount(people.label[rows], minlength=7)[people.label[rows]]
    for label, factor in factors.items():
        weights[people.label[rows] == label] *= factor
    return rows, (weights / weights.sum()).astype(np.float32)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("data", type=Path)
    args.add_argument("network", type=Path)
    args.add_argument("out", type=Path)
    args.add_argument("--scans", type=Path, nargs="+", required=True)
    args.add_argument("--people", type=int, help="use only the first so many rendered people")
    args.add_argument("--faces", type=int, default=6000, help="FER+ pictures")
    args.add_argument("--passes", type=int, default=2, help="how often each rendered picture is damaged anew")
    args.add_argument("--change-weight", type=float, default=1.0)
    args.add_argument("--teacher-share", type=float, default=0.5, help="of the target of a FER+ face")
    args.add_argument("--calm", type=float, default=2.0, help="how much neutral pictures (talking, blinking) count")
    args.add_argument("--happy", type=float, default=3.0, help="how much smiles count: real ones are weaker than rendered ones")
    args.add_argument("--near", type=float, default=0.01, help="penalty for leaving the first network's weights")
    args.add_argument("--clear", type=float, default=0.3, help="strength from which on a change is plain")
    args.add_argument("--share", type=float, default=0.8, help="how far to go from the first network's weights to the new ones")
    args.add_argument("--balance", type=float, default=0.3)
    args.add_argument("--no-face", type=float, default=0.04)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--features", type=Path, help="npz to keep the features in, or to take them from")
    a = args.parse_args()
    torch.set_num_threads(1)
    began, net = time.process_time(), OnnxNet(a.network)
    people = load_rendered(*a.scans)
    if a.people:
        people = people.take(people.row(a.people))
    if a.features and a.features.exists():
        seen, votes, known = (np.load(a.features)[k] for k in ("seen", "votes", "known"))
    else:
        rng, trunk = np.random.default_rng(a.seed), Trunk(net)
        faces, _ = split(load(a.data, "train"))
        images, votes = faces_to_learn(faces, a.faces, a.balance, a.no_face, rng)
        seen = trunk.read(images)
        known = np.stack([trunk.read(people_to_learn(people, rng)) for _ in range(a.passes)])
        if a.features:
            np.savez(a.features, seen=seen, votes=votes, known=known)
    rows, importance = clear_changes(people, a.clear, {0: a.calm, 1: a.happy})
    print(f"{len(seen)} faces, {known.shape[0]} times {len(rows)} changes, {time.process_time() - began:.0f} s", flush=True)

    weight, bias = net.weights[net.last_weight], net.weights[net.last_bias]
    first = weight.detach().clone(), bias.detach().clone()
    # What a step of a weight means depends on how much its feature varies.
    spread = torch.from_numpy(np.sqrt((seen - seen.mean(0)).var(0) + 1e-6).astype(np.float32))
    seen, votes = torch.from_numpy(seen), torch.from_numpy(votes)
    with torch.no_grad():
        votes = torch.lerp(votes, F.softmax(F.linear(seen, *first), 1), a.teacher_share)
    moves = torch.from_numpy(known[:, rows] - known[:, people.rest[rows]])
    label, importance = torch.from_numpy(people.label[rows].astype(np.int64)), torch.from_numpy(importance)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=300, line_search_fn="strong_wolfe", tolerance_change=1e-7)

    def loss():
        optimiser.zero_grad()
        faces = F.cross_entropy(F.linear(seen, weight, bias), votes)
        changes = torch.stack([
            (importance * F.cross_entropy(relative(F.linear(m, weight), torch.zeros(len(m), 7)), label, reduction="none")).sum()
            for m in moves
        ]).mean()
        far = (((weight - first[0]) * spread) ** 2).sum() + ((bias - first[1]) ** 2).sum()
        total = faces + a.change_weight * changes + a.near * far
        total.backward()
        loss.parts = f"faces {faces.item():.4f}, changes {changes.item():.4f}, far {far.item():.3f}"
        return total

    loss()
    print(loss.parts, flush=True)
    optimiser.step(loss)
    print(f"{loss.parts}, {time.process_time() - began:.0f} s", flush=True)
    with torch.no_grad():
        weight.copy_(torch.lerp(first[0], weight, a.share))
        bias.copy_(torch.lerp(first[1], bias, a.share))
    aside = split(load(a.data, "train"))[1].seven()
    logits, y = predict(net, aside.images), aside.majority()
    neutral = np.eye(8, dtype=np.float32)[0]
    right = {s: measure.report(logits + s * neutral, y)["accuracy"] for s in np.round(np.arange(-0.5, 0.55, 0.05), 2)}
    shift = max(right, key=lambda s: (right[s], -abs(s)))
    temperature = measure.fit_temperature(logits + shift * neutral, y)
    net.fold(temperature, shift * neutral)
    net.save(a.out)
    r = measure.report(predict(net, aside.images), y)
    print(f"neutral shift {shift}, temperature {temperature:.3f}: aside accuracy {r['accuracy']:.4f}, "
          f"macro-F1 {r['macro_f1']:.4f}, ECE {r['ece']:.4f}")


if __name__ == "__main__":
    main()

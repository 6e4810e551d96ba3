"""Chooses how far to go from one network to another, the neutral shift and the temperature, and writes the result.

    python calibrate.py FACES models/expression.onnx tuned.onnx OUT.onnx --scans tuning.npz

Chosen on the FER+ faces that training keeps aside and on rendered people nobody trained on: of all
mixtures of the weights and shifts of the neutral logit that lose at most `--loss` of the first
network's accuracy on FER+, the one that reads the rendered people best (the mean of three shares: six
expressions read right by themselves, the same against the person's rest, rests called neutral). The
temperature has the least negative log-likelihood on FER+. The validation faces are only shown.
"""

import argparse
from pathlib import Path

import numpy as np

import measure
from data import load, split
from evaluate import logits_of, open_session
from onnx_net import OnnxNet, blend
from pairs import load_rendered
from strangers import rendered_report

TERMS = (("absolute", "six"), ("relative", "six"), ("absolute", "calm"))


def shifted(logits: np.ndarray, neutral: float) -> np.ndarray:
    return logits + np.float32([neutral] + [0] * 7)


def score(r: dict) -> float:
    return float(np.mean([r[kind][what].mean() for kind, what in TERMS]))


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("data", type=Path)
    args.add_argument("first", type=Path)
    args.add_argument("tuned", type=Path)
    args.add_argument("out", type=Path)
    args.add_argument("--scans", type=Path, nargs="+", required=True)
    args.add_argument("--loss", type=float, default=0.005)
    args.add_argument("--shares", type=float, nargs="+", default=(0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0))
    args.add_argument("--shifts", type=float, nargs="+", default=(0.2, 0, -0.1, -0.2, -0.3, -0.4, -0.5, -0.7))
    a = args.parse_args()
    first, tuned, scans = OnnxNet(a.first).eval(), OnnxNet(a.tuned).eval(), load_rendered(*a.scans)
    aside, valid = split(load(a.data, "train"))[1].seven(), load(a.data, "valid").seven()
    y, best = aside.majority(), None
    least = measure.report(logits_of(open_session(a.first), aside.images), y)["accuracy"] - a.loss
    print("| share | shift | aside accuracy | macro-F1 | rendered | against rest | calm | score |\n" + "|---" * 8 + "|")
    for share in a.shares:
        blend(first, tuned, share).save(a.out)  # onnxruntime is four times as fast as PyTorch
        session = open_session(a.out)
        faces, people = logits_of(session, aside.images), logits_of(session, scans.images)
        for shift in a.shifts:
            m, r = measure.report(shifted(faces, shift), y), rendered_report(shifted(people, shift), scans)
            s = score(r)
            shown = (m["accuracy"], m["macro_f1"], *(r[k][w].mean() for k, w in TERMS), s)
            print(f"| {share} | {shift} | " + " | ".join(f"{v:.4f}" for v in shown) + " |", flush=True)
            if m["accuracy"] >= least and (best is None or s > best[0]):
                best = s, share, shift, measure.fit_temperature(shifted(faces, shift), y)
    _, share, shift, temperature = best
    net = blend(first, tuned, share)
    net.fold(temperature, [shift] + [0] * 7)
    net.save(a.out)
    r = measure.report(logits_of(open_session(a.out), valid.images), valid.majority())
    print(f"share {share}, neutral shift {shift}, temperature {temperature:.3f}: valid accuracy {r['accuracy']:.4f}, "
          f"macro-F1 {r['macro_f1']:.4f}, ECE {r['ece']:.4f}")


if __name__ == "__main__":
    main()

"""Chooses what is folded into the last layer: the share of the teacher's logits, how far the bias
towards common classes is taken back, and the temperature.

    python tune.py FOLDER_WITH_FACES runs/a/best.pt

Everything is chosen on the part of the training faces that `train.py` keeps aside; the validation
figures are only shown beside it. The shift is `tau` times -log(share of the class in training),
less its mean over the seven (logit adjustment, Menon et al. 2021).
"""

import argparse
from pathlib import Path

import numpy as np

import measure
from data import CLASSES, load, split
from export import load as load_net
from train import predict


def combine(a: np.ndarray, b: np.ndarray, share: float, shift: np.ndarray) -> np.ndarray:
    """[N, 8] and [N, 7] logits -> [N, 8]."""
    z = a + shift
    z[:, :7] += share * (b - b.mean(1, keepdims=True))
    return z


def class_shift(targets: np.ndarray, tau: float) -> np.ndarray:
    """[8]: tau * -log(share of the class); "none" is left where it is."""
    s = -np.log(targets.sum(0)[:7] / targets[:, :7].sum())
    return np.append(tau * (s - s.mean()), 0).astype(np.float32)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("data", type=Path)
    args.add_argument("checkpoint", type=Path, nargs="+", help="several are averaged, for comparison only")
    args.add_argument("--shares", type=float, nargs="+", default=(0, 0.25, 0.5, 0.75, 1.0, 1.5))
    args.add_argument("--taus", type=float, nargs="+", default=(-0.2, -0.1, 0, 0.1, 0.2, 0.3, 0.5))
    a = args.parse_args()
    nets = [load_net(c)[0] for c in a.checkpoint]
    train, aside = split(load(a.data, "train"))
    parts = dict(aside=aside.seven(), valid=load(a.data, "valid").seven())
    out = {}
    for name, faces in parts.items():
        both = [predict(n, faces.images) for n in nets]
        out[name] = np.mean([x for x, _ in both], 0), np.mean([x for _, x in both], 0), faces.majority()
    targets = train.targets()
    print("| share | tau | temperature | aside accuracy | macro-F1 | valid accuracy | macro-F1 | ECE "
          "| worst recall | said neutral |\n" + "|---" * 10 + "|")
    for share in a.shares:
        for tau in a.taus:
            shift, r = class_shift(targets, tau), {}
            temperature = measure.fit_temperature(combine(*out["aside"][:2], share, shift), out["aside"][2])
            for name, (x, z, y) in out.items():
                r[name] = measure.report(combine(x, z, share, shift) / temperature, y)
            v = r["valid"]
            neutral = v["confusion"][:, CLASSES.index("neutral")].sum() / v["n"]
            print(f"| {share} | {tau} | {temperature:.3f} | {r['aside']['accuracy']:.4f} | {r['aside']['macro_f1']:.4f} "
                  f"| {v['accuracy']:.4f} | {v['macro_f1']:.4f} | {v['ece']:.4f} | {v['recall'].min():.3f} | {neutral:.3f} |")


if __name__ == "__main__":
    main()

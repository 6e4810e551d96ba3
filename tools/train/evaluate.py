"""Judges an exported network on the validation faces, with onnxruntime, one face at a time as the
program does.

    python evaluate.py FOLDER_WITH_FACES ../../models/expression.onnx

Prints accuracy, macro-F1, precision, recall and F1 for each class, the confusion matrix, the
expected calibration error, how the network holds up when the face is cropped, shifted, mirrored
or small, and what abstaining costs and brings.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

import measure
from augment import geometry, no_face, to_input
from data import load

SIDE = 48


def warp(images: np.ndarray, border=cv2.BORDER_REPLICATE, **how) -> np.ndarray:
    m = geometry(**how)
    return np.stack([cv2.warpAffine(f, m, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=border) for f in images])


def small(images: np.ndarray, side: int) -> np.ndarray:
    """The face as a camera would see it `side` pixels wide, blown up again."""
    out = []
    for f in images:
        f = cv2.resize(f, (side, side), interpolation=cv2.INTER_AREA)
        out.append(cv2.resize(f, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR))
    return np.stack(out)


def tone(images: np.ndarray, gain: float, offset: float, gamma: float) -> np.ndarray:
    x = (images / 255.0) ** gamma * gain + offset
    return (np.clip(x, 0, 1) * 255).astype(np.uint8)


CONDITIONS = {
    "as they are": lambda x: x,
    "mirrored": lambda x: np.ascontiguousarray(x[:, :, ::-1]),
    "crop x0.80": lambda x: warp(x, scale=0.80),
    "crop x0.85": lambda x: warp(x, scale=0.85),
    "crop x1.25, edge repeated": lambda x: warp(x, scale=1.25),
    "crop x1.25, black around": lambda x: warp(x, cv2.BORDER_CONSTANT, scale=1.25),
    "crop x1.40, edge repeated": lambda x: warp(x, scale=1.40),
    "10 % left": lambda x: warp(x, dx=-0.1),
    "10 % right": lambda x: warp(x, dx=0.1),
    "10 % up": lambda x: warp(x, dy=-0.1),
    "10 % down": lambda x: warp(x, dy=0.1),
    "turned 10 degrees": lambda x: warp(x, turn=10),
    "24 pixels, blown up": lambda x: small(x, 24),
    "16 pixels, blown up": lambda x: small(x, 16),
    "dark (gamma 2, half gain)": lambda x: tone(x, 0.5, 0, 2),
    "washed out (half contrast, +0.4)": lambda x: tone(x, 0.5, 0.4, 1),
}


def logits_of(session: onnxruntime.InferenceSession, images: np.ndarray) -> np.ndarray:
    x, name = to_input(images), session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: x[i : i + 1]})[0] for i in range(len(x))])


def open_session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("data", type=Path)
    args.add_argument("network", type=Path)
    args.add_argument("--plain", action="store_true", help="leave the robustness table out")
    a = args.parse_args()
    every = load(a.data, "valid")
    session = open_session(a.network)
    faces = every.seven()
    y = faces.majority()
    logits = logits_of(session, faces.images)
    plain = measure.report(logits, y)
    print(measure.tables(plain))

    clear = faces.votes[:, :7].max(1) * 2 > faces.votes.sum(1)
    r = measure.report(logits[clear], y[clear])
    print(f"\nmore than half of the annotators agree: {r['n']} faces, accuracy {r['accuracy']:.4f}, "
          f"macro-F1 {r['macro_f1']:.4f}, ECE {r['ece']:.4f}")

    print("\n| top probability | faces | mean probability | right |\n|---|---|---|---|")
    p = measure.seven(logits)
    top, right = p.max(1), p.argmax(1) == y
    for low in np.arange(0.2, 1.0, 0.1):
        k = (top >= low) & (top < low + 0.1 + 1e-6)
        if k.any():
            print(f"| {low:.1f}-{low + 0.1:.1f} | {k.sum()} | {top[k].mean():.3f} | {right[k].mean():.3f} |")

    none = np.exp(measure.log_softmax(logits)[:, 7])
    others = every.take(np.flatnonzero(every.majority() >= 7))
    none_others = np.exp(measure.log_softmax(logits_of(session, others.images))[:, 7])
    rng = np.random.default_rng(1)
    made = np.stack([no_face(face, rng) for face in faces.images[::4]])
    none_made = np.exp(measure.log_softmax(logits_of(session, made))[:, 7])
    print(f"\n| abstains when | abstained | accuracy of the rest | abstained of the {len(others)} contempt, unknown, "
          f"no face | abstained of {len(made)} made no faces |\n|---|---|---|---|---|")
    for bar in (0.2, 0.3, 0.4, 0.5):
        k = none < bar
        print(f"| none > {bar} | {1 - k.mean():.3f} | {right[k].mean():.4f} | {(none_others >= bar).mean():.3f} "
              f"| {(none_made >= bar).mean():.3f} |")
    for bar in (0.4, 0.5, 0.6):
        k = top >= bar
        print(f"| top < {bar} | {1 - k.mean():.3f} | {right[k].mean():.4f} | | |")

    if not a.plain:
        print("\n| faces shown | accuracy | fall | macro-F1 | ECE |\n|---|---|---|---|---|")
        for name, change in CONDITIONS.items():
            r = measure.report(logits_of(session, change(faces.images)), y)
            print(f"| {name} | {r['accuracy']:.4f} | {100 * (plain['accuracy'] - r['accuracy']):+.1f} "
                  f"| {r['macro_f1']:.4f} | {r['ece']:.4f} |")


if __name__ == "__main__":
    main()

"""The figures that are reported, from logits and votes. Everything here is numpy."""

import numpy as np

from data import CLASSES, SEVEN


def log_softmax(z: np.ndarray) -> np.ndarray:
    z = z - z.max(1, keepdims=True)
    return z - np.log(np.exp(z).sum(1, keepdims=True))


def seven(logits: np.ndarray) -> np.ndarray:
    """[N, 8] -> [N, 7] probabilities of the expressions, given that it is one of them."""
    return np.exp(log_softmax(logits[:, :7]))


def calibration_error(p: np.ndarray, y: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error of the top probability, equal-width bins (Guo et al. 2017)."""
    top, right = p.max(1), p.argmax(1) == y
    which = np.minimum((top * bins).astype(int), bins - 1)
    return float(sum(abs(right[which == b].sum() - top[which == b].sum()) for b in range(bins)) / len(y))


def report(logits: np.ndarray, y: np.ndarray, top: np.ndarray | None = None) -> dict:
    """Figures for faces whose true class `y` is one of the seven. `top` replaces the argmax."""
    p = seven(logits)
    said = p.argmax(1) if top is None else top
    confusion = np.zeros((7, 7), int)
    np.add.at(confusion, (y, said), 1)
    hit = np.diag(confusion)
    support, named = confusion.sum(1), confusion.sum(0)
    precision, recall = hit / np.maximum(named, 1), hit / np.maximum(support, 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    return dict(
        n=len(y), accuracy=float((said == y).mean()), macro_f1=float(f1.mean()), ece=calibration_error(p, y),
        precision=precision, recall=recall, f1=f1, support=support, confusion=confusion,
    )


def fit_temperature(logits: np.ndarray, y: np.ndarray) -> float:
    """The temperature with the least negative log-likelihood of the majority label."""
    grid = np.exp(np.linspace(np.log(0.3), np.log(3), 200))
    rows = np.arange(len(y))
    return float(min(grid, key=lambda t: -log_softmax(logits[:, :7] / t)[rows, y].mean()))


def tables(r: dict) -> str:
    """Markdown: the totals, the classes, the confusion (rows are the truth)."""
    lines = [
        f"{r['n']} faces: accuracy {r['accuracy']:.4f}, macro-F1 {r['macro_f1']:.4f}, ECE {r['ece']:.4f}",
        "", "| class | precision | recall | F1 | faces |", "|---|---|---|---|---|",
    ]
    for i, c in enumerate(SEVEN):
        lines.append(f"| {c} | {r['precision'][i]:.3f} | {r['recall'][i]:.3f} | {r['f1'][i]:.3f} | {r['support'][i]} |")
    lines += ["", "| truth \\ said | " + " | ".join(SEVEN) + " |", "|---" * 8 + "|"]
    for i, c in enumerate(SEVEN):
        lines.append(f"| {c} | " + " | ".join(str(v) for v in r["confusion"][i]) + " |")
    return "\n".join(lines)


assert CLASSES[:7] == SEVEN

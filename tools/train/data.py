"""The FER+ faces: images and the votes of ten annotators, as soft labels.

`train.npz` and `valid.npz` hold `images` uint8 [N, 48, 48] (grey) and `votes` uint8 [N, 10]: how
many annotators chose neutral, happiness, surprise, sadness, anger, disgust, fear, contempt,
unknown, not a face (Barsoum et al. 2016, "Training Deep Networks for Facial Expression Recognition
with Crowd-Sourced Label Distribution").
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

CLASSES = ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "none")
SEVEN = CLASSES[:7]


@dataclass
class Faces:
    images: np.ndarray  # uint8 [N, 48, 48]
    votes: np.ndarray  # int [N, 10]
    teacher: np.ndarray | None = None  # float32 [N, 7], log probabilities of another network

    def __len__(self):
        return len(self.images)

    def take(self, index) -> "Faces":
        return Faces(
            self.images[index], self.votes[index], None if self.teacher is None else self.teacher[index]
        )

    def majority(self) -> np.ndarray:
        """int [N]: the choice with most votes, 0..9; on a tie the first."""
        return self.votes.argmax(1)

    def seven(self) -> "Faces":
        """Only the faces whose majority is one of the seven expressions."""
        return self.take(np.flatnonzero(self.majority() < 7))

    def targets(self) -> np.ndarray:
        """float32 [N, 8]: the share of the votes. Contempt, unknown and not-a-face are summed in the
        eighth, "none". A choice with a single vote is dropped as a slip, as the authors of FER+ do,
        unless nothing else would remain."""
        v = np.concatenate([self.votes[:, :7], self.votes[:, 7:].sum(1, keepdims=True)], 1).astype(np.float32)
        clean = np.where(v > 1, v, 0)
        v = np.where(clean.sum(1, keepdims=True) > 0, clean, v)
        return v / v.sum(1, keepdims=True)


def load(folder: Path, part: str, teacher: Path | None = None) -> Faces:
    """`part` is "train" or "valid". `teacher` is a folder with `<part>.npy` from `teacher.py`."""
    with np.load(Path(folder) / f"{part}.npz") as file:
        faces = Faces(file["images"], file["votes"].astype(np.int64))
    if teacher is not None:
        faces.teacher = np.load(Path(teacher) / f"{part}.npy")
        assert len(faces.teacher) == len(faces)
    return faces


def load_extra(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 [N, 48, 48] and targets float32 [N, 8] (rows sum to 1) of another domain."""
    with np.load(path) as file:
        return file["images"], file["targets"]


def split(faces: Faces, share: float = 0.05, seed: int = 7) -> tuple[Faces, Faces]:
    """Keeps a share of the training faces aside for the temperature and the like."""
    order = np.random.default_rng(seed).permutation(len(faces))
    n = int(round(len(faces) * share))
    return faces.take(np.sort(order[n:])), faces.take(np.sort(order[:n]))


def sampling_weights(targets: np.ndarray, power: float) -> np.ndarray:
    """float64 [N], sum 1: how often each face is drawn. A class is lifted by
    (largest class / class) ** power; 0 draws evenly, 1 balances the classes fully."""
    mass = targets.sum(0)
    lift = (mass.max() / mass) ** power
    lift[7] = min(lift[7], 1.5)  # what is no expression need not be balanced
    w = (targets * lift).sum(1).astype(np.float64)
    return w / w.sum()

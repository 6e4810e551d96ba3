"""The ICT Face Model Light (MIT, Copyright (c) 2020 USC Institute for Creative Technologies), and
the regions of its surface that are painted: it comes without texture, brows or hair.

Lengths are about a centimetre. x points to the right of the picture (the person's left), y up,
z out of the face; the origin lies inside the head at the height of the nose. Vertices with an
index below 11,248 are skin, those below 9,409 the face.
"""

import json
from pathlib import Path

import cv2
import numpy as np

FACE_END, SKIN_END = 9409, 11248
EYES = ("right", "left")
DRAWN = (
    "Face", "Head and Neck", "Mouth socket", "Eye socket left", "Eye socket right", "Gums and tongue", "Teeth",
    "Sclera left", "Sclera right", "Eyelashes left", "Eyelashes right",
)
# Folds: polylines of one half of the face (x > 0; "middle" is not mirrored), their width and depth of tone.
FOLDS = {
    "frown": ([[(0.8, 4.6), (0.65, 5.6), (0.9, 6.8)], [(0.45, 4.1), (1.4, 4.6)]], 0.22),
    "forehead": ([[(0, h - 0.1), (2, h), (4, h - 0.5)] for h in (7.6, 8.6, 9.5)], 0.20),
    "nasolabial": ([[(1.75, -0.5), (2.6, -1.6), (3.4, -3.6)]], 0.25),
    "nose": ([[(0, 3.1), (0.9, 3.0)], [(0, 2.4), (1.2, 2.1)], [(0.9, 3.6), (1.8, 2.6)]], 0.20),
    "crow": ([[(5, 3.5), (6, 3.9)], [(5, 3.3), (6.1, 3.1)], [(4.9, 3.0), (5.8, 2.4)]], 0.16),
    "lower lid": ([[(1.9, 2.6), (3.1, 2.0), (4.4, 2.5)]], 0.30),
    "mouth corner": ([[(2.7, -3.7), (3.1, -5.2)]], 0.25),
}


def step(t):
    """A soft step from 0 to 1 around t = 0."""
    return 1 / (1 + np.exp(-np.clip(t, -30, 30)))


def distance_to(line, x, y) -> np.ndarray:
    """[n]: distance of the points (x, y) to a polyline [k, 2]."""
    line = np.asarray(line, float)
    d = np.full(len(x), np.inf)
    for a, b in zip(line[:-1], line[1:]):
        e = b - a
        t = np.clip(((x - a[0]) * e[0] + (y - a[1]) * e[1]) / (e @ e + 1e-9), 0, 1)
        d = np.minimum(d, np.hypot(x - a[0] - t * e[0], y - a[1] - t * e[1]))
    return d


class Head:
    """The mean head with its shapes. `folder` holds `ict.npz` and `ict.json`."""

    def __init__(self, folder: Path):
        with np.load(Path(folder) / "ict.npz") as file:
            self.names = [str(n) for n in file["names"]]
            self.mean, faces = file["neutral"], file["faces"]
            self.deltas = file["deltas"].astype(np.float32)
        facts = json.loads((Path(folder) / "ict.json").read_text())
        self.landmarks = np.array(facts["landmarks68"])
        self.groups = {k: slice(a, b + 1) for k, (a, b) in facts["groups"].items()}
        self.index = {n: i for i, n in enumerate(self.names)}
        self.identity = self.deltas[:100].reshape(100, -1)
        kept = np.zeros(len(self.mean), bool)
        for name in DRAWN:
            kept[self.groups[name]] = True
        lashes = np.zeros(len(self.mean), bool)
        for side in EYES:
            lashes[self.groups[f"Eyelashes {side}"]] = True
        faces = faces[kept[faces].all(1)]
        self.lashes = np.ascontiguousarray(faces[lashes[faces[:, 0]]])
        self.faces = np.ascontiguousarray(faces[~lashes[faces[:, 0]]])
        self.casting = np.ascontiguousarray(self.faces[self.faces[:, 0] < SKIN_END])
        self._paint_regions()

    def two_sided(self, shape: str) -> bool:
        return shape + "_L" in self.index

    def has(self, shape: str) -> bool:
        return shape in self.index or self.two_sided(shape)

    def _paint_regions(self):
        """Float [n] maps over the vertices, 0..1 each."""
        x, y, z = self.mean.T
        number = np.arange(len(self.mean))
        self.is_skin, face = number < SKIN_END, number < FACE_END
        front = self.front = (face & (z > 4)).astype(float)
        marks = self.marks = self.mean[self.landmarks]
        outline = marks[48:60, :2].astype(np.float32).reshape(-1, 1, 2)
        near = face & (np.abs(x) < 4) & (y > -6) & (y < -1.5) & (z > 6)
        inside = np.full(len(x), -9.0)  # distance to the outline of the lips, positive inside
        for i in np.flatnonzero(near):
            inside[i] = cv2.pointPolygonTest(outline, (float(x[i]), float(y[i])), True)
        self.lips = step((inside - 0.02) / 0.09)
        wide = np.abs(x)
        self.folds = {
            name: np.clip(front * sum(np.exp(-((distance_to(l, wide, y) / w) ** 2)) for l in lines), 0, 1)
            for name, (lines, w) in FOLDS.items()
        }
        self.folds["chin"] = front * np.exp(-((x / 1.3) ** 2 + ((y + 5.6) / 0.7) ** 2))
        self.bags = front * np.exp(-((distance_to([(2.0, 2.7), (3.1, 2.3), (4.2, 2.7)], wide, y) / 0.6) ** 2))
        self.upper_lids = front * np.exp(-((distance_to([(1.9, 4.3), (3.1, 4.75), (4.5, 4.3)], wide, y) / 0.45) ** 2))
        self.cheeks = front * np.exp(-(((wide - 4.3) / 1.6) ** 2 + ((y - 0.6) / 1.4) ** 2))
        self.beard = (
            front * step((-1.7 - y + 0.32 * np.maximum(0, wide - 3)) / 0.25) * step((-inside - 0.05) / 0.08)
            * step((y + 9) / 0.5)
        )
        self.moustache = front * np.exp(-(((y + 1.9) / 0.55) ** 2)) * step((2.6 - wide) / 0.3) * step((-inside - 0.02) / 0.08)
        self.ears = face & (wide > 7.5) & (y > -1.5) & (y < 5.5)
        # The muscle between and over the inner ends of the brows, which swells when they are drawn together.
        self.brow_bulge = front * np.exp(-(((wide - 1.1) / 0.75) ** 2 + ((y - 5.3) / 0.55) ** 2))
        self.brow_dent = front * np.exp(-((x / 0.5) ** 2 + ((y - 4.3) / 0.5) ** 2))
        self.jowls = front * np.exp(-(((wide - 4.6) / 1.3) ** 2 + ((y + 5.0) / 1.3) ** 2))

"""Reading a face against the same person at rest, and rendered people who come with their rest.

What the program compares is the logits of a picture with those of the person's rest; what both
share (a low brow, a hanging corner of the mouth, the light) cancels. A common rest is put back, so
that no change at all reads as neutral.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from data import SEVEN

COMMON_NEUTRAL = 0.67  # probability of neutral for somebody who does nothing; the rest is shared evenly
COMMON_REST = np.log(np.float32([COMMON_NEUTRAL] + [(1 - COMMON_NEUTRAL) / 6] * 6))
assert SEVEN[0] == "neutral"


def relative(logits, rest):
    """[N, 8] or [N, 7] twice -> [N, 7] logits of the expression against the person's own rest."""
    common = torch.from_numpy(COMMON_REST) if isinstance(logits, torch.Tensor) else COMMON_REST
    return logits[:, :7] - rest[:, :7] + common


def pair_loss(logits, rest, change):
    """Cross-entropy [N] of the relative reading with the soft label `change` [N, 8]."""
    return -(change[:, :7] / change[:, :7].sum(1, keepdim=True) * F.log_softmax(relative(logits, rest), 1)).sum(1)


@dataclass
class Rendered:
    """What `python -m scans` wrote; see there."""

    images: np.ndarray
    targets: np.ndarray
    change: np.ndarray
    label: np.ndarray
    strength: np.ndarray
    rest: np.ndarray
    traits: np.ndarray

    def __len__(self):
        return len(self.images)

    def row(self, people: int) -> int:
        """The row at which the person of this number begins, or the number of rows."""
        rests = np.flatnonzero(self.rest == np.arange(len(self)))
        return int(rests[people]) if people < len(rests) else len(self)

    def take(self, rows: int) -> "Rendered":
        """The first rows; whole people, so that their rests are among them."""
        return Rendered(**{key: getattr(self, key)[:rows] for key in self.__dataclass_fields__})

    def moving(self) -> np.ndarray:
        """Rows that are not the rest itself."""
        return np.flatnonzero(self.rest != np.arange(len(self)))


def load_rendered(*paths: Path) -> Rendered:
    """One or more files, put together."""
    columns: dict = {}
    for path in paths:
        with np.load(path) as file:
            offset = sum(len(v) for v in columns.get("images", []))
            for key in Rendered.__dataclass_fields__:
                value = file[key] + offset if key == "rest" else file[key]
                columns.setdefault(key, []).append(value)
    return Rendered(**{k: np.concatenate(v) for k, v in columns.items()})

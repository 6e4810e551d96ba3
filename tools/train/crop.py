"""Finds the face in a photograph with the program's detector and cuts it as the program does."""

from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from framing import SIDE as SEEN
from framing import anchors

MARGIN, SHIFT, SIDE = 1.19, -0.095, 48  # see models/expression.ron
SURE = 0.6  # least probability of a face


class Cutter:
    def __init__(self, detector: Path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.net = onnxruntime.InferenceSession(str(detector), options, providers=["CPUExecutionProvider"])
        self.name, self.grid = self.net.get_inputs()[0].name, anchors()

    def find(self, picture: np.ndarray, border: float = 0.0):
        """The surest face of a BGR picture: box [4] (middle, width, height) and eyes [2, 2] in pixels; None without
        one. The picture is put into a square, with a grey border of `border` of its longer side."""
        h, w = picture.shape[:2]
        scale = SEEN / (max(h, w) * (1 + 2 * border))
        m = np.float32([[scale, 0, SEEN / 2 - scale * w / 2], [0, scale, SEEN / 2 - scale * h / 2]])
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
        k = 1.0 if scale < 1 else scale
        seen = cv2.warpAffine(
            small, np.float32([[k, 0, m[0, 2]], [0, k, m[1, 2]]]), (SEEN, SEEN), flags=cv2.INTER_LINEAR, borderValue=(128,) * 3
        )
        x = seen[None, :, :, ::-1].astype(np.float32) / 127.5 - 1
        boxes, scores = sorted((o.reshape(896, -1) for o in self.net.run(None, {self.name: x})), key=lambda o: -o.shape[1])
        best = int(scores.argmax())
        if 1 / (1 + np.exp(-scores[best, 0])) < SURE:
            return None
        points = boxes[best].reshape(8, 2) / SEEN
        points[[0, 2, 3, 4, 5, 6, 7]] += self.grid[best]
        points *= SEEN
        back = lambda p: (p - m[:, 2]) / scale
        return np.concatenate([back(points[0]), points[1] / scale]), back(points[2:4])


def cut(picture: np.ndarray, box: np.ndarray, eyes: np.ndarray) -> np.ndarray:
    """uint8 [48, 48], grey and upright."""
    left, right = eyes[np.argsort(eyes[:, 0])]
    roll = np.arctan2(*(right - left)[::-1])
    side = max(box[2], box[3]) * MARGIN
    down = np.array([-np.sin(roll), np.cos(roll)])
    middle = box[:2] + down * SHIFT * box[3]
    scale = 4 * SIDE / side
    m = scale * np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    m = np.c_[m, 2 * SIDE - m @ middle]
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    if scale < 0.5:
        grey = cv2.GaussianBlur(grey, (0, 0), 0.3 / scale)
    size = (4 * SIDE, 4 * SIDE)
    big = cv2.warpAffine(grey, m.astype(np.float32), size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cv2.resize(big, (SIDE, SIDE), interpolation=cv2.INTER_AREA)

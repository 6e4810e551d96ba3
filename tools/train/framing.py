"""How the FER+ faces are framed: where a face detector finds the face in the 48x48 picture.

    python framing.py FOLDER_WITH_FACES face_detection_short_range.onnx

The detector (BlazeFace, short range, 128x128) sees each picture blown up in the middle of a larger
one, edge repeated. Prints the width and height of its box, the middle of the box and the places of
the eyes, in shares of the side of the picture (0..1), so that a program can cut faces likewise.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from data import load

SIDE = 128


def anchors() -> np.ndarray:
    """[896, 2]: middles of the anchors, 0..1: two for each cell of 16x16, six for each of 8x8."""
    out = []
    for cells, each in ((16, 2), (8, 6)):
        y, x = np.mgrid[:cells, :cells]
        xy = np.stack([(x + 0.5) / cells, (y + 0.5) / cells], -1).reshape(-1, 2)
        out.append(np.repeat(xy, each, 0))
    return np.concatenate(out)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("data", type=Path)
    args.add_argument("detector", type=Path)
    args.add_argument("--faces", type=int, default=500)
    args.add_argument("--pixels", type=int, nargs="+", default=(64, 80, 96), help="the picture's side within 128")
    a = args.parse_args()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    net = onnxruntime.InferenceSession(str(a.detector), options, providers=["CPUExecutionProvider"])
    name, grid = net.get_inputs()[0].name, anchors()
    images = load(a.data, "valid").seven().images[: a.faces]
    for pixels in a.pixels:
        rows = []
        for face in images:
            k = pixels / 48
            m = np.float32([[k, 0, (SIDE - pixels) / 2 + (k - 1) / 2], [0, k, (SIDE - pixels) / 2 + (k - 1) / 2]])
            x = cv2.warpAffine(face, m, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
            x = np.repeat(x[None, :, :, None].astype(np.float32) / 127.5 - 1, 3, 3)
            out = net.run(None, {name: x})
            boxes = next(o for o in out if o.shape[-1] == 16).reshape(896, 16)
            score = next(o for o in out if o.shape[-1] == 1).reshape(896)
            best = int(score.argmax())
            if score[best] < 0:  # a probability of one half
                continue
            b, at = boxes[best] / SIDE, grid[best]
            points = b.copy()
            points[[0, 4, 6]] += at[0]
            points[[1, 5, 7]] += at[1]
            points[[0, 1, 4, 5, 6, 7]] = (points[[0, 1, 4, 5, 6, 7]] - 0.5) * SIDE / pixels + 0.5
            points[[2, 3]] *= SIDE / pixels
            rows.append(points[:8])
        r = np.array(rows)
        print(f"picture {pixels} of 128 pixels: found {len(r)} of {len(images)}")
        for label, value in (
            ("box width", r[:, 2]), ("box height", r[:, 3]), ("box middle x", r[:, 0]), ("box middle y", r[:, 1]),
            ("eyes apart", np.hypot(r[:, 4] - r[:, 6], r[:, 5] - r[:, 7])),
            ("eyes middle x", (r[:, 4] + r[:, 6]) / 2), ("eyes middle y", (r[:, 5] + r[:, 7]) / 2),
            ("picture over box", 1 / np.maximum(r[:, 2], r[:, 3])),
        ):
            q = np.percentile(value, (10, 50, 90))
            print(f"  {label:17s} median {q[1]:.3f}   (10 % {q[0]:.3f}, 90 % {q[2]:.3f})")


if __name__ == "__main__":
    main()

"""What the packaged face-api network says of every face, for `train.py --teacher`.

    python teacher.py FOLDER_WITH_FACES faceapi_expression.onnx OUT_FOLDER

Writes `train.npy` and `valid.npy`: float32 [N, 7], log probabilities in the order of
`data.SEVEN`, the mean of the face and its mirror. The face is shown with a margin of 1.1 (edge
repeated), where that network does best on these pictures (66.8 % of 1200; 65.8 % at 1.0, 64.8 %
at 1.25, 60.7 % at 1.4).
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime

from augment import geometry
from data import SEVEN, load

ORDER = ("neutral", "happy", "sad", "angry", "fear", "disgust", "surprise")  # face-api's own
SIDE, MARGIN, BATCH = 112, 1.1, 32


def session(path: Path) -> onnxruntime.InferenceSession:
    model = onnx.load(path)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def prepare(face: np.ndarray, margin: float, mirror: bool) -> np.ndarray:
    """uint8 [48, 48] -> float32 [3, 112, 112], the same grey in each channel, 0..255."""
    m = geometry(margin, mirror=mirror, side=SIDE)
    x = cv2.warpAffine(face, m, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.repeat(x[None].astype(np.float32), 3, 0)


def ask(net, images: np.ndarray, margin: float = MARGIN, mirror: bool = False) -> np.ndarray:
    """uint8 [N, 48, 48] -> float32 [N, 7] log probabilities in the order of `data.SEVEN`."""
    name, out = net.get_inputs()[0].name, []
    for i in range(0, len(images), BATCH):
        x = np.stack([prepare(f, margin, mirror) for f in images[i : i + BATCH]])
        out.append(net.run(None, {name: x})[0])
    p = np.concatenate(out)[:, [ORDER.index(c) for c in SEVEN]]
    return np.log(np.clip(p, 1e-9, 1)).astype(np.float32)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("data", type=Path)
    args.add_argument("network", type=Path)
    args.add_argument("out", type=Path)
    a = args.parse_args()
    net = session(a.network)
    a.out.mkdir(parents=True, exist_ok=True)
    for part in ("valid", "train"):
        faces = load(a.data, part)
        said = (ask(net, faces.images) + ask(net, faces.images, mirror=True)) / 2
        np.save(a.out / f"{part}.npy", said)
        y = faces.majority()
        keep = y < 7
        print(f"{part}: right on {(said[keep].argmax(1) == y[keep]).mean():.4f} of {keep.sum()}")


if __name__ == "__main__":
    main()

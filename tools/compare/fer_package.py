"""CPU time and peak memory of the Python package `fer` on the visitor clip, for the table in README.md.

    python3 -m venv venv && venv/bin/pip install fer==25.10.3 tensorflow-cpu==2.15.1 "opencv-python-headless<4.11" "numpy<2"
    taskset -c 0 venv/bin/python tools/compare/fer_package.py haar
    taskset -c 0 venv/bin/python tools/compare/fer_package.py mtcnn

Every fourth frame of assets/demo/visitor.webp, enlarged to 640x480, one core. Compare with
`taskset -c 0 attune bench` on the same machine.
"""
import os
import resource
import sys
import time
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
from fer.fer import FER
from PIL import Image, ImageSequence

CLIP = Path(__file__).resolve().parents[2] / "assets/demo/visitor.webp"
EVERY = 4


def frames():
    """Every fourth frame as BGR, [480, 640, 3] uint8."""
    with Image.open(CLIP) as clip:
        for index, frame in enumerate(ImageSequence.Iterator(clip)):
            if index % EVERY == 0:
                yield np.asarray(frame.convert("RGB").resize((640, 480)))[:, :, ::-1].copy()


def main():
    detector = FER(mtcnn=sys.argv[1] == "mtcnn")
    pictures = list(frames())
    for picture in pictures[6:9]:
        detector.detect_emotions(picture)  # what is loaded late is not counted
    begin, found = time.process_time(), 0
    for picture in pictures:
        found += bool(detector.detect_emotions(picture))
    milliseconds = (time.process_time() - begin) / len(pictures) * 1000
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(f"{sys.argv[1]}: {milliseconds:.1f} ms of CPU a frame, a face in {found} of {len(pictures)}, {megabytes:.0f} MB")


main()

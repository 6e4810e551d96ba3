"""Puts the pictures together, with an empty room before each person, and writes the clip.

    python encode_clip.py frames visitor.webp

It prints when each expression begins; `assets/demo/visitor.ron` was written from that.
"""

import json
import sys

import cv2
import numpy as np
from PIL import Image

FRAMES_PER_SECOND = 10
EMPTY_SECONDS = 2
ORDER = ("mei", "kofi", "ana", "ben")


def empty_room(folder, name, rng):
    """The background of a person, drawn out from the left edge, with fresh noise in each picture."""
    background = (
        cv2.imread(f"{folder}/{name}_0000.png")[:, :12].mean(axis=1, keepdims=True).repeat(320, axis=1)
    )
    for _ in range(EMPTY_SECONDS * FRAMES_PER_SECOND):
        yield np.clip(background + rng.normal(0, 1.5, background.shape), 0, 255).astype(np.uint8)


def main():
    folder, clip = sys.argv[1], sys.argv[2]
    rng = np.random.default_rng(3)
    pictures, cues = [], []
    for name in ORDER:
        cues.append((len(pictures) / FRAMES_PER_SECOND, None, None))
        pictures.extend(empty_room(folder, name, rng))
        with open(f"{folder}/{name}.json") as file:
            log = json.load(file)
        before = None
        for number, expression in log:
            if expression != before:
                cues.append((len(pictures) / FRAMES_PER_SECOND, name, expression))
                before = expression
            pictures.append(cv2.imread(f"{folder}/{name}_{number:04d}.png"))
    images = [Image.fromarray(picture[:, :, ::-1]) for picture in pictures]
    images[0].save(
        clip,
        save_all=True,
        append_images=images[1:],
        duration=1000 // FRAMES_PER_SECOND,
        loop=0,
        quality=72,
        method=4,
        minimize_size=False,
    )
    for cue in cues:
        print(*cue)
    print("duration", len(pictures) / FRAMES_PER_SECOND)


if __name__ == "__main__":
    main()

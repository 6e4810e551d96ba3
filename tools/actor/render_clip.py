"""Renders the pictures of the visitor clip: four people, each with a row of expressions.

python render_clip.py mei,kofi,ana,ben frames
"""

import json
import math
import os
import sys

import cv2
import numpy as np

from expressions import EXPRESSIONS, PITCH, REST_FACE
from people import PEOPLE
from renderer import Renderer

FRAMES_PER_SECOND = 10
# How long a face takes from one expression to the next, in seconds.
TRANSITION = 0.6
SEED = 7
PROGRAMME = [
    ("mei", [("neutral", 4), ("happy", 10), ("surprise", 5)]),
    ("kofi", [("neutral", 3), ("sad", 10), ("happy", 6)]),
    ("ana", [("neutral", 3), ("angry", 10), ("neutral", 3), ("fear", 8)]),
    ("ben", [("neutral", 3), ("disgust", 8), ("happy", 8)]),
]


def full(name, expression):
    """An expression of a person, with what that person does at rest."""
    weights = dict(REST_FACE.get(name, {})) if expression == "neutral" else {}
    for movement, weight in EXPRESSIONS[expression].items():
        weights[movement] = weights.get(movement, 0) + weight
    return weights


def blend(a, b, share, strength):
    # Sorted, so that sums of floats come out the same in every run.
    return {
        movement: ((1 - share) * a.get(movement, 0) + share * b.get(movement, 0)) * strength
        for movement in sorted(set(a) | set(b))
    }


def render_person(name, programme, folder):
    """Writes one PNG for each picture, and which expression each one shows."""
    renderer = Renderer(PEOPLE[name])
    rng = np.random.default_rng(SEED + len(name))
    phase = rng.uniform(0, 6, 8)
    next_blink = rng.uniform(1.5, 4)
    number, before, log = 0, "neutral", []
    for expression, seconds in programme:
        for step in range(int(seconds * FRAMES_PER_SECOND)):
            t = number / FRAMES_PER_SECOND
            share = min(1, (step + 1) / (TRANSITION * FRAMES_PER_SECOND))
            share = share * share * (3 - 2 * share)
            strength = 1 if expression == "neutral" else 1 - 0.08 * (0.5 + 0.5 * math.sin(1.7 * t + phase[6]))
            weights = blend(full(name, before), full(name, expression), share, strength)
            if t > next_blink:
                weights["eyeBlink"] = weights.get("eyeBlink", 0) + 1.0
                if t > next_blink + 0.12:
                    next_blink = t + rng.uniform(2.2, 5)
            pitch = (1 - share) * PITCH.get(before, 0) + share * PITCH.get(expression, 0)
            image = renderer.render(
                weights,
                pitch=pitch + 1.5 * math.sin(t * 1.1 + phase[0]),
                yaw=6 * math.sin(t * 0.7 + phase[1]),
                gaze=(4 * math.sin(t * 0.9 + phase[2]), 2 * math.sin(t * 0.6 + phase[3])),
                shift=(10 * math.sin(t * 0.5 + phase[4]), 4 * math.sin(t * 0.8 + phase[5])),
                zoom=1 - 0.06 * math.sin(0.35 * t + phase[7]),
            )
            noisy = np.clip(image.astype(np.float32) + rng.normal(0, 1.5, image.shape), 0, 255).astype(
                np.uint8
            )
            cv2.imwrite(f"{folder}/{name}_{number:04d}.png", noisy)
            log.append((number, expression))
            number += 1
        before = expression
    with open(f"{folder}/{name}.json", "w") as file:
        json.dump(log, file)
    print(name, number, "pictures", flush=True)


def main():
    people, folder = sys.argv[1].split(","), sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    for name, programme in PROGRAMME:
        if name in people:
            render_person(name, programme, folder)


if __name__ == "__main__":
    main()

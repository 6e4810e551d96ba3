"""Poses with a known expression: combinations of action units (Ekman & Friesen 1978; prototypes and
optional units of Du, Tao & Martinez 2014, table 1) with random strengths, and the soft label of each.

People who pose show anger with closed lips, fear without an open mouth and disgust as a wrinkled
nose or a raised lip alone at least as often as the wide prototypes, so those are here too.
"""

from dataclasses import dataclass

import numpy as np

from data import CLASSES, SEVEN

# Action unit -> shapes of the head model (both sides) at full strength.
UNITS = {
    1: {"browInnerUp": 1.0},
    2: {"browOuterUp": 1.0},
    4: {"browDown": 1.1, "browInnerUp": -0.25},
    5: {"eyeWide": 1.0},
    6: {"cheekRaiser": 0.6, "cheekSquint": 0.5, "eyeSquint": 0.2},
    7: {"eyeSquint": 0.9},
    9: {"noseSneer": 1.0, "browDown": 0.3},
    10: {"mouthUpperUp": 0.8, "noseSneer": 0.25},
    12: {"mouthSmile": 0.85},
    14: {"mouthDimple": 0.8},
    15: {"mouthFrown": 1.0},
    16: {"mouthLowerDown": 0.8},
    17: {"mouthShrugLower": 0.85, "mouthShrugUpper": 0.25},
    18: {"mouthPucker": 0.7},
    20: {"mouthStretch": 1.0},
    22: {"mouthFunnel": 0.6},
    23: {"mouthRollLower": 0.65, "mouthRollUpper": 0.65, "mouthPress": 0.4},
    24: {"mouthPress": 1.0, "mouthRollLower": 0.45, "mouthRollUpper": 0.4},
    25: {"mouthLowerDown": 0.4, "mouthUpperUp": 0.3, "jawOpen": 0.06},
    26: {"jawOpen": 0.28},
    27: {"jawOpen": 0.6},
    29: {"jawForward": 0.5},
    43: {"eyeBlink": 0.45},
    64: {},  # the eyes look down
}
# 1 with 4 lifts the inner brows and draws them together; 4 alone pushes them down.
OBLIQUE = {"browInnerUp": 0.45, "browDown": -0.35}
# Expression -> prototypes: how often, the units always there, those there half of the time.
PROTOTYPES = {
    "happy": (
        (2, (6, 12, 25), (26,)), (5, (12,), (6,)), (4, (6, 12), (14,)), (2, (12, 14), (6,)), (2, (12, 25), (6,)),
        (1, (12, 25, 26), (6,)), (1, (6, 12, 25, 10), ()),
    ),
    "surprise": (
        (3, (1, 2, 5, 26), (25,)), (2, (1, 2, 26), (5, 22)), (2, (1, 2, 5), (25,)), (2, (1, 2, 5, 27), (22,)),
        (1, (1, 2, 27), (5,)),
    ),
    "sad": (
        (2, (1, 4, 15), (17, 64)), (2, (1, 4, 15, 17), (43, 64)), (2, (1, 15), (4, 43, 64)), (2, (15, 17), (4, 1, 64)),
        (2, (1, 4), (15, 43, 64)), (1, (1, 4, 15, 25), (43,)), (1, (15, 64), (17, 43)), (1, (1, 4, 17), (15,)),
    ),
    "angry": (
        (3, (4, 7, 24), (17, 5)), (3, (4, 7, 23), (17,)), (3, (4, 7), (24, 5)), (2, (4, 5, 7), (23, 17)),
        (1, (4, 7, 24, 15), (17,)),
        (1, (4, 7, 24, 29), ()), (2, (4, 7, 17), (23, 24)), (1, (4, 5, 7, 10, 25), (16, 22, 26)),
        (1, (4, 10, 25, 16), (7, 22, 26)),
    ),
    "disgust": (
        (3, (9,), (4, 7)), (3, (9, 10), (17, 7)), (3, (10,), (9, 17, 7)), (2, (9, 10, 17), (4, 7)), (2, (10, 17, 15), (9, 7)),
        (2, (9, 10, 25), (16, 26, 6)), (1, (10, 25), (9, 6)),
    ),
    "fear": (
        (4, (1, 2, 4, 5), (20,)), (3, (1, 4, 5), (20, 25)), (2, (1, 4, 5, 20), ()), (2, (1, 2, 4, 5, 20, 25), (26,)),
        (2, (1, 4, 20, 25), (5, 26)), (1, (1, 2, 5, 20, 25), (4, 26)), (1, (1, 2, 4, 5, 25, 26), (20,)),
    ),
    # At rest, blinking, talking.
    "neutral": ((4, (), ()), (1, (43,), ()), (1, (14,), ()), (2, (25,), (18, 26)), (1, (26,), (22,)), (1, (18,), ())),
}
# What else people say of such a face.
CONFUSED = {
    "happy": "neutral", "surprise": "fear", "sad": "neutral", "angry": "disgust", "disgust": "angry", "fear": "surprise",
    "neutral": "sad",
}


@dataclass
class Expression:
    name: str
    strength: float  # 0 nothing, 1 as strong as a wide pose
    shapes: dict  # shape of the head model with its side -> weight
    gaze: tuple  # degrees, to the person's left and up
    target: np.ndarray  # float32 [8]: what people would say of the picture
    change: np.ndarray  # float32 [8]: what they would say who also know the person at rest


def label(name: str, strength: float, clear_at: float) -> np.ndarray:
    """float32 [8], sum 1: half of the way to certain at half of `clear_at`, certain (.93) from there on."""
    t = np.zeros(len(CLASSES), np.float32)
    if name == "neutral":
        t[[0, 1, 3, 4]] = 0.93, 0.02, 0.03, 0.02
        return t
    u = float(np.clip(strength / clear_at, 0, 1))
    t[CLASSES.index(name)] = 0.15 + 0.78 * u * u * (3 - 2 * u)
    t[CLASSES.index(CONFUSED[name])] += 0.05
    t[0] += 1 - t.sum()
    return t


def random_rest(rng, age: float) -> dict:
    """What a face does at rest: low brows, narrow eyes, corners that hang, the more the older it is. It is
    part of each expression of that person and no expression by itself."""
    return {
        "browDown": rng.normal(0.05 + 0.12 * age, 0.16), "browInnerUp": rng.normal(0.02, 0.09),
        "browOuterUp": rng.normal(0.0, 0.09), "eyeSquint": abs(rng.normal(0, 0.14 + 0.1 * age)),
        "eyeBlink": abs(rng.normal(0, 0.07 + 0.08 * age)), "mouthPress": abs(rng.normal(0, 0.12)),
        "mouthSmile": rng.normal(0.02, 0.06), "mouthFrown": rng.normal(0.03 + 0.12 * age, 0.11),
        "eyeWide": rng.normal(0, 0.07), "mouthRollLower": abs(rng.normal(0, 0.1 * age + 0.02)),
        "mouthRollUpper": abs(rng.normal(0, 0.15 * age + 0.02)), "mouthShrugLower": abs(rng.normal(0, 0.07)),
    }


def combine(units, strength: float, rng, always=()) -> dict:
    """Shapes without their sides: the sum of the units, each with its own strength."""
    out = {}
    for unit in units:
        k = strength * rng.uniform(0.75 if unit in always else 0.4, 1.3)
        for shape, weight in UNITS[unit].items():
            out[shape] = out.get(shape, 0.0) + weight * k
    if 1 in units and 4 in units:
        for shape, weight in OBLIQUE.items():
            out[shape] = out.get(shape, 0.0) + weight * strength
    return out


def with_rest(shapes: dict, rest: dict, name: str, rng) -> dict:
    """What the person does at rest goes on under the expression, unless the muscles at work undo it."""
    out = dict(shapes)
    for shape, weight in rest.items():
        if shape in ("eyeSquint", "eyeBlink") and name in ("surprise", "fear"):
            weight *= 0.3
        if shape == "browDown" and name == "surprise":
            weight = min(weight, 0.1)
        if shape == "mouthFrown" and name == "happy":
            weight *= 0.5
        out[shape] = out.get(shape, 0.0) + weight + rng.normal(0, 0.025)
    return out


def both_sides(shapes: dict, rng, head) -> dict:
    """Gives each side its weight: most faces are a little uneven, some clearly."""
    uneven, out = rng.normal(0, 0.08 if rng.random() < 0.75 else 0.28), {}
    for shape, weight in shapes.items():
        weight = float(np.clip(weight, -0.4, 1.35 if shape == "browDown" else 1.1))
        if head.two_sided(shape):
            k = np.clip(uneven + rng.normal(0, 0.05), -0.6, 0.6)
            out[shape + "_L"], out[shape + "_R"] = weight * (1 + k), weight * (1 - k)
        else:
            out[shape] = weight
    for side in ("_L", "_R"):  # blink and squint together must not turn the lids inside out
        squint = max(out.get("eyeSquint" + side, 0), 0)
        out["eyeBlink" + side] = float(np.clip(out.get("eyeBlink" + side, 0), -0.1, 1 - 0.5 * squint))
    return out


def random_expression(rng, head, name: str, rest: dict, strength: float | None = None) -> Expression:
    """A pose of `name`, one of the seven. `strength` is drawn (.25 to 1.1) unless it is given."""
    kinds = PROTOTYPES[name]
    odds = np.array([k[0] for k in kinds], float)
    _, always, sometimes = kinds[rng.choice(len(kinds), p=odds / odds.sum())]
    units = always + tuple(u for u in sometimes if rng.random() < 0.5)
    if strength is None:
        strength = float(rng.uniform(0.25, 1.1) if name != "neutral" else rng.uniform(0, 0.4))
    shapes = with_rest(combine(units, strength, rng, always), rest, name, rng)
    for shape in rng.choice(("mouthLeft", "mouthRight", "jawLeft", "jawRight", "mouthPucker", "mouthDimple", "cheekPuff"), 2):
        shapes[shape] = shapes.get(shape, 0.0) + abs(rng.normal(0, 0.04))
    gaze = [rng.normal(0, 7), rng.normal(0, 4)]
    if 64 in units:
        gaze[1] -= rng.uniform(5, 22)
    if rng.random() < 0.12:
        gaze[0] += rng.normal(0, 18)
    targets = label(name, strength, 0.65), label(name, strength, 0.45)
    return Expression(name, strength, both_sides(shapes, rng, head), tuple(gaze), *targets)


assert set(PROTOTYPES) == set(SEVEN)

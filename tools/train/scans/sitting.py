"""People who merely sit, talk and look about: frames of one person over time, with no expression in them.

The head drifts, the gaze jumps, lids blink every few seconds, and for about half of the time the person talks: mouth shapes
that change several times a second, with brows that stress a word now and then. All of it goes on over the face at rest.
"""

from dataclasses import dataclass

import numpy as np

from .expressions import Expression, both_sides, label
from .people import Person, random_person
from .picture import draw, random_scene

# What the mouth does while talking; each with its own strength, one after the other.
VISEMES = (
    {"jawOpen": 0.25, "mouthLowerDown": 0.2}, {"jawOpen": 0.12, "mouthFunnel": 0.3}, {"mouthPucker": 0.4, "jawOpen": 0.05},
    {"mouthPress": 0.4, "mouthRollLower": 0.2}, {"mouthStretch": 0.15, "jawOpen": 0.08, "mouthLowerDown": 0.2},
    {"mouthRollLower": 0.45, "mouthUpperUp": 0.15}, {"jawOpen": 0.18, "mouthUpperUp": 0.15, "mouthLowerDown": 0.25}, {},
)
VISEMES_A_SECOND, BLINKS_A_SECOND, GLANCES_A_SECOND = 5.0, 0.25, 0.5
TURN, TURN_SECONDS = (7.0, 4.0, 2.0), 3.0  # degrees of yaw, pitch and roll, and how long a turn lasts
SIT_ZOOM = 0.7  # so that the detector sees a face with something around it


@dataclass
class Moment:
    turn: np.ndarray  # degrees about the middle of the scene
    gaze: np.ndarray
    shapes: dict


def moments(rng, seconds: float, rate: float):
    """What somebody does, `rate` times a second."""
    turn, gaze, talks, mouth, stress = np.zeros(3), np.zeros(2), False, {}, 0.0
    keep = np.exp(-1 / (rate * TURN_SECONDS))
    for _ in range(int(seconds * rate)):
        turn = keep * turn + np.sqrt(1 - keep * keep) * rng.normal(0, TURN)
        if rng.random() < GLANCES_A_SECOND / rate:
            gaze = rng.normal(0, (9, 4))
        if rng.random() < 0.25 / rate:
            talks = not talks
        if rng.random() < VISEMES_A_SECOND / rate:
            strength = rng.uniform(0.4, 1.2)
            mouth = {k: strength * w for k, w in VISEMES[rng.integers(len(VISEMES))].items()} if talks else {}
        stress = rng.uniform(0.1, 0.35) if talks and rng.random() < 0.6 / rate else 0.6 * stress
        shapes = {**mouth, "browInnerUp": stress, "browOuterUp": stress}
        if rng.random() < BLINKS_A_SECOND / rate:
            shapes["eyeBlink"] = rng.uniform(0.5, 1)
        yield Moment(turn.copy(), gaze.copy(), shapes)


def sitting_frames(head, seed: int, number: int, seconds: float, rate: float):
    """The frames uint8 [SIDE, SIDE] of one person."""
    rng = np.random.default_rng([seed, number])
    person: Person = random_person(rng, head)
    scene = random_scene(rng, person)
    target = label("neutral", 0.0, 1.0)
    for moment in moments(rng, seconds, rate):
        shapes = dict(person.rest)
        for shape, weight in moment.shapes.items():
            shapes[shape] = shapes.get(shape, 0.0) + weight
        e = Expression("neutral", 0.0, both_sides(shapes, np.random.default_rng([seed, number]), head), tuple(moment.gaze), target, target)
        yield draw(rng, head, person, scene, e, moment.turn, SIT_ZOOM)

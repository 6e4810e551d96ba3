"""Random people: the shape of the head from scans, and the paint that the scans lack: skin from
light to dark, brows, hair, beards, folds of age, make-up, glasses. Albedo is linear grey, 0..1."""

from dataclasses import dataclass

import numpy as np

from .expressions import random_rest
from .head import EYES, Head, step


@dataclass
class Glasses:
    width: float  # half of a lens
    height: float
    square: float  # exponent of the superellipse: 2 round, 5 nearly square
    frame: float  # thickness
    albedo: float
    drop: float
    reflection: float  # share of light that a lens throws back


@dataclass
class LongHair:
    width: float
    end: float  # y
    curtain: float  # 0, or how near to the face the strands fall at its sides


@dataclass
class Person:
    shape: np.ndarray  # float32 [n, 3], at rest in the middle of all shapes
    albedo: np.ndarray  # [n]
    skin: float
    hair: float
    hair_mask: np.ndarray  # [n], 0..1
    thickness: np.ndarray  # [n], of hair and cloth over the skin
    sclera: float
    iris: float
    iris_angle: float  # radians
    pupil_angle: float
    lashes: float
    age: float  # 0..1
    folds: dict  # depth of each fold
    bulge: float  # how much the muscle between the brows swells
    oil: float
    rest: dict
    long_hair: LongHair | None
    glasses: Glasses | None


def log_uniform(rng, low, high) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def waves(rng, head: Head, scale: float, amount: float, count: int = 3) -> np.ndarray:
    """[n]: a smooth random pattern over the surface, about `amount` high; `scale` in centimetres."""
    k = rng.normal(0, 1 / scale, (count, 3))
    return amount * np.cos(head.mean @ k.T + rng.uniform(0, 6.3, count)).sum(1) / np.sqrt(count)


def brow_cover(rng, head: Head) -> np.ndarray:
    """[n], 0..1: where the brows are, along the landmarks, with a shape of their own."""
    x, y, _ = head.mean.T
    wide, shift = rng.uniform(0.26, 0.62), rng.normal(-0.25, 0.2)
    arch, inner, length = rng.normal(0, 0.18), rng.normal(0, 0.25), rng.uniform(0.8, 1.1)
    nearest = np.full(len(x), np.inf)
    for sign in (-1, 1):
        line = head.marks[17:22, :2].copy() if sign < 0 else head.marks[22:27, :2][::-1].copy()  # from outside to inside
        line[:, 1] += shift
        line[1:3, 1] += arch * np.array([0.8, 1.0])
        line[4, 0] += sign * inner
        line[0] = line[1] + (line[0] - line[1]) * length
        for i, (a, b) in enumerate(zip(line[:-1], line[1:])):
            e = b - a
            t = np.clip(((x - a[0]) * e[0] + (y - a[1]) * e[1]) / (e @ e), 0, 1)
            width = wide * np.interp(i + t, [0, 1, 2.5, 4], [0.35, 0.75, 1, 0.95])
            nearest = np.minimum(nearest, np.hypot(x - a[0] - t * e[0], y - a[1] - t * e[1]) / width)
    cover = head.front * step((1 - nearest) / 0.22) * rng.uniform(0.5, 1.0)
    return np.clip(cover * (1 + waves(rng, head, 0.25, 0.15, 1)), 0, 1)


def hair_cover(rng, head: Head) -> np.ndarray:
    """[n], 0..1: the scalp, down to a hairline of its own; fringes, bald heads and shaven ones among them."""
    x, y, z = head.mean.T
    line = rng.normal(10.2, 0.7)
    if rng.random() < 0.2:
        line = rng.uniform(7.2, 9.2)  # a fringe
    if rng.random() < 0.1:
        line = rng.uniform(11, 13)  # receding
    edge = line - rng.uniform(0.035, 0.1) * x**2 + rng.normal(0, 0.12) * x
    edge = edge + 0.25 * np.cos(x * rng.uniform(1, 4) + rng.uniform(0, 6))
    edge = np.where(z < 4.5, np.minimum(edge, np.interp(z, [0, 4.5], [-3, 5.0])), edge)
    cover = step((y - edge) / 0.25) * ~head.ears
    cover = np.where((z < -1) & (y > -5), 1.0, cover) * head.is_skin
    return cover * rng.uniform(0, 0.35) if rng.random() < 0.08 else cover


def random_person(rng, head: Head) -> Person:
    code = rng.normal(0, 0.95, len(head.identity)).astype(np.float32)
    shape = head.mean + (code @ head.identity).reshape(-1, 3)
    age = float(rng.beta(1.1, 1.7))
    skin = log_uniform(rng, 0.09, 0.72)
    uneven = waves(rng, head, 3.0, 0.06) + waves(rng, head, 1.0, 0.03) + waves(rng, head, 0.45, 0.02 + 0.03 * age)
    albedo = skin * np.exp(uneven)
    albedo = albedo * (1 - head.lips * rng.uniform(0.08, 0.5)) * (1 - head.bags * rng.uniform(-0.05, 0.2))

    dark = rng.random() < 0.65 or skin < 0.25
    hair = log_uniform(rng, 0.015, 0.08) if dark else log_uniform(rng, 0.08, 0.6)
    if rng.random() < 0.7 * age**2:
        hair = log_uniform(rng, 0.2, 0.6)  # grey
    makeup = rng.random() < 0.22
    if makeup:  # lipstick, shadow on the lids, rouge
        albedo = albedo * (1 - head.lips * rng.uniform(0, 0.6)) * (1 - head.upper_lids * rng.uniform(0, 0.6))
        albedo = albedo * (1 - head.cheeks * rng.uniform(0, 0.18))
    brow = float(np.clip(hair * rng.uniform(0.5, 1.1), 0.01, 0.5)) if rng.random() < 0.85 else skin * rng.uniform(0.4, 0.8)
    cover = brow_cover(rng, head)
    albedo = albedo * (1 - cover) + brow * cover
    if not makeup and rng.random() < 0.3:
        cover = head.moustache * rng.uniform(0, 1)
        if rng.random() < 0.75:
            cover = cover + head.beard * rng.uniform(0.15, 1) * (1 + waves(rng, head, 0.5, 0.2, 1))
        cover = np.clip(cover, 0, 0.95)
        albedo = albedo * (1 - cover) + min(hair * 1.3, skin) * cover

    scarf = rng.random() < 0.05
    if scarf:
        hair = log_uniform(rng, 0.02, 0.8)
    cover = hair_cover(rng, head)
    thickness = cover * log_uniform(rng, 0.1, 1.7) * (1 + waves(rng, head, 2.0, 0.22, 1) + waves(rng, head, 0.5, 0.05, 1))
    albedo = albedo * (1 - cover) + hair * np.exp(waves(rng, head, 0.4, 0.3, 2)) * cover
    x, y, z = head.mean.T
    cloth = step(((-8.5 if scarf else -11.5) + 0.18 * z - y) / 0.15) * head.is_skin * (scarf or rng.random() < 0.9)
    albedo = albedo * (1 - cloth) + (hair if scarf else log_uniform(rng, 0.03, 0.8)) * cloth
    thickness = thickness + 0.4 * cloth

    albedo[head.groups["Mouth socket"]] = 0.1 * skin**0.3
    albedo[head.groups["Gums and tongue"]] = 0.16 * rng.uniform(0.7, 1.4)
    albedo[head.groups["Teeth"]] = rng.uniform(0.3, 0.7)
    for side in EYES:
        albedo[head.groups[f"Eye socket {side}"]] = skin * 0.6
    shape = shape + (head.jowls * age**2 * rng.uniform(0, 0.35))[:, None] * np.float32([0, -0.6, 0.5])
    long_hair = None
    if scarf or rng.random() < 0.38:
        curtain = rng.uniform(5.8, 8.0) if rng.random() < (1.0 if scarf else 0.5) else 0.0
        long_hair = LongHair(rng.uniform(8.3, 11.5), rng.uniform(-14, -3), curtain)
    glasses = None
    if rng.random() < 0.17:
        glasses = Glasses(
            rng.uniform(2.2, 2.9), rng.uniform(1.3, 2.1), rng.uniform(2, 5), rng.uniform(0.08, 0.4),
            float(rng.choice((0.03, 0.1, 0.4))), rng.uniform(-0.5, 0.1), rng.uniform(0, 0.25) if rng.random() < 0.5 else 0.0,
        )
    return Person(
        shape.astype(np.float32), albedo, skin, hair, cover, thickness, rng.uniform(0.5, 0.85), log_uniform(rng, 0.02, 0.25),
        np.deg2rad(rng.uniform(26, 31)), np.deg2rad(rng.uniform(8, 15)), rng.uniform(0.02, 0.2) + 0.08 * makeup, age,
        {name: rng.uniform(0.05, 0.4) for name in head.folds}, rng.uniform(0.1, 0.45), rng.uniform(0, 0.12),
        random_rest(rng, age), long_hair, glasses,
    )

"""What a webcam and a face detector do to a face, done to 48x48 grey pictures.

All random numbers come from the generator that is given. About 0.1 ms a face. Ranges are wide on
purpose, with most of the mass near "nothing happens".
"""

import cv2
import numpy as np

SIDE = 48
BORDERS = (cv2.BORDER_REPLICATE, cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT_101, cv2.BORDER_CONSTANT)
RAMP = np.linspace(-1, 1, SIDE, dtype=np.float32)
LEVELS = np.arange(256, dtype=np.float32) / 255
cv2.setNumThreads(1)


def geometry(scale=1.0, turn=0.0, dx=0.0, dy=0.0, stretch=1.0, mirror=False, side=SIDE) -> np.ndarray:
    """float32 [2, 3], from the 48-pixel picture to one with `side` pixels.

    scale: crop margin; 1.25 shows 1.25 times as much around the face, 0.8 cuts into it
    turn: degrees; dx, dy: shift as a share of the side; stretch: width over height"""
    k = side / SIDE / scale
    a = np.deg2rad(turn)
    fx = -k * stretch if mirror else k * stretch
    m = np.array([[np.cos(a) * fx, -np.sin(a) * k], [np.sin(a) * fx, np.cos(a) * k]], np.float32)
    half = (SIDE - 1) / 2
    to = (side - 1) / 2 + np.array([dx, dy], np.float32) * side
    return np.concatenate([m, (to - m @ np.array([half, half], np.float32))[:, None]], 1).astype(np.float32)


def tones(rng) -> np.ndarray:
    """uint8 [256]: brightness, contrast, gamma, and a bent curve as a false colour or a poor
    conversion to grey would give."""
    x = LEVELS ** np.exp(rng.normal(0, 0.25))
    if rng.random() < 0.2:
        x = x + rng.uniform(-0.12, 0.12) * np.sin(np.pi * rng.uniform(1, 3) * x + rng.uniform(0, 6.3))
    x = (x - 0.5) * np.exp(rng.normal(-0.1, 0.25)) + 0.5 + rng.normal(0, 0.1)
    return (np.clip(x, 0, 1) * 255).astype(np.uint8)


def augment(face: np.ndarray, rng: np.random.Generator, strength: float = 0.6) -> np.ndarray:
    """uint8 [48, 48] -> uint8 [48, 48]. `strength` scales how often the damage is done; crop,
    turn and mirror always happen."""
    side, u = SIDE, rng.random(9)
    small = u[0] < 0.25 * strength
    if small:
        side = int(rng.integers(16, 40))
    m = geometry(
        float(np.clip(np.exp(rng.normal(0.03, 0.15)), 0.78, 1.45)),
        float(np.clip(rng.normal(0, 7), -20, 20)),
        *np.clip(rng.normal(0, 0.045, 2), -0.13, 0.13),
        float(np.exp(rng.normal(0, 0.04))),
        bool(u[1] < 0.5),
        side,
    )
    border = BORDERS[int(rng.integers(4))]
    x = cv2.warpAffine(
        face, m, (side, side), flags=cv2.INTER_AREA if small else cv2.INTER_LINEAR,
        borderMode=border, borderValue=int(rng.integers(256)),
    )
    if small:
        x = cv2.resize(x, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR if u[2] < 0.6 else cv2.INTER_CUBIC)
    if u[3] < 0.15 * strength:
        if rng.random() < 0.6:
            x = cv2.GaussianBlur(x, (0, 0), float(rng.uniform(0.4, 1.3)))
        else:  # moved while the shutter was open
            n = int(rng.integers(2, 6))
            kernel = np.zeros((n, n), np.float32)
            a, c = rng.uniform(0, np.pi), (n - 1) / 2
            for t in np.linspace(-c, c, 2 * n):
                kernel[int(round(c + t * np.sin(a))), int(round(c + t * np.cos(a)))] = 1
            x = cv2.filter2D(x, -1, kernel / kernel.sum())
    if u[4] < 0.7:
        x = cv2.LUT(x, tones(rng))
    if u[5] < 0.2 * strength:  # light from one side
        gx, gy = rng.uniform(-0.5, 0.5, 2).astype(np.float32)
        x = np.clip(x * (1 + gx * RAMP[None] + gy * RAMP[:, None]), 0, 255).astype(np.uint8)
    if u[6] < 0.2 * strength:  # a hand, a cup, hair, another head
        w, h = rng.integers(6, 19, 2)
        cx, cy = rng.integers(0, SIDE - 4, 2)
        patch = x[cy : cy + h, cx : cx + w]
        if rng.random() < 0.5:
            patch[:] = rng.integers(256)
        else:
            patch[:] = rng.integers(0, 256, patch.shape)
    if u[7] < 0.2 * strength:
        noise = rng.standard_normal((SIDE, SIDE), dtype=np.float32) * float(rng.uniform(2, 14))
        x = np.clip(x + noise, 0, 255).astype(np.uint8)
    if u[8] < 0.15 * strength:
        _, code = cv2.imencode(".jpg", x, (cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 80))))
        x = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)
    return x


def no_face(face: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """uint8 [48, 48] -> uint8 [48, 48]: what a detector may take for a face and is none. A piece of
    skin or background blown up, a shuffled face, one that is mostly outside the crop or covered,
    a smooth pattern."""
    kind = rng.integers(5)
    if kind == 0:  # a piece, blown up
        n = int(rng.integers(6, 15))
        x, y = rng.integers(0, SIDE - n, 2)
        return cv2.resize(face[y : y + n, x : x + n], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    if kind == 1:  # tiles in another order
        n = int(rng.choice((2, 3, 4)))
        s = SIDE // n
        tiles = [face[i * s : (i + 1) * s, j * s : (j + 1) * s] for i in range(n) for j in range(n)]
        order = rng.permutation(n * n)
        return np.block([[tiles[order[i * n + j]] for j in range(n)] for i in range(n)]).copy()
    if kind == 2:  # mostly outside
        shift = rng.uniform(0.5, 0.75) * rng.choice((-1, 1))
        dx, dy = (shift, 0.0) if rng.random() < 0.5 else (0.0, shift)
        m = geometry(float(rng.uniform(0.7, 1.2)), 0.0, dx, dy)
        return cv2.warpAffine(face, m, (SIDE, SIDE), borderMode=BORDERS[int(rng.integers(3))])
    if kind == 3:  # covered
        x = cv2.GaussianBlur(face, (0, 0), float(rng.uniform(5, 9)))
        return cv2.LUT(x, tones(rng))
    n = int(rng.integers(2, 9))
    x = cv2.resize(rng.integers(0, 256, (n, n), dtype=np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.clip(x + rng.normal(0, rng.uniform(0, 12), x.shape), 0, 255).astype(np.uint8)


def to_input(faces: np.ndarray) -> np.ndarray:
    """uint8 [N, 48, 48] -> float32 [N, 1, 48, 48] in 0..1: what the network takes."""
    return faces[:, None].astype(np.float32) / 255

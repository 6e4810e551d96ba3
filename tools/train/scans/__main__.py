"""Renders faces with known expressions, beside each its person at rest in the same light.

    python -m scans FOLDER_OF_ICT scans.npz --people 3000 --seed 1
    python -m scans FOLDER_OF_ICT aside.npz --people 250 --seed 2       # other people, to measure on
    python -m scans FOLDER_OF_ICT x.npz --people 8 --sheet sheet.png    # to look at
    python -m scans FOLDER_OF_ICT DIR --people 40 --seed 5 --live       # for `attune eval DIR --people`
    python -m scans FOLDER_OF_ICT DIR --people 12 --seed 6 --sit 60     # for `attune eval DIR --calm --rate 2.5`

The folder holds `ict.npz` and `ict.json`: the ICT Face Model Light (MIT, Copyright (c) 2020 USC
Institute for Creative Technologies), packed. Each person stands before one camera, first at rest,
then at rest again or talking, then with each of the six expressions. Writes, in rows of eight for
each person:

- `images` uint8 [N, 48, 48]
- `targets` float32 [N, 8], what people would say of the picture, `change` the same of somebody
  who knows the person at rest
- `label` uint8 [N], `strength` float32 [N], `rest` int32 [N] (the row with the person's rest)
- `traits` float32 [N, 4]: skin 0..1, age 0..1, glasses and long hair 0 or 1

With `--live` pictures with more around the face, DIR/PERSON/EMOTION/0.png, of strength .5 and above; with `--sit` the frames of
people who sit and talk, DIR/PERSON/0000.png and so on.
"""

import argparse
import os
import time
from pathlib import Path

import cv2
import numpy as np

from data import CLASSES, SEVEN

from .expressions import random_expression
from .head import Head
from .people import random_person
from .picture import SIDE, draw, random_scene
from .sitting import SIT_ZOOM, sitting_frames

RATE = 2.5  # frames a second of people who sit
ROW = ("neutral", "neutral", "happy", "surprise", "sad", "angry", "disgust", "fear")


def session(head: Head, seed: int, number: int, fixed_strength: float | None = None):
    """Eight pictures uint8 [SIDE, SIDE] of one person, their expressions, and the person."""
    rng = np.random.default_rng([seed, number])
    person = random_person(rng, head)
    scene = random_scene(rng, person)
    expressions = [
        random_expression(rng, head, name, person.rest, 0.0 if i == 0 else fixed_strength if i > 1 else None)
        for i, name in enumerate(ROW)
    ]
    return [draw(rng, head, person, scene, e) for e in expressions], expressions, person


def write_live(folder: Path, head: Head, seed: int, number: int):
    """The person at rest and with the six expressions."""
    rng = np.random.default_rng([seed, number])
    person = random_person(rng, head)
    scene = random_scene(rng, person)
    for name in SEVEN:
        strength = 0.0 if name == "neutral" else float(rng.uniform(0.5, 1.1))
        picture = draw(rng, head, person, scene, random_expression(rng, head, name, person.rest, strength), zoom=SIT_ZOOM)
        place = folder / f"{number:03}" / name
        place.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(place / "0.png"), picture)


def write_sitting(folder: Path, head: Head, seed: int, number: int, seconds: float):
    place = folder / f"{number:03}"
    place.mkdir(parents=True, exist_ok=True)
    for i, frame in enumerate(sitting_frames(head, seed, number, seconds, RATE)):
        cv2.imwrite(str(place / f"{i:04}.png"), frame)


def write_sheet(path: Path, rows):
    sheet = np.concatenate([np.concatenate(pictures, 1) for pictures in rows], 0)
    cv2.imwrite(str(path), sheet)


def save(path: Path, columns: dict):
    temporary = path.with_suffix(".tmp.npz")
    np.savez_compressed(temporary, **{k: np.concatenate(v) for k, v in columns.items()})
    os.replace(temporary, path)


def main():
    args = argparse.ArgumentParser(prog="scans", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("ict", type=Path)
    args.add_argument("out", type=Path)
    args.add_argument("--people", type=int, default=3000)
    args.add_argument("--first", type=int, default=0, help="number of the first person, to share the work")
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--sheet", type=Path, help="also write a picture with a row for each person")
    args.add_argument("--live", action="store_true", help="write a folder of pictures for `attune eval --people`")
    args.add_argument("--sit", type=float, metavar="SECONDS", help="write a folder of frames for `attune eval --calm`")
    a = args.parse_args()
    cv2.setNumThreads(1)
    head, columns, sheet, began = Head(a.ict), {}, [], time.time()
    if a.live or a.sit:
        for number in range(a.first, a.first + a.people):
            write_sitting(a.out, head, a.seed, number, a.sit) if a.sit else write_live(a.out, head, a.seed, number)
        return
    for count, number in enumerate(range(a.first, a.first + a.people)):
        pictures, expressions, person = session(head, a.seed, number)
        if a.sheet:
            sheet.append(pictures)
        traits = (person.skin, person.age, person.glasses is not None, person.long_hair is not None)
        row = dict(
            images=np.stack([cv2.resize(p, (48, 48), interpolation=cv2.INTER_AREA) for p in pictures]),
            targets=np.stack([e.target for e in expressions]), change=np.stack([e.change for e in expressions]),
            label=np.uint8([CLASSES.index(e.name) for e in expressions]),
            strength=np.float32([e.strength for e in expressions]),
            rest=np.full(len(ROW), count * len(ROW), np.int32), traits=np.float32([traits] * len(ROW)),
        )
        for key, value in row.items():
            columns.setdefault(key, []).append(value)
        if count % 100 == 99:
            save(a.out, columns)
            print(f"{count + 1} people, {8 * (count + 1)} pictures, {time.time() - began:.0f} s", flush=True)
    save(a.out, columns)
    if a.sheet:
        write_sheet(a.sheet, sheet)


if __name__ == "__main__":
    main()

"""Measures networks on people they never saw. Nothing here is for training.

    python strangers.py models/expression.onnx other.onnx --scans aside.npz
    python strangers.py models/expression.onnx --london LONDON --detector face_detection_short_range.onnx

`--scans`: rendered people kept aside, as `python -m scans` writes them. `--london`: the Face
Research Lab London Set, `neutral/`, `happy/` and `london_info.csv` (DeBruine & Jones 2017, CC BY
4.0); its smiles are told from rest picture by picture, and against the person's own rest.
"""

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np

from crop import Cutter, cut
from data import CLASSES, SEVEN
from evaluate import logits_of, open_session
from pairs import Rendered, load_rendered, relative

HAPPY, ANGRY = CLASSES.index("happy"), CLASSES.index("angry")


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if of == 0:
        return 0.0, 1.0
    p, k = hits / of, z * z / of
    middle, half = (p + k / 2) / (1 + k), z / (1 + k) * np.sqrt(p * (1 - p) / of + k / of / 4)
    return float(middle - half), float(middle + half)


def share(right: np.ndarray) -> str:
    low, high = wilson(int(right.sum()), len(right))
    return f"{right.mean():.3f} ({low:.2f}-{high:.2f}, n {len(right)})" if len(right) else "-"


def rendered_report(logits: np.ndarray, scans: Rendered, strong: float = 0.5) -> dict:
    """How many are read right, as pictures and against the person's rest. The six expressions count from
    `strong` on."""
    rest = logits[scans.rest]
    said = dict(absolute=logits[:, :7].argmax(1), relative=relative(logits, rest).argmax(1))
    own = scans.rest == np.arange(len(scans))
    moves = (scans.label > 0) & (scans.strength >= strong)
    out = {}
    for kind, s in said.items():
        calm = own if kind == "absolute" else (scans.label == 0) & ~own
        out[kind] = dict(
            each=[float((s[moves & (scans.label == c)] == c).mean()) for c in range(1, 7)],
            six=s[moves] == scans.label[moves], calm=s[calm] == 0, angry_at_rest=s[calm] == ANGRY,
        )
        traits = dict(
            dark=scans.traits[:, 0] < 0.2, light=scans.traits[:, 0] >= 0.4, old=scans.traits[:, 1] >= 0.5,
            young=scans.traits[:, 1] < 0.25, glasses=scans.traits[:, 2] > 0, bare=scans.traits[:, 2] == 0,
        )
        out[kind]["groups"] = {name: s[moves & t] == scans.label[moves & t] for name, t in traits.items()}
    return out


def show_rendered(name: str, r: dict):
    for kind, v in r.items():
        each = " ".join(f"{c} {x:.2f}" for c, x in zip(SEVEN[1:], v["each"]))
        print(f"{name} | {kind} | six {share(v['six'])} | {each} | calm {share(v['calm'])} "
              f"| angry at rest {v['angry_at_rest'].mean():.3f}")
        print("    " + ", ".join(f"{k} {share(s)}" for k, s in v["groups"].items()))


def london_faces(folder: Path, detector: Path):
    """Pictures uint8 [n, 2, 48, 48] at rest and smiling, and the rows of the table. Who is not found is left out, aloud."""
    cutter, faces, rows = Cutter(detector), [], []
    with open(folder / "london_info.csv") as file:
        for row in csv.DictReader(file):
            pair = []
            for kind, number in (("neutral", "03"), ("happy", "08")):
                path = folder / kind / f"london_{row['face_id']}_{number}.jpg"
                picture = cv2.imread(str(path))
                found = None
                for border in (0.0, 0.35):
                    if found is None and picture is not None:
                        found = cutter.find(picture, border)
                if found is None:
                    print(f"no face in {path.name}")
                    break
                pair.append(cut(picture, *found))
            if len(pair) == 2:
                faces.append(pair)
                rows.append(row)
    return np.array(faces), rows


def london_groups(rows) -> dict:
    """Name of a group -> bool [n]."""
    age = np.array([float(r["face_age"]) if r["face_age"] not in ("", "NA") else np.nan for r in rows])
    out = {"all": np.ones(len(rows), bool), "under 25": age < 25}
    out |= {"25 to 34": (age >= 25) & (age < 35), "35 and over": age >= 35}
    for column in ("face_gender", "face_eth"):
        for value in sorted({r[column] for r in rows}):
            out[value] = np.array([r[column] == value for r in rows])
    return out


def london_report(rest: np.ndarray, smile: np.ndarray) -> dict:
    """Bool [n] of each question, from the logits of both pictures of each person."""
    change = relative(smile, rest)
    return dict(
        pictures=np.concatenate([rest[:, :7].argmax(1) == 0, smile[:, :7].argmax(1) == HAPPY]),
        smile=smile[:, :7].argmax(1) == HAPPY, calm=rest[:, :7].argmax(1) == 0,
        against_rest=change.argmax(1) == HAPPY, angry_at_rest=rest[:, :7].argmax(1) == ANGRY,
        # Of the two answers alone, as a forced choice
        two=np.concatenate([rest[:, 0] >= rest[:, HAPPY], smile[:, HAPPY] > smile[:, 0]]),
    )


def show_london(name: str, r: dict, groups: dict):
    print(f"\n{name}: pictures read right {share(r['pictures'])}, happy against neutral alone {share(r['two'])}, "
          f"angry at rest {r['angry_at_rest'].sum()} of {len(r['calm'])}")
    print("| people | at rest neutral | smile happy | smile happy against their own rest |\n|---|---|---|---|")
    for group, k in groups.items():
        print(f"| {group} | {share(r['calm'][k])} | {share(r['smile'][k])} | {share(r['against_rest'][k])} |")


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("networks", type=Path, nargs="+")
    args.add_argument("--scans", type=Path, nargs="+")
    args.add_argument("--london", type=Path)
    args.add_argument("--detector", type=Path)
    a = args.parse_args()
    scans = load_rendered(*a.scans) if a.scans else None
    if a.london:
        faces, rows = london_faces(a.london, a.detector)
        groups = london_groups(rows)
    for path in a.networks:
        net = open_session(path)
        if scans:
            show_rendered(path.name, rendered_report(logits_of(net, scans.images), scans))
        if a.london:
            show_london(path.name, london_report(logits_of(net, faces[:, 0]), logits_of(net, faces[:, 1])), groups)


if __name__ == "__main__":
    main()

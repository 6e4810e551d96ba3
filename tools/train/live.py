"""The live path after the network, for many people at once: resting face, smoothing, hysteresis and the shown
probability, as in `src/mood`. For choosing settings of the mood on people kept aside; what is reported comes from the
program itself (`attune eval DIR --people`).

    python live.py NETWORK.onnx --scans choose.npz [--london LONDON --detector DETECTOR.onnx]

Everybody rests for 8 s, then shows one picture after the other for 6 s, with 4 s of rest after each, ten frames a second.
"""

import argparse
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import measure
from data import CLASSES, SEVEN
from evaluate import logits_of, open_session
from pairs import load_rendered

FIRST_REST, POSE, REST, LINGER = 80, 60, 40, 25  # frames
FRAME = 0.1  # seconds
STRETCH = 0.25
NEUTRAL, HAPPY, SURPRISE, ANGRY = (SEVEN.index(n) for n in ("neutral", "happy", "surprise", "angry"))
RARE = [SEVEN.index(n) for n in ("angry", "disgust", "fear")]


@dataclass(frozen=True)
class Settings:
    """The defaults of `src/mood/settings.rs`, in the order of SEVEN."""

    common_neutral: float = 0.55
    usual: tuple = (0.82, 0.02, 0.03, 0.05, 0.3, 0.06, 0.06)
    prior: float = 0.5
    certain: float = 0.85
    certain_smile: float = 0.85
    least_neutral: float = 0.4
    long_hold: float = 25.0
    limit: float = 8.0
    rare_limit: float = 8.0
    window: float = 1.5
    memory: float = 60.0
    enter: tuple = (0.35, 0.3, 0.35, 0.35, 0.6, 0.35, 0.35)
    step_in: tuple = (0.25, 0.25, 0.3, 0.3, 0.6, 0.3, 0.3)
    leave: tuple = (0.2,) * 7
    dwell: tuple = (0.5,) + (0.7,) * 6
    # Slope and offset for neutral and for the others, and the most that is said.
    neutral_map: tuple = (6.0, 0.8)
    expression_map: tuple = (0.85, 0.7)
    most: float = 0.97


def log_of(weights) -> np.ndarray:
    w = np.asarray(weights, np.float64)
    return np.log(w / w.sum())


@dataclass
class Resting:
    """The resting faces of N people (`RestingFace`)."""

    settings: Settings
    count: int
    stretches: list = field(default_factory=list)

    def __post_init__(self):
        s, n = self.settings, self.count
        self.common = log_of([s.common_neutral] + [(1 - s.common_neutral) / 6] * 6)
        self.usual = log_of(s.usual)
        self.limit = np.full(7, s.limit)
        self.limit[RARE] = s.rare_limit
        self.seconds, self.sums, self.learned = np.zeros(n), np.zeros((n, 7)), np.zeros(n)
        self.median, self.held, self.held_seconds = np.zeros((n, 7)), np.full(n, -1), np.zeros(n)
        self.stretches = [[] for _ in range(n)]

    def known(self):
        return np.where(self.learned > 0, self.learned / (self.learned + self.settings.prior + 1e-12), 0)

    def correct(self, read):
        """Probabilities [N, 7] relative to the rest, from log-probabilities [N, 7]."""
        return self.relative(read, self.usual + self.known()[:, None] * (self.median - self.usual))

    def relative(self, read, rest):
        return np.exp(measure.log_softmax(read - np.clip(rest - self.common, -self.limit, self.limit)))

    def learn(self, dt: float, read):
        s, known = self.settings, self.known()
        p = self.relative(read, np.where((known > 0)[:, None], self.median, self.usual))
        top = p.argmax(1)
        highest, rows = p.max(1), np.arange(len(p))
        plain, raw = read.argmax(1), np.exp(read.max(1))
        plausible = np.where(
            known > 0,
            np.where(top == NEUTRAL, highest >= s.least_neutral * known, highest < s.certain * (1 - known)),
            np.where(top == HAPPY, highest < s.certain_smile, (plain == NEUTRAL) | (raw < s.certain)),
        )
        free = plausible | (top == HAPPY) | (top == SURPRISE)
        before = np.where(self.held == top, self.held_seconds, 0)
        self.held_seconds = np.where(free, 0, before + dt)
        self.held = np.where(free, -1, top)
        rests = plausible | (~free & (self.held_seconds >= s.long_hold))
        self.seconds += dt * rests
        self.sums += dt * rests[:, None] * read
        for i in rows[self.seconds >= STRETCH - 1e-6]:
            kept = self.stretches[i]
            kept.append((self.seconds[i], self.sums[i] / self.seconds[i]))
            self.learned[i] += self.seconds[i]
            self.seconds[i], self.sums[i] = 0, 0
            while self.learned[i] > s.memory and len(kept) > 1:
                self.learned[i] -= kept.pop(0)[0]
            self.median[i] = np.median([m for _, m in kept], axis=0)


def shares_over_time(frames: np.ndarray, settings: Settings, dt: float = FRAME) -> np.ndarray:
    """Smoothed shares [T, N, 7] from logits [T, N, 8]."""
    rest, shares, out = Resting(settings, frames.shape[1]), np.zeros((frames.shape[1], 7)), []
    arrived = 1 - np.exp(-dt / (settings.window / np.log(10)))
    for i, logits in enumerate(frames):
        if i > 0:
            read, known = measure.log_softmax(logits[:, :7]), 1 - np.exp(measure.log_softmax(logits)[:, 7:])
            rest.learn(dt, read)
            shares = shares + arrived * (rest.correct(read) * known - shares)
        out.append(shares)
    return np.array(out)


def moods_over_time(shares: np.ndarray, settings: Settings, dt: float = FRAME) -> np.ndarray:
    """The emotion that holds [T, N], -1 for none (`Hysteresis`)."""
    enter, step_in, leave = (np.array(v) for v in (settings.enter, settings.step_in, settings.leave))
    n = shares.shape[1]
    rows, holding, candidate = np.arange(n), np.full(n, -1), np.full(n, -1)
    since, changed, out = np.zeros(n), np.zeros(n), []
    for i, share in enumerate(shares):
        at = i * dt
        held = np.where(holding >= 0, share[rows, holding], 0)
        weak = (holding >= 0) & (held < leave[holding])
        bar = np.where(weak[:, None], step_in, enter)
        able = (share > held[:, None]) & (share >= bar) & (np.arange(7) != holding[:, None])
        ahead = np.where(able.any(1), np.where(able, share, -1).argmax(1), -1)
        begins = np.maximum(at - (dt if i else 0), changed)
        since = np.where(ahead == candidate, since, begins)
        candidate = ahead
        takes = (ahead >= 0) & (at - since >= np.array(settings.dwell)[ahead] - 1e-9)
        holding = np.where(takes, ahead, holding)
        changed = np.where(takes, at, changed)
        candidate = np.where(takes, -1, candidate)
        out.append(holding)
    return np.array(out)


@dataclass
class Sessions:
    """Logits [N, 8] at rest and [N, K, 8] posed, the truth [N, K], its strength [N, K]."""

    rest: np.ndarray
    poses: np.ndarray
    truth: np.ndarray
    strength: np.ndarray

    def frames(self) -> np.ndarray:
        parts = [np.repeat(self.rest[None], FIRST_REST, 0)]
        for k in range(self.poses.shape[1]):
            parts += [np.repeat(self.poses[None, :, k], POSE, 0), np.repeat(self.rest[None], REST, 0)]
        return np.concatenate(parts)


def rendered_sessions(logits: np.ndarray, scans, row: int = 8) -> Sessions:
    """People of `python -m scans`: the first picture of each row is the rest, the second left out."""
    n = len(logits) // row
    by = lambda v: v.reshape(n, row, *v.shape[1:])
    return Sessions(by(logits)[:, 0], by(logits)[:, 2:], by(scans.label)[:, 2:].astype(int), by(scans.strength)[:, 2:])


@dataclass
class Answers:
    """Of each pose [N, K] and rest [N, K + 1]."""

    answered: np.ndarray
    angry: np.ndarray  # false anger: the mood became angry in a pose of something else
    rest_neutral: np.ndarray
    rest_angry: np.ndarray
    shown: np.ndarray  # rows of the truth, the emotion that holds and its smoothed share of what is known, from 2 s on


def answers(shares, moods, sessions: Sessions) -> Answers:
    known = np.maximum(shares.sum(2, keepdims=True), 1e-9)
    p, n, k = shares / known, len(sessions.rest), sessions.truth.shape[1]
    shown = []

    def note(begin, end, truth):
        for t in range(begin + 20, end, 5):
            has = moods[t] >= 0
            rows = np.flatnonzero(has)
            shown.append(np.stack([truth[rows], moods[t][rows], p[t, rows, moods[t][rows]]], 1))

    still = np.full(n, NEUTRAL)
    calm, anger = [moods[FIRST_REST - 1] == NEUTRAL], [(moods[:FIRST_REST] == ANGRY).any(0)]
    found, false = [], []
    note(0, FIRST_REST, still)
    for j in range(k):
        begin = FIRST_REST + j * (POSE + REST)
        pose, rest = moods[begin : begin + POSE], moods[begin + POSE : begin + POSE + REST]
        truth = sessions.truth[:, j]
        found.append((pose == truth).any(0))
        false.append((truth != ANGRY) & (pose[0] != ANGRY) & (pose == ANGRY).any(0))
        calm.append(rest[-1] == NEUTRAL)
        anger.append((rest[LINGER:] == ANGRY).any(0))
        note(begin, begin + POSE, truth)
        note(begin + POSE, begin + POSE + REST, still)
    return Answers(*(np.stack(v, 1) for v in (found, false, calm, anger)), np.concatenate(shown))


def run(sessions: Sessions, settings: Settings) -> Answers:
    shares = shares_over_time(sessions.frames(), settings)
    return answers(shares, moods_over_time(shares, settings), sessions)


def show(name: str, a: Answers, sessions: Sessions, strong: float = 0.5):
    counts = sessions.strength >= strong
    each = " ".join(
        f"{c} {a.answered[counts & (sessions.truth == i)].mean():.2f}"
        for i, c in enumerate(SEVEN) if (sessions.truth == i).any()
    )
    truth, said, p = a.shown.T
    error, q = top_error(p, truth == said), calibrated(said, p, Settings())
    print(
        f"{name} | answered {a.answered[counts].mean():.3f} of {counts.sum()} (all {a.answered.mean():.3f}) | {each} | rests neutral "
        f"{a.rest_neutral.mean():.4f} | anger at rest {a.rest_angry.sum()} | false anger {a.angry.sum()} of "
        f"{(sessions.truth != ANGRY).sum()} | share {p.mean():.3f}, shown {q.mean():.3f}, right {(truth == said).mean():.3f}, "
        f"ECE {error:.3f}, calibrated {top_error(q, truth == said):.3f}"
    )
    for what, k in (("neutral", said == NEUTRAL), ("expressions", said != NEUTRAL)):
        slope, offset = fit_map(p[k], (truth == said)[k])
        print(f"    map of {what}: slope {slope:.2f}, offset {offset:.2f}")


def logit(p: np.ndarray, most: float = 8.0) -> np.ndarray:
    return np.clip(np.log(np.maximum(p, 1e-7)) - np.log1p(-np.minimum(p, 1 - 1e-7)), -most, most)


def calibrated(said: np.ndarray, p: np.ndarray, s: Settings) -> np.ndarray:
    """The probability that is shown [n] (`src/mood/calibration.rs`)."""
    slope, offset = np.where((said == NEUTRAL)[:, None], s.neutral_map, s.expression_map).T
    return np.minimum(s.most, 1 / (1 + np.exp(-slope * logit(p) - offset)))


def top_error(p: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error of the shown probabilities."""
    which = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(right[which == b].sum() - p[which == b].sum()) for b in range(bins)) / len(p))


def fit_map(p: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """Slope and offset of `logit p' = slope · logit p + offset` with the least log-loss (Platt 1999), by Newton."""
    x = np.stack([logit(p), np.ones(len(p))], 1)
    w = np.array([1.0, 0.0])
    for _ in range(50):
        q = 1 / (1 + np.exp(-(x @ w)))
        h = (x * (q * (1 - q) + 1e-9)[:, None]).T @ x + 1e-6 * np.eye(2)
        w = w - np.linalg.solve(h, x.T @ (q - right))
    return float(w[0]), float(w[1])


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("networks", type=Path, nargs="+")
    args.add_argument("--scans", type=Path, nargs="+")
    args.add_argument("--london", type=Path)
    args.add_argument("--detector", type=Path)
    a = args.parse_args()
    scans = load_rendered(*a.scans) if a.scans else None
    settings = Settings()
    if a.london:
        from strangers import london_faces

        faces, _ = london_faces(a.london, a.detector)
    for path in a.networks:
        net = open_session(path)
        if scans:
            sessions = rendered_sessions(logits_of(net, scans.images), scans)
            show(f"{path.name} rendered", run(sessions, settings), sessions)
        if a.london:
            smile = logits_of(net, faces[:, 1])[:, None]
            truth = np.full(smile.shape[:2], HAPPY)
            sessions = Sessions(logits_of(net, faces[:, 0]), smile, truth, np.ones(truth.shape))
            show(f"{path.name} London", run(sessions, settings), sessions)


if __name__ == "__main__":
    main()

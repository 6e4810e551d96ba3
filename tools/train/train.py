"""Trains the expression network on the FER+ vote distributions.

    python train.py FOLDER_WITH_FACES runs/a --minutes 60 --teacher FOLDER_WITH_TEACHER
    python train.py FOLDER_WITH_FACES runs/b --resume runs/a/last.pt --minutes 20 --decay 1 --warmup 0

- Loss: cross-entropy with the share of the votes (eight classes), plus cross-entropy of a second
  head with what another network says at temperature 4.
- Rare classes are drawn more often (`--balance`).
- SGD with Nesterov momentum; the rate rises, stays, and falls linearly in the last part
  (`--decay`), so a run can be looked at, prolonged or ended at any time.
- The network that is kept and judged is the moving average of the weights; its memory grows with
  the run (a tenth of it) up to 3000 steps.
- Two threads work side by side on copies of the network, each with its own batch, and update the
  master when done. They never wait for each other, so a busy machine costs little. Batches depend
  only on the seed and the step; the order in which two finish does not, so two runs agree in their
  figures to within noise, not bit for bit. `--threads 1 --epochs N` repeats exactly.
- Convolutions run in bfloat16 with channels last where the processor has it.

Writes `log.csv`, `best.pt` (best mean of accuracy and macro-F1 on the part kept aside from
training) and `last.pt` in the run's folder.
"""

import argparse
import contextlib
import copy
import csv
import dataclasses
import os
import signal
import sys
import threading
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
import torch.nn.functional as F

import measure
from augment import augment, no_face, to_input
from data import load, load_extra, sampling_weights, split
from net import SHAPES, ExpressionNet, count_macs

TEACHER_TEMPERATURE = 4.0


def predict(net: ExpressionNet, images: np.ndarray, bf16: bool = False, batch: int = 128):
    """uint8 [N, 48, 48] -> float32 [N, 8] logits and [N, 7] teacher logits, in full precision
    unless `bf16`."""
    a, b = [], []
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        for i in range(0, len(images), batch):
            x, y = net(torch.from_numpy(to_input(images[i : i + batch])))
            a.append(x.float().numpy())
            b.append(y.float().numpy() if y is not None else np.zeros((len(x), 7), np.float32))
    return np.concatenate(a), np.concatenate(b)


class Run:
    def __init__(self, a: argparse.Namespace):
        self.a = a
        torch.manual_seed(a.seed)
        torch.set_num_threads(1)
        every = load(a.data, "train", a.teacher)
        self.faces, self.aside = split(every)
        self.valid = load(a.data, "valid").seven()
        self.aside = self.aside.seven()
        self.targets = self.faces.targets()
        self.weights = sampling_weights(self.targets, a.balance)
        self.teacher = None
        if a.teacher is not None:
            self.teacher = np.exp(measure.log_softmax(self.faces.teacher / TEACHER_TEMPERATURE))
        self.extra = load_extra(a.extra) if a.extra else None
        self.net = ExpressionNet(a.shape, a.dropout)
        self.net = self.net.to(memory_format=torch.channels_last).train()
        decayed = [p for p in self.net.parameters() if p.ndim > 1]
        rest = [p for p in self.net.parameters() if p.ndim <= 1]
        self.optimiser = torch.optim.SGD(
            [dict(params=decayed, weight_decay=a.weight_decay), dict(params=rest, weight_decay=0.0)],
            lr=a.rate, momentum=0.9, nesterov=True, foreach=True,
        )
        self.mean = copy.deepcopy(self.net).eval()
        self.step = self.taken = 0
        self.first_step = 0
        if a.resume:
            state = torch.load(a.resume, map_location="cpu", weights_only=True)
            self.net.load_state_dict(state["raw"])
            self.mean.load_state_dict(state["net"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step = self.taken = self.first_step = state["step"]
        self.steps_per_epoch = len(self.faces) / a.batch
        self.lock, self.stop = threading.Lock(), False
        self.best, self.loss, self.loss2 = -1.0, 0.0, 0.0
        self.error = None

    def progress(self) -> float:
        """0..1, by steps if `--epochs` is given, else by the clock."""
        if self.a.epochs:
            return (self.taken - self.first_step) / (self.a.epochs * self.steps_per_epoch)
        return (time.time() - self.began) / (60 * self.a.minutes)

    def rate(self) -> float:
        up = min(1.0, (self.taken - self.first_step + 1) / max(1, self.a.warmup))
        down = min(1.0, (1 - self.progress()) / max(self.a.decay, 1e-6))
        return self.a.rate * min(up, max(down, 0.002))

    def batch(self, step: int):
        rng = np.random.default_rng([self.a.seed, step])
        index = rng.choice(len(self.faces), self.a.batch, p=self.weights)
        faces, t = self.faces.images[index], self.targets[index].copy()
        q = None if self.teacher is None else self.teacher[index].copy()
        kind = rng.random(self.a.batch)
        if self.extra is not None:
            swap = np.flatnonzero(kind < self.a.extra_share)
            which = rng.integers(len(self.extra[0]), size=len(swap))
            faces[swap], t[swap] = self.extra[0][which], self.extra[1][which]
            if q is not None:
                q[swap] = t[swap, :7]
        none = np.flatnonzero(kind > 1 - self.a.no_face)
        for i in none:
            faces[i] = no_face(faces[i], rng)
            t[i] = np.eye(8, dtype=np.float32)[7]
            if q is not None:
                q[i] = 0  # no opinion: the second head knows seven answers only
        x = to_input(np.stack([augment(f, rng, self.a.strength) for f in faces]))
        if rng.random() < self.a.mixup:
            m = np.float32(rng.beta(0.4, 0.4))
            other = rng.permutation(len(x))
            x, t = m * x + (1 - m) * x[other], m * t + (1 - m) * t[other]
            q = None if q is None else m * q + (1 - m) * q[other]
        return torch.from_numpy(x), torch.from_numpy(t), None if q is None else torch.from_numpy(q)

    def work(self):
        """One thread: take the weights, learn from a batch, give back the gradient."""
        try:
            torch.set_num_threads(1)
            mine = copy.deepcopy(self.net)
            fast = torch.autocast("cpu", torch.bfloat16) if self.a.bf16 else contextlib.nullcontext()
            while not self.stop:
                with self.lock:
                    if self.progress() >= 1:
                        return
                    self.step += 1
                    step = self.step
                    with torch.no_grad():
                        torch._foreach_copy_(list(mine.parameters()), list(self.net.parameters()))
                        for p, q in zip(mine.buffers(), self.net.buffers()):
                            p.copy_(q)
                x, t, q = self.batch(step)
                with fast:
                    out, out2 = mine(x.to(memory_format=torch.channels_last))
                loss = F.cross_entropy(out.float(), t)
                total, loss2 = loss, torch.zeros(())
                if q is not None:
                    loss2 = F.cross_entropy(out2.float(), q)
                    total = loss + self.a.teacher_weight * loss2
                mine.zero_grad(set_to_none=True)
                total.backward()
                self.update(mine, loss.item(), loss2.item())
        except Exception as error:  # shown by the main thread, which ends the run
            self.error = error
            self.stop = True

    @torch.no_grad()
    def update(self, mine, loss, loss2):
        with self.lock:
            self.taken += 1
            for p, q in zip(self.net.parameters(), mine.parameters()):
                p.grad = q.grad
            rate = self.rate()
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
            self.optimiser.step()
            for p, q in zip(self.net.buffers(), mine.buffers()):
                p.copy_(q)
            keep = 1 - 1 / min(max(10.0, 0.1 * self.taken), 3000.0)
            torch._foreach_lerp_(list(self.mean.parameters()), list(self.net.parameters()), 1 - keep)
            for p, q in zip(self.mean.buffers(), self.net.buffers()):
                if p.is_floating_point():
                    p.lerp_(q, 1 - keep)
            self.loss += 0.01 * (loss - self.loss)
            self.loss2 += 0.01 * (loss2 - self.loss2)

    def save(self, name: str, whole: bool, **figures):
        with self.lock:
            state = dict(
                net=copy.deepcopy(self.mean.state_dict()), step=self.taken, figures=figures,
                shape=dataclasses.asdict(SHAPES[self.a.shape]), options={k: str(v) for k, v in vars(self.a).items()},
            )
            if whole:
                state.update(raw=copy.deepcopy(self.net.state_dict()), optimiser=copy.deepcopy(self.optimiser.state_dict()))
        path = self.a.run / name
        torch.save(state, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)

    def look(self, log):
        """Judges the averaged network, writes a line, keeps it if it is the best so far."""
        with self.lock:
            net = copy.deepcopy(self.mean).eval()
        r = {}
        for name, faces in (("aside", self.aside), ("valid", self.valid)):
            logits, _ = predict(net, faces.images, self.a.bf16)
            r[name] = measure.report(logits, faces.majority())
        line = dict(
            minutes=round((time.time() - self.began) / 60, 2), cpu_s=round(time.process_time()), step=self.taken,
            epoch=round(self.taken / self.steps_per_epoch, 2), rate=round(self.rate(), 5),
            loss=round(self.loss, 4), teacher_loss=round(self.loss2, 4),
            **{f"{k}_{m}": round(r[k][m], 4) for k in r for m in ("accuracy", "macro_f1", "ece")},
            valid_worst_recall=round(float(r["valid"]["recall"].min()), 3),
        )
        if log.tell() == 0:
            csv.DictWriter(log, line.keys()).writeheader()
        csv.DictWriter(log, line.keys()).writerow(line)
        log.flush()
        print(line, flush=True)
        score = r["aside"]["accuracy"] + r["aside"]["macro_f1"]
        if score > self.best:
            self.best = score
            self.save("best.pt", False, **{k: v for k, v in line.items()})
        self.save("last.pt", True, **{k: v for k, v in line.items()})

    def go(self):
        print(f"{self.a.shape}: {sum(p.numel() for p in self.net.parameters()) / 1e6:.2f} M parameters, "
              f"{count_macs(self.net) / 1e6:.0f} M multiply-adds, {len(self.faces)} faces, "
              f"{len(self.aside)} aside, {len(self.valid)} to judge", flush=True)
        self.began = time.time()
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "stop", True))
        threads = [threading.Thread(target=self.work) for _ in range(self.a.threads)]
        for t in threads:
            t.start()
        seen = self.taken // self.a.look
        with open(self.a.run / "log.csv", "a") as log:
            while any(t.is_alive() for t in threads):
                time.sleep(0.5)
                if self.taken // self.a.look > seen:
                    seen = self.taken // self.a.look
                    self.look(log)
            if self.error is not None:
                raise self.error
            self.look(log)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("data", type=Path)
    args.add_argument("run", type=Path)
    args.add_argument("--shape", choices=SHAPES, default="medium")
    args.add_argument("--minutes", type=float, default=60, help="length of the run by the clock")
    args.add_argument("--epochs", type=float, help="length of the run in passes, instead of minutes")
    args.add_argument("--batch", type=int, default=64)
    args.add_argument("--rate", type=float, default=0.05)
    args.add_argument("--warmup", type=int, default=400, help="steps")
    args.add_argument("--decay", type=float, default=0.4, help="share of the run in which the rate falls")
    args.add_argument("--weight-decay", type=float, default=5e-4)
    args.add_argument("--dropout", type=float, default=0.2)
    args.add_argument("--balance", type=float, default=0.4, help="0 draws evenly, 1 balances fully")
    args.add_argument("--strength", type=float, default=0.6, help="of the damage done by augmentation")
    args.add_argument("--mixup", type=float, default=0.0, help="share of the batches that are mixed")
    args.add_argument("--teacher", type=Path, help="folder written by teacher.py")
    args.add_argument("--teacher-weight", type=float, default=1.0)
    args.add_argument("--extra", type=Path, help="npz of drawn faces with soft labels, from visitors.py")
    args.add_argument("--extra-share", type=float, default=0.12, help="share of a batch taken from --extra")
    args.add_argument("--no-face", type=float, default=0.03, help="share of a batch that is made no face")
    args.add_argument("--resume", type=Path)
    args.add_argument("--threads", type=int, default=2)
    args.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--look", type=int, default=800, help="steps between two looks")
    a = args.parse_args()
    a.run.mkdir(parents=True, exist_ok=True)
    sys.setswitchinterval(0.001)
    Run(a).go()


if __name__ == "__main__":
    main()

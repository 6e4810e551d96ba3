"""A synthetic head: its shape from MakeHuman targets, its expression from face units, its painted skin."""

import glob
import math
import os

import cv2
import numpy as np

from makehuman import DATA, load_mesh, load_target

TARGETS = DATA + "mpfb2/targets/"
FACE_UNITS = DATA + "faceunits01/targets/faceunits/"
REST, COORDINATES, FACES, FACE_COORDINATES, GROUPS = load_mesh()


def apply_target(V, name, w):
    """Moves the vertices by a share of a target, in place."""
    if abs(w) < 1e-6:
        return
    i, d = load_target(TARGETS + name + ".target.gz")
    np.add.at(V, i, d * w)


def head_shape(macro):
    """The shape of a head. `macro` has weights of `race`, `gender` (0 female, 1 male), `old` (0..1), and `extra` targets."""
    V = REST.copy()
    g = macro["gender"]
    old = macro.get("old", 0.0)
    for race, rw in macro["race"].items():
        for gn, gw in (("male", g), ("female", 1 - g)):
            for an, aw in (("young", 1 - old), ("old", old)):
                apply_target(V, f"macrodetails/{race}-{gn}-{an}", rw * gw * aw)
    for gn, gw in (("male", g), ("female", 1 - g)):
        for an, aw in (("young", 1 - old), ("old", old)):
            apply_target(
                V,
                f"macrodetails/universal-{gn}-{an}-{macro.get('muscle', 'average')}muscle-{macro.get('weight', 'average')}weight",
                gw * aw,
            )
    for n, w in macro.get("extra", {}).items():
        apply_target(V, n, w)
    return V


_units = {}


def units(race):
    """The movements of a face: `f.` from the face units pack, `m.` from MakeHuman."""
    if race in _units:
        return _units[race]
    U = {}
    for f in glob.glob(FACE_UNITS + "*.target"):
        U["f." + os.path.basename(f)[:-7]] = load_target(f)
    for f in glob.glob(TARGETS + f"expression/units/{race}/*.gz"):
        U["m." + os.path.basename(f)[:-10]] = load_target(f)
    _units[race] = U
    return U


TWO_SIDED = (
    "browDown",
    "browOuterUp",
    "cheekSquint",
    "eyeBlink",
    "eyeSquint",
    "eyeWide",
    "mouthDimple",
    "mouthFrown",
    "mouthLowerDown",
    "mouthPress",
    "mouthSmile",
    "mouthStretch",
    "mouthUpperUp",
    "noseSneer",
    "eyeLookUp",
    "eyeLookDown",
)


def expand(e):
    """Writes out both sides of the face where an expression names one movement for both."""
    out = {}
    for k, w in e.items():
        if k in TWO_SIDED:
            out["f." + k + "Left"] = w
            out["f." + k + "Right"] = w
        elif k.startswith("m.") and "*" in k:
            out[k.replace("*", "left")] = w
            out[k.replace("*", "right")] = w
        elif k.startswith("m."):
            out[k] = w
        else:
            out["f." + k] = w
    return out


def express(V, race, e, scale=1.0):
    """The vertices with an expression: movement → strength."""
    V = V.copy()
    U = units(race)
    for k, w in expand(e).items():
        if k not in U:
            raise KeyError(k)
        i, d = U[k]
        np.add.at(V, i, d * (w * scale))
    return V


# Head and shoulders: what the camera sees of the BODY.
LOWEST = 4.6
BODY = [
    k
    for k in range(len(FACES))
    if GROUPS[k] == "body"
    and min(REST[v][1] for v in FACES[k]) > LOWEST
    and max(abs(REST[v][0]) for v in FACES[k]) < 2.6
]


def submesh(fl):
    """The vertices that some faces use, and those faces in terms of them."""
    used = sorted({v for k in fl for v in FACES[k]})
    m = {v: i for i, v in enumerate(used)}
    return np.array(used), [[m[v] for v in FACES[k]] for k in fl]


def luminance(n):
    return cv2.imread(DATA + f"mpfb2/textures/mpfb_{n}.jpg", 0).astype(np.float32) / 255


def sample_mask(n):
    """Brightness of a mask texture at each vertex."""
    im = luminance(n)
    acc = np.zeros(len(REST))
    cnt = np.zeros(len(REST))
    h, w = im.shape
    for k in range(len(FACES)):
        for v, t in zip(FACES[k], FACE_COORDINATES[k]):
            u = COORDINATES[t]
            x = min(w - 1, max(0, int(u[0] * w)))
            y = min(h - 1, max(0, int((1 - u[1]) * h)))
            acc[v] += im[y, x]
            cnt[v] += 1
    return acc / np.maximum(cnt, 1)


LIPS = sample_mask("lips")
MOUTH_INSIDE = sample_mask("inside-mouth")
EARS = sample_mask("ears")
# The skin is painted as seen from the front; these are its edges in decimetres.
X0, X1, Y0, Y1 = -1.2, 1.2, 5.9, 8.7


def front_uv(P):
    return np.stack([(P[:, 0] - X0) / (X1 - X0), (P[:, 1] - Y0) / (Y1 - Y0)], 1)


def srgb_to_linear(c):
    """sRGB 0..255 to linear light 0..1."""
    c = np.asarray(c, float) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def paint_skin(person, N=1400):
    """The skin of a person as seen from the front, N×N pixels of sRGB."""
    rng = np.random.default_rng(person.get("seed", 1))
    skin = np.array(person["skin"], float)
    yy, xx = np.mgrid[0:N, 0:N]
    X = X0 + (xx + 0.5) / N * (X1 - X0)
    Y = Y1 - (yy + 0.5) / N * (Y1 - Y0)
    im = np.ones((N, N, 3)) * skin

    def noise(s, a):
        n = rng.standard_normal((N, N)).astype(np.float32)
        n = cv2.GaussianBlur(n, (0, 0), s)
        return a * n / n.std()

    im *= (1 + noise(40, 0.02) + noise(9, 0.018) + noise(2.5, 0.015))[..., None]

    def blob(x, y, sx, sy):
        return np.exp(-(((np.abs(X) - x) / sx) ** 2 + ((Y - y) / sy) ** 2) / 2)

    red = person.get("flush", 0.5)
    fl = (
        np.clip(
            0.9 * blob(0.42, 6.95, 0.17, 0.15)
            + 0.8 * blob(0, 6.88, 0.14, 0.12)
            + 0.3 * blob(0.95, 7.1, 0.12, 0.25)
            + 0.25 * blob(0, 6.4, 0.2, 0.12),
            0,
            1,
        )
        * red
    )
    im = im * (1 - fl[..., None] * 0.35) + fl[..., None] * 0.35 * np.array(
        person.get("flushc", (205, 105, 90)), float
    )
    # eye sockets a little darker
    es = blob(0.31, 7.25, 0.16, 0.11) * 0.30 * person.get("socket", 1)
    im *= 1 - es[..., None] * np.array([0.45, 0.6, 0.6])
    # stubble
    st = person.get("stubble", 0)
    if st:
        m = (
            np.clip(
                blob(0, 6.28, 0.5, 0.22)
                + 0.9 * blob(0, 6.73, 0.27, 0.05)
                + 0.8 * blob(0.62, 6.45, 0.16, 0.35),
                0,
                1,
            )
            * st
        )
        m *= np.clip(1 + noise(1.2, 0.35), 0, 2)
        im = im * (1 - m[..., None] * 0.5) + m[..., None] * 0.5 * np.array(person["hairc"], float)
    # brows: strokes
    lay = np.zeros((N, N), np.float32)
    bt = person.get("brow", 1.0)

    def px(x, y):
        return (int(round((x - X0) / (X1 - X0) * N * 16)), int(round((Y1 - y) / (Y1 - Y0) * N * 16)))

    for sgn in (-1, 1):
        n = int(330 * bt)
        for _ in range(n):
            t = rng.random()
            x = 0.115 + t * 0.43
            yc = 7.435 + 0.085 * math.sin(min(1, t * 1.25) * math.pi * 0.60) - 0.07 * max(0, t - 0.62) / 0.38
            half = (0.040 * (1 - 0.72 * t**1.6)) * (0.8 + 0.2 * bt) * person.get("browh", 1)
            o = rng.uniform(-1, 1)
            y = yc + o * half
            ang = math.radians(72 - 62 * min(1, t * 1.5) - 22 * t + (-o * 16 if t > 0.15 else 0))
            L = rng.uniform(0.035, 0.06)
            a = (x, y)
            b = (x + L * math.cos(ang), y + L * math.sin(ang))
            cv2.line(
                lay,
                px(sgn * a[0], a[1]),
                px(sgn * b[0], b[1]),
                float(rng.uniform(0.55, 1)),
                2 if bt > 0.7 else 1,
                cv2.LINE_AA,
                4,
            )
    lay = cv2.GaussianBlur(lay, (0, 0), 0.8)
    soft = cv2.GaussianBlur(lay, (0, 0), 6) * 0.6
    a = np.clip(np.maximum(lay * 0.9, soft), 0, 1)[..., None] * person.get("browa", 0.92)
    im = im * (1 - a) + a * np.array(person["browc"], float)
    return np.clip(im, 0, 255)


def paint_wrinkles(N=1024):
    """Depth 0..1 of the wrinkles between the brows, on the nose, on the forehead, beside the mouth, under the eyes."""

    def px(x, y):
        return (int(round((x - X0) / (X1 - X0) * N * 16)), int(round((Y1 - y) / (Y1 - Y0) * N * 16)))

    def line(lay, pts, w, th):
        # catmull-ish smooth polyline with tapered strength
        pts = np.array(pts, float)
        t = np.linspace(0, len(pts) - 1, 40)
        xs = np.interp(t, range(len(pts)), pts[:, 0])
        ys = np.interp(t, range(len(pts)), pts[:, 1])
        k = np.ones(9) / 9
        xs = np.r_[xs[0], np.convolve(np.pad(xs, 4, "edge"), k, "valid")[1:-1], xs[-1]]
        ys = np.r_[ys[0], np.convolve(np.pad(ys, 4, "edge"), k, "valid")[1:-1], ys[-1]]
        for i in range(39):
            u = (i + 0.5) / 39
            v = w * math.sin(math.pi * min(1, max(0.0, u))) ** 0.6
            for sg in (-1, 1):
                cv2.line(
                    lay, px(sg * xs[i], ys[i]), px(sg * xs[i + 1], ys[i + 1]), float(v), th, cv2.LINE_AA, 4
                )

    L = {}

    def new():
        return np.zeros((N, N), np.float32)

    g = new()
    line(g, [(0.075, 7.36), (0.055, 7.44), (0.065, 7.55)], 1, 4)
    line(g, [(0.125, 7.42), (0.11, 7.49), (0.125, 7.55)], 0.45, 4)
    line(g, [(0.0, 7.40), (0.0, 7.45)], 0.25, 3)
    L["glab"] = cv2.GaussianBlur(g, (0, 0), 3.0)
    n = new()
    line(n, [(0.0, 7.30), (0.05, 7.30), (0.09, 7.335)], 0.8, 3)
    line(n, [(0.02, 7.245), (0.07, 7.235), (0.12, 7.265)], 0.7, 3)
    line(n, [(0.06, 7.17), (0.11, 7.16), (0.15, 7.19)], 0.6, 3)
    L["nose"] = cv2.GaussianBlur(n, (0, 0), 2.6)
    f = new()
    for i, y in enumerate((7.63, 7.73, 7.83)):
        line(f, [(0, y - 0.012), (0.15, y), (0.32, y + 0.02), (0.50 - 0.03 * i, y - 0.02)], 0.9 - 0.15 * i, 3)
    L["fore"] = cv2.GaussianBlur(f, (0, 0), 3.0)
    a = new()
    line(a, [(0.17, 6.93), (0.235, 6.87), (0.30, 6.78), (0.365, 6.66), (0.375, 6.58)], 1, 5)
    L["naso"] = cv2.GaussianBlur(a, (0, 0), 4.0)
    b = new()
    line(b, [(0.17, 7.19), (0.24, 7.145), (0.33, 7.13), (0.42, 7.16)], 0.8, 3)
    line(b, [(0.53, 7.30), (0.60, 7.335)], 0.6, 2)
    line(b, [(0.53, 7.27), (0.61, 7.265)], 0.6, 2)
    line(b, [(0.525, 7.24), (0.59, 7.20)], 0.5, 2)
    L["bag"] = cv2.GaussianBlur(b, (0, 0), 2.4)
    for k in L:
        L[k] = np.clip(L[k] / max(L[k].max(), 1e-6), 0, 1)
    return L


def wrinkle_weights(e):
    """How deep an expression folds each layer of wrinkles, 0..1."""
    g = lambda k: e.get(k, 0)
    c = lambda x: float(min(1, max(0, x)))
    return dict(
        glab=c(g("browDown") + 0.4 * g("m.eyebrows-*-down")),
        nose=c(g("noseSneer")),
        fore=c(0.5 * g("browInnerUp") + 0.5 * g("browOuterUp")),
        naso=c(
            0.7 * g("mouthSmile") + 0.6 * g("noseSneer") + 0.4 * g("mouthUpperUp") + 0.3 * g("mouthStretch")
        ),
        bag=c(0.6 * g("cheekSquint") + 0.5 * g("eyeSquint")),
    )

"""A small software renderer: z-buffer, three lights, one shadow map, painted skin. No GPU, no Blender."""

import math

import cv2
import numpy as np
from numba import njit

from head import (
    BODY,
    EARS,
    FACES,
    GROUPS,
    LIPS,
    MOUTH_INSIDE,
    REST,
    express,
    front_uv,
    head_shape,
    paint_skin,
    paint_wrinkles,
    srgb_to_linear,
    submesh,
    wrinkle_weights,
)
from makehuman import VERTEX_RANGES

# Materials by number: 0 skin, 1 eye, 2 teeth, 3 tongue, 4 hair.


@njit(cache=True, fastmath=True)
def depth_pass(S, tri, zb):
    """Depth of the nearest surface at each pixel; S has x, y and depth of each vertex."""
    H, W = zb.shape
    for t in range(tri.shape[0]):
        a, b, c = tri[t, 0], tri[t, 1], tri[t, 2]
        x0, y0, x1, y1, x2, y2 = S[a, 0], S[a, 1], S[b, 0], S[b, 1], S[c, 0], S[c, 1]
        den = (y1 - y2) * (x0 - x2) + (x2 - x1) * (y0 - y2)
        if abs(den) < 1e-9:
            continue
        for y in range(max(0, int(min(y0, y1, y2))), min(H - 1, int(max(y0, y1, y2)) + 1) + 1):
            for x in range(max(0, int(min(x0, x1, x2))), min(W - 1, int(max(x0, x1, x2)) + 1) + 1):
                px = x + 0.5
                py = y + 0.5
                l0 = ((y1 - y2) * (px - x2) + (x2 - x1) * (py - y2)) / den
                l1 = ((y2 - y0) * (px - x2) + (x0 - x2) * (py - y2)) / den
                l2 = 1 - l0 - l1
                if l0 < 0 or l1 < 0 or l2 < 0:
                    continue
                z = l0 * S[a, 2] + l1 * S[b, 2] + l2 * S[c, 2]
                if z < zb[y, x]:
                    zb[y, x] = z


@njit(cache=True, fastmath=True)
def surface_pass(S, tri, zb, tid, bc):
    """The same, with the triangle that is seen and where in it (perspective-correct)."""
    H, W = zb.shape
    for t in range(tri.shape[0]):
        a, b, c = tri[t, 0], tri[t, 1], tri[t, 2]
        x0, y0, x1, y1, x2, y2 = S[a, 0], S[a, 1], S[b, 0], S[b, 1], S[c, 0], S[c, 1]
        den = (y1 - y2) * (x0 - x2) + (x2 - x1) * (y0 - y2)
        if abs(den) < 1e-9:
            continue
        for y in range(max(0, int(min(y0, y1, y2))), min(H - 1, int(max(y0, y1, y2)) + 1) + 1):
            for x in range(max(0, int(min(x0, x1, x2))), min(W - 1, int(max(x0, x1, x2)) + 1) + 1):
                px = x + 0.5
                py = y + 0.5
                l0 = ((y1 - y2) * (px - x2) + (x2 - x1) * (py - y2)) / den
                l1 = ((y2 - y0) * (px - x2) + (x0 - x2) * (py - y2)) / den
                l2 = 1 - l0 - l1
                if l0 < 0 or l1 < 0 or l2 < 0:
                    continue
                iz = l0 / S[a, 2] + l1 / S[b, 2] + l2 / S[c, 2]
                z = 1 / iz
                if z < zb[y, x]:
                    zb[y, x] = z
                    tid[y, x] = t
                    bc[y, x, 0] = l0 / S[a, 2] * z
                    bc[y, x, 1] = l1 / S[b, 2] * z
                    bc[y, x, 2] = l2 / S[c, 2] * z


def split(faces, off):
    """Faces of three or four corners as triangles."""
    o = []
    for f in faces:
        o.append((f[0] + off, f[1] + off, f[2] + off))
        if len(f) > 3:
            o.append((f[0] + off, f[2] + off, f[3] + off))
    return o


def sample(img, u, v):
    """Bilinear lookup in a texture, mirrored at its edges."""
    h, w = img.shape[:2]
    u = np.abs(u)
    v = np.abs(v)
    u = np.where(u > 1, 2 - u, u)
    v = np.where(v > 1, 2 - v, v)
    x = np.clip(u * w - 0.5, 0, w - 1.001).astype(np.float32)
    y = np.clip((1 - v) * h - 0.5, 0, h - 1.001).astype(np.float32)
    n = len(u)
    k = -n % 256
    x = np.pad(x, (0, k)).reshape(-1, 256)
    y = np.pad(y, (0, k)).reshape(-1, 256)
    o = cv2.remap(img if img.dtype == np.float32 else img.astype(np.float32), x, y, cv2.INTER_LINEAR)
    return o.reshape(len(x) * 256, -1)[:n]


# Key, fill and rim: where they shine from, and their colour.
LIGHTS = [
    (np.array([-0.5, 0.42, 0.76]), np.array([1, 0.95, 0.88]) * 1.9),
    (np.array([0.68, 0.12, 0.72]), np.array([0.85, 0.92, 1]) * 0.75),
    (np.array([0.4, 0.5, -0.76]), np.array([1, 1, 1]) * 1.0),
]


class Renderer:
    """Draws one person. After `render`, `eyes_seen` holds where the middles of both eyes are, in pixels."""

    def __init__(self, person, size=(320, 240), oversampling=2):
        self.person = person
        self.size = size
        self.oversampling = oversampling
        self.race = max(person["macro"]["race"], key=person["macro"]["race"].get)
        self.shape = head_shape(person["macro"])
        self.skin = srgb_to_linear(paint_skin(person)).astype(np.float32)
        self.wrinkles = {k: v.astype(np.float32) for k, v in paint_wrinkles().items()}
        self.wrinkle_slopes = {
            k: (cv2.Sobel(v, cv2.CV_32F, 1, 0), cv2.Sobel(v, cv2.CV_32F, 0, 1))
            for k, v in self.wrinkles.items()
        }
        u, f = submesh(BODY)
        self.body = u
        parts = [(u, f, 0)]
        for g, m in (("helper-upper-teeth", 2), ("helper-lower-teeth", 2), ("helper-tongue", 3)):
            a, b = submesh([k for k in range(len(FACES)) if GROUPS[k] == g])
            parts.append((a, b, m))
        self.indices = []
        T_ = []  # triangles
        M_ = []  # and their materials
        off = 0
        for a, b, m in parts:
            tt = split(b, off)
            T_ += tt
            M_ += [m] * len(tt)
            self.indices.append(a)
            off += len(a)
        # lower/upper teeth offsets
        self.part_count = off
        self.offset = np.zeros((off, 3))
        o1 = len(u)
        n1 = len(self.indices[1])
        n2 = len(self.indices[2])
        self.offset[o1 : o1 + n1] = (0, -0.055, 0.02)
        self.offset[o1 + n1 : o1 + n1 + n2] = (0, -0.03, 0)
        self.indices = np.concatenate(self.indices)
        # hair shell
        self.hair_weight = self.scalp(REST[u])
        keep = [q for q in f if max(self.hair_weight[v] for v in q) > 0.02]
        vs = sorted({v for q in keep for v in q})
        mp = {v: i for i, v in enumerate(vs)}
        self.hair_vertices = np.array(vs)
        th = person.get("hairth", 0.16)
        tt = split([[mp[v] for v in q] for q in keep], off)
        T_ += tt
        M_ += [4] * len(tt)
        off += len(vs)
        top = np.clip((REST[u][vs][:, 1] - 7.4) / 0.8, 0, 1)
        self.hair_height = np.clip(self.hair_weight[vs], 0, 1) ** 0.6 * th * (0.35 + 0.65 * top) - 0.012
        # eyes
        self.eyes = []
        for e in ("leye", "reye"):
            a, b = VERTEX_RANGES[e]
            P = self.shape[a : b + 1]
            Q = P[P[:, 2] < np.quantile(P[:, 2], 0.72)]
            A = np.c_[2 * Q, np.ones(len(Q))]
            so = np.linalg.lstsq(A, (Q**2).sum(1), rcond=None)[0]
            c = so[:3]
            r = math.sqrt(so[3] + c @ c)
            n, mr = 28, 20
            th_ = np.linspace(0, math.pi * 0.62, mr)
            ph = np.linspace(0, 2 * math.pi, n, endpoint=False)
            sp = np.array(
                [[math.sin(t) * math.cos(p), math.sin(t) * math.sin(p), math.cos(t)] for t in th_ for p in ph]
            )
            q = [
                [i * n + j, (i + 1) * n + j, (i + 1) * n + (j + 1) % n, i * n + (j + 1) % n]
                for i in range(mr - 1)
                for j in range(n)
            ]
            tt = split(q, off)
            T_ += tt
            M_ += [1] * len(tt)
            self.eyes.append((off, sp, c, r))
            off += len(sp)
        # lashes (alpha) separate
        a, b = submesh([k for k in range(len(FACES)) if "eyelash" in GROUPS[k]])
        self.lash_vertices = a
        self.lash_triangles = np.array(split(b, 0))
        self.vertex_count = off
        self.triangles = np.array(T_, np.int64)
        self.material = np.array(M_)
        P0 = np.zeros((off, 3))
        P0[: self.part_count] = REST[self.indices]
        P0[self.part_count : self.part_count + len(vs)] = REST[u][vs]
        self.uv = front_uv(P0)
        at = np.zeros((off, 4))
        nu = len(u)
        at[:nu, 0] = LIPS[u]
        at[:nu, 1] = MOUTH_INSIDE[u]
        nl = 5.86 - 0.36 * np.clip(P0[:nu, 2] + 0.2, -0.6, 1.6) + 0.05 * np.abs(P0[:nu, 0])
        at[:nu, 2] = np.clip((nl - P0[:nu, 1]) / 0.30 + 0.5, 0, 1)
        at[:nu, 3] = self.hair_weight
        self.attributes = at
        rng = np.random.default_rng(2)
        hn = rng.standard_normal((256, 512)).astype(np.float32)
        self.hair_noise = cv2.GaussianBlur(hn, (0, 0), sigmaX=1.1, sigmaY=14)
        self.hair_noise /= self.hair_noise.std()
        self.ambient = self.bake_ambient()

    def scalp(self, P):
        y, z = P[:, 1], P[:, 2]
        hl = self.person.get("hairline", 7.98)
        line = (
            np.where(z < 0.35, 6.70, 0)
            + np.where((z >= 0.35) & (z < 0.75), 7.0 + (z - 0.35) / 0.4 * 0.62, 0)
            + np.where(z >= 0.75, 7.62 + (np.clip(z - 0.75, 0, 0.45) / 0.45) * (hl - 7.62), 0)
        )
        return np.clip((y - line) / 0.07, 0, 1) * (1 - (EARS[self.body] > 0.2))

    def normals(self, P, tri, n):
        fn = np.cross(P[tri[:, 1]] - P[tri[:, 0]], P[tri[:, 2]] - P[tri[:, 0]])
        N = np.zeros((n, 3))
        for k in range(3):
            np.add.at(N, tri[:, k], fn)
        return N / np.maximum(np.linalg.norm(N, axis=1, keepdims=True), 1e-9)

    def bake_ambient(self):
        """How much of the sky each vertex of the neutral head sees, from 40 depth maps."""
        P, N = self.vertices({}, 1, (0, 0))
        acc = np.zeros(self.vertex_count)
        wt = np.zeros(self.vertex_count)
        R = 256
        c = P[self.triangles[self.material == 0]].reshape(-1, 3)
        lo, hi = c.min(0), c.max(0)
        cen = (lo + hi) / 2
        rad = np.linalg.norm(hi - lo) / 2
        for i in range(40):
            z = 1 - (i + 0.5) / 40 * 1.25
            ph = i * 2.399963
            d = np.array(
                [math.sqrt(max(0, 1 - z * z)) * math.cos(ph), z, math.sqrt(max(0, 1 - z * z)) * math.sin(ph)]
            )
            up = np.array([0, 0, 1.0]) if abs(d[1]) > 0.9 else np.array([0, 1.0, 0])
            r = np.cross(up, d)
            r /= np.linalg.norm(r)
            u2 = np.cross(d, r)
            Q = np.stack(
                [((P - cen) @ r / rad + 1) / 2 * R, ((P - cen) @ u2 / rad + 1) / 2 * R, -((P - cen) @ d)], 1
            )
            zb = np.full((R, R), 1e9)
            depth_pass(Q, self.triangles, zb)
            xi = np.clip(Q[:, 0].astype(int), 0, R - 1)
            yi = np.clip(Q[:, 1].astype(int), 0, R - 1)
            vis = Q[:, 2] < zb[yi, xi] + 0.10
            w = np.clip((N * d).sum(1), 0, 1)
            acc += w * vis
            wt += w
        return np.clip(acc / np.maximum(wt, 1e-6), 0.15, 1)

    def vertices(self, e, scale, gaze):
        X = express(self.shape, self.race, e, scale)
        P = np.zeros((self.vertex_count, 3))
        P[: self.part_count] = X[self.indices] + self.offset
        N = np.zeros_like(P)
        N[: self.part_count] = self.normals(
            P[: self.part_count],
            self.triangles[(self.material == 0) | (self.material == 2) | (self.material == 3)],
            self.part_count,
        )
        a, b = self.part_count, self.part_count + len(self.hair_vertices)
        P[a:b] = P[self.hair_vertices] + N[self.hair_vertices] * self.hair_height[:, None]
        ht = self.triangles[self.material == 4] - a
        N[a:b] = self.normals(P[a:b], ht, b - a)
        self.local = np.zeros((self.vertex_count, 3))
        for off, sp, c, r in self.eyes:
            gx, gy = math.radians(gaze[0]), math.radians(gaze[1])
            Ry = np.array([[math.cos(gx), 0, math.sin(gx)], [0, 1, 0], [-math.sin(gx), 0, math.cos(gx)]])
            Rx = np.array([[1, 0, 0], [0, math.cos(gy), -math.sin(gy)], [0, math.sin(gy), math.cos(gy)]])
            q = sp @ (Ry @ Rx).T
            P[off : off + len(sp)] = c + q * r
            N[off : off + len(sp)] = q
            self.local[off : off + len(sp)] = sp
        self.lash_points = X[self.lash_vertices]
        return P, N

    def render(self, e, scale=1.0, pitch=0, yaw=0, gaze=(0, 0), zoom=1.0, shift=(0, 0)):
        P, N = self.vertices(e, scale, gaze)
        W, H = self.size[0] * self.oversampling, self.size[1] * self.oversampling
        eye = self.shape[VERTEX_RANGES["leye"][0] : VERTEX_RANGES["reye"][1] + 1].mean(0)
        c = np.array([0, eye[1], 0.5]) - np.array([0, self.person.get("aimdy", 0.12), 0])
        D = self.person.get("dist", 5.4) / zoom
        y_, p_ = math.radians(yaw), math.radians(pitch)
        z = np.array([math.sin(y_) * math.cos(p_), math.sin(p_), math.cos(y_) * math.cos(p_)])
        pos = c + D * z
        r = np.cross([0, 1, 0], z)
        r /= np.linalg.norm(r)
        u = np.cross(z, r)
        f = 50 / 36 * W

        def proj(Q):
            d = Q - pos
            zz = -(d @ z)
            return np.stack(
                [
                    W / 2 + (d @ r) / zz * f + shift[0] * self.oversampling,
                    H / 2 - (d @ u) / zz * f + shift[1] * self.oversampling,
                    zz,
                ],
                1,
            )

        S = proj(P)
        self.eyes_seen = proj(np.array([c for _, _, c, _ in self.eyes]))[:, :2] / self.oversampling
        zb = np.full((H, W), 1e9)
        tid = np.full((H, W), -1, np.int64)
        bc = np.zeros((H, W, 3))
        surface_pass(S, self.triangles, zb, tid, bc)
        m = tid >= 0
        t = tid[m]
        b = bc[m]
        tr = self.triangles[t]
        I = lambda A: (A[tr] * b[..., None]).sum(1)
        n = I(N)
        n /= np.linalg.norm(n, axis=1, keepdims=True)
        p = I(P)
        uv = I(self.uv)
        at = I(self.attributes)
        ao = (self.ambient[tr] * b).sum(1)
        mt = self.material[t]
        loc = I(self.local)
        vd = pos - p
        vd /= np.linalg.norm(vd, axis=1, keepdims=True)
        flip = (n * vd).sum(1) < 0
        n[flip] *= -1
        # albedo
        al = np.zeros((len(t), 3))
        sk = mt == 0
        base = sample(self.skin, uv[sk, 0], uv[sk, 1]).astype(float)
        a4 = at[sk]
        sm = lambda x, lo, hi: np.clip((x - lo) / (hi - lo), 0, 1)[:, None]
        mix = lambda a, col, w: a * (1 - w) + srgb_to_linear(col) * w
        base = mix(base, self.person["lip"], sm(a4[:, 0], 0.35, 0.75) * self.person.get("lipa", 0.75))
        base = mix(base, (95, 35, 34), sm(a4[:, 1], 0.5, 0.9))
        base = mix(base, self.person["hairc"], sm(a4[:, 3], 0, 1) * 0.9)
        wt = wrinkle_weights(e)
        hsum = np.zeros(sk.sum())
        gx = np.zeros(sk.sum())
        gy = np.zeros(sk.sum())
        for k, w in wt.items():
            w *= scale * self.person.get("wrs", 0.8)
            if w <= 0:
                continue
            hsum = np.maximum(hsum, w * sample(self.wrinkles[k], uv[sk, 0], uv[sk, 1])[:, 0])
            gx += w * sample(self.wrinkle_slopes[k][0], uv[sk, 0], uv[sk, 1])[:, 0]
            gy += w * sample(self.wrinkle_slopes[k][1], uv[sk, 0], uv[sk, 1])[:, 0]
        base = mix(
            base,
            np.array(self.person["skin"], float) * np.array([0.48, 0.36, 0.32]),
            (hsum * self.person.get("wrk", 0.5))[:, None],
        )
        base = mix(base, self.person.get("shirt"), sm(a4[:, 2], 0.47, 0.53))
        al[sk] = base
        n[sk] += (gx[:, None] * r[None] - gy[:, None] * u[None]) * 1.1
        n /= np.linalg.norm(n, axis=1, keepdims=True)
        al[mt == 2] = srgb_to_linear((222, 214, 198))
        al[mt == 3] = srgb_to_linear((165, 85, 80))
        hm = mt == 4
        hp = p[hm] - np.array([0.12, eye[1] + 0.2, 0.25])
        ang = np.arctan2(hp[:, 0] + 0.25 * hp[:, 2], hp[:, 1])
        uu = (ang / math.pi + 1) / 2
        vv = np.clip((hp[:, 2] + 1.5) / 3, 0, 0.999)
        hs = sample(self.hair_noise, uu % 1, vv)[:, 0]
        al[hm] = srgb_to_linear(self.person["hairc"]) * np.clip(1 + 0.38 * hs, 0.3, 2.4)[:, None]
        em = mt == 1
        rr = np.hypot(loc[em, 0], loc[em, 1])
        ir = np.array(self.person["iris"], float)
        k = self.person.get("irisr", 0.5)
        xs = [0, 0.19, 0.215, k * 0.72, k * 0.9, k, k + 0.05, 0.8, 1]
        cs = np.array(
            [
                (4, 4, 5),
                (4, 4, 5),
                ir * 0.9,
                np.clip(ir * 1.25, 0, 255),
                ir * 0.7,
                ir * 0.3,
                (226, 222, 218),
                (228, 220, 214),
                (200, 170, 160),
            ],
            float,
        )
        cl = srgb_to_linear(cs)
        al[em] = np.stack([np.interp(rr, xs, cl[:, j]) for j in range(3)], 1)
        # lights + shadow map for the key
        L = self.person.get("lights", LIGHTS)
        kl = self.person.get("light", 1.0)
        col = np.zeros_like(al)
        sub = np.where(sk | (mt == 3), 1.0, 0.0)[:, None]
        R = 512
        d = L[0][0] / np.linalg.norm(L[0][0])
        rr_ = np.cross([0, 1, 0], d)
        rr_ /= np.linalg.norm(rr_)
        uu_ = np.cross(d, rr_)
        lp = lambda Q: np.stack(
            [((Q - c) @ rr_ / 2.2 + 1) / 2 * R, ((Q - c) @ uu_ / 2.2 + 1) / 2 * R, -((Q - c) @ d)], 1
        )
        sz = np.full((R, R), 1e9)
        depth_pass(lp(P), self.triangles, sz)
        q = lp(p)
        sh = np.zeros(len(p))
        for dx in (-1.5, -0.5, 0.5, 1.5):
            for dy in (-1.5, -0.5, 0.5, 1.5):
                xi = np.clip((q[:, 0] + dx * 1.6).astype(int), 0, R - 1)
                yi = np.clip((q[:, 1] + dy * 1.6).astype(int), 0, R - 1)
                sh += q[:, 2] < sz[yi, xi] + 0.06
        sh /= 16
        for i, (d, lc) in enumerate(L):
            d = d / np.linalg.norm(d)
            nl = (n * d).sum(1)[:, None]
            wrap = sub * np.array([0.30, 0.12, 0.08])
            df = np.clip((nl + wrap) / (1 + wrap), 0, 1) ** (1 + 0.0 * sub)
            v = sh[:, None] if i == 0 else 1.0
            h = d + vd
            h /= np.linalg.norm(h, axis=1, keepdims=True)
            nh = np.clip((n * h).sum(1), 0, 1)
            ks = np.where(em, 0.9, np.where(hm, 0.05, np.where(mt == 2, 0.35, 0.10)))
            ex = np.where(em, 180, np.where(hm, 14, np.where(mt == 2, 60, 16)))
            lipm = np.zeros(len(p))
            lipm[sk] = np.clip((a4[:, 0] - 0.35) / 0.4, 0, 1)
            lum = al @ np.array([0.3, 0.6, 0.1])
            ks = np.where(sk, ks * np.clip(lum * 2.4, 0.25, 1), ks)
            ks = ks + 0.10 * lipm * np.clip(lum * 2.4, 0.3, 1)
            ks = np.where(sk & (at[:, 2] > 0.5), 0.01, ks)
            col += kl * lc * v * (al * df / 1.6 + (ks * nh**ex * (nl[:, 0] > 0))[:, None]) * 0.62
        aoa = np.where(mt == 2, 0.75, ao)
        col += al * (np.array([0.30, 0.32, 0.34]) * (0.65 + 0.35 * n[:, 1:2])) * kl * (aoa**1.4)[:, None]
        occ = np.ones(len(p))
        occ[mt == 2] = 1.25
        ly = loc[em, 1]
        occ[em] = 0.62 + 0.38 * np.clip(1 - (ly * 0.9 + 0.25), 0, 1)
        occ[sk] = np.where(at[sk, 1] > 0.5, 0.55, 1)
        occ[mt == 3] = 0.7
        ao2 = np.where(mt == 2, 0.8, ao)
        col *= (occ * (0.55 + 0.45 * ao2))[:, None]
        img = np.zeros((H, W, 3))
        bg = srgb_to_linear(self.person.get("bg"))
        yy = np.linspace(1.06, 0.90, H)[:, None, None]
        img[:] = bg * yy
        img[m] = col
        # lashes alpha
        zl = zb.copy()
        tl = np.full((H, W), -1, np.int64)
        bl = np.zeros((H, W, 3))
        surface_pass(proj(self.lash_points), self.lash_triangles, zl, tl, bl)
        mm = tl >= 0
        img[mm] = img[mm] * (1 - 0.42) + srgb_to_linear((18, 12, 10)) * 0.42
        img = np.clip(img, 0, None)
        img = np.where(img < 0.8, img, 1 - 0.2 * np.exp(-(img - 0.8) / 0.2))
        img = cv2.resize(img.astype(np.float32), self.size, interpolation=cv2.INTER_AREA)
        o = np.where(img <= 0.0031308, img * 12.92, 1.055 * np.clip(img, 1e-9, None) ** (1 / 2.4) - 0.055)
        return (np.clip(o, 0, 1)[..., ::-1] * 255 + 0.5).astype(np.uint8)

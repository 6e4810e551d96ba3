"""The loops over triangles and vertices, compiled by numba.

Pictures are square; x points right and y down, in pixels, with pixel centres at whole numbers.
z points to the viewer or to the light: the greater is in front.
"""

import numba
import numpy as np

EMPTY = np.float32(-1e9)


@numba.njit(cache=True, fastmath=True)
def vertex_normals(v, faces):
    """float32 [n, 3], unit length, from the triangles weighted by their area."""
    n = np.zeros_like(v)
    for t in range(len(faces)):
        a, b, c = faces[t]
        ux, uy, uz = v[b, 0] - v[a, 0], v[b, 1] - v[a, 1], v[b, 2] - v[a, 2]
        wx, wy, wz = v[c, 0] - v[a, 0], v[c, 1] - v[a, 1], v[c, 2] - v[a, 2]
        nx, ny, nz = uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx
        for k in (a, b, c):
            n[k, 0] += nx
            n[k, 1] += ny
            n[k, 2] += nz
    for i in range(len(n)):
        size = np.sqrt(n[i, 0] ** 2 + n[i, 1] ** 2 + n[i, 2] ** 2) + 1e-9
        n[i, 0] /= size
        n[i, 1] /= size
        n[i, 2] /= size
    return n


@numba.njit(cache=True, fastmath=True)
def span(a, b, c, more, side):
    """The first and the last pixel between three places, `more` wider, inside the picture."""
    return max(0, int(np.ceil(min(a, b, c) - more))), min(side - 1, int(np.floor(max(a, b, c) + more)))


@numba.njit(cache=True, fastmath=True)
def depth_map(x, y, z, faces, side):
    """float32 [side, side]: the foremost z at each pixel, for both sides of the triangles."""
    out = np.full((side, side), EMPTY)
    for t in range(len(faces)):
        a, b, c = faces[t]
        area = (x[b] - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (y[b] - y[a])
        if abs(area) < 1e-9:
            continue
        left, right = span(x[a], x[b], x[c], 0.5, side)
        top, end = span(y[a], y[b], y[c], 0.5, side)
        for j in range(top, end + 1):
            for i in range(left, right + 1):
                p = ((x[b] - i) * (y[c] - j) - (x[c] - i) * (y[b] - j)) / area
                q = ((x[c] - i) * (y[a] - j) - (x[a] - i) * (y[c] - j)) / area
                r = 1 - p - q
                if p >= -0.01 and q >= -0.01 and r >= -0.01:
                    depth = p * z[a] + q * z[b] + r * z[c]
                    if depth > out[j, i]:
                        out[j, i] = depth
    return out


@numba.njit(cache=True, fastmath=True)
def lit(x, y, z, depths, bias):
    """float32 [n], 0..1: how much of the light reaches each vertex; `bias` is the softness in z."""
    side, out = depths.shape[0], np.empty(len(x), np.float32)
    for k in range(len(x)):
        i, j = int(np.floor(x[k])), int(np.floor(y[k]))
        if i < 0 or j < 0 or i >= side - 1 or j >= side - 1:
            out[k] = 1
            continue
        u, v, total = x[k] - i, y[k] - j, 0.0
        for q in range(2):
            for p in range(2):
                before = depths[j + q, i + p] - z[k] - bias
                share = 1.0 if before <= 0 else max(0.0, 1 - before / bias)
                total += (u if p else 1 - u) * (v if q else 1 - v) * share
        out[k] = total
    return out


@numba.njit(cache=True, fastmath=True)
def draw_solid(x, y, z, faces, values, picture, depths):
    """Draws the triangles that face the viewer: `values` [n, k] interpolated into `picture`."""
    side, count = picture.shape[0], values.shape[1]
    for t in range(len(faces)):
        a, b, c = faces[t]
        area = (x[b] - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (y[b] - y[a])
        if area > -1e-9:  # seen from behind: y points down
            continue
        left, right = span(x[a], x[b], x[c], 0.0, side)
        top, end = span(y[a], y[b], y[c], 0.0, side)
        for j in range(top, end + 1):
            for i in range(left, right + 1):
                p = ((x[b] - i) * (y[c] - j) - (x[c] - i) * (y[b] - j)) / area
                q = ((x[c] - i) * (y[a] - j) - (x[a] - i) * (y[c] - j)) / area
                r = 1 - p - q
                if p >= -1e-4 and q >= -1e-4 and r >= -1e-4:
                    depth = p * z[a] + q * z[b] + r * z[c]
                    if depth > depths[j, i]:
                        depths[j, i] = depth
                        for k in range(count):
                            picture[j, i, k] = p * values[a, k] + q * values[b, k] + r * values[c, k]


@numba.njit(cache=True, fastmath=True)
def darken_thin(x, y, z, faces, picture, depths, share):
    """Each triangle in front of what is drawn takes `share` of the light away: lashes."""
    side = picture.shape[0]
    for t in range(len(faces)):
        a, b, c = faces[t]
        area = (x[b] - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (y[b] - y[a])
        if abs(area) < 1e-9:
            continue
        left, right = span(x[a], x[b], x[c], 0.0, side)
        top, end = span(y[a], y[b], y[c], 0.0, side)
        for j in range(top, end + 1):
            for i in range(left, right + 1):
                p = ((x[b] - i) * (y[c] - j) - (x[c] - i) * (y[b] - j)) / area
                q = ((x[c] - i) * (y[a] - j) - (x[a] - i) * (y[c] - j)) / area
                r = 1 - p - q
                if p >= -1e-4 and q >= -1e-4 and r >= -1e-4 and p * z[a] + q * z[b] + r * z[c] > depths[j, i] - 0.05:
                    picture[j, i] *= 1 - share

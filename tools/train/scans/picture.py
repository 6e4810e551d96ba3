"""Light, camera and the picture of a posed head, cut as the program cuts faces.

A picture is drawn at 144 pixels in linear grey: Lambert's law with a little wrap, an oily gloss, a
soft shadow map for each light. Then come exposure, gamma and what a webcam does.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .expressions import Expression
from .head import EYES, FACE_END, Head
from .people import Person, log_uniform
from .raster import EMPTY, darken_thin, depth_map, draw_solid, lit, vertex_normals

SIDE = 144
EYE_LINE, EYE_SPAN = 0.395, 0.364  # where the eyes are in a crop, see RESULTS.md
SHADOW_SIDE, SHADOW_SPAN = 72, 26.0  # pixels, centimetres
SKY = 4  # lights that stand for the light from everywhere
PIVOT = np.float32([0, 2, 2])


@dataclass
class Light:
    direction: np.ndarray  # to the light, unit length
    power: float


@dataclass
class Scene:
    """What stays while somebody stands before a camera."""

    lights: list
    ambient: float
    exposure: float  # linear grey of the middle of the face
    gamma: float
    distance: float  # centimetres of the model, from the camera to the head
    background: np.ndarray  # float32 [SIDE, SIDE], 0..1, as displayed
    hair_light: float
    sharpen: float
    blur: float
    noise: float
    turn: np.ndarray  # yaw, pitch and roll in degrees about which the head moves


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    a, b, c = np.deg2rad([yaw, pitch, roll])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return about_z @ about_x @ about_y


def background(rng) -> np.ndarray:
    yy, xx = np.mgrid[:SIDE, :SIDE] / SIDE
    out = (rng.uniform(0.02, 0.95) + rng.normal(0, 0.15) * (xx - 0.5) + rng.normal(0, 0.15) * (yy - 0.5)).astype(np.float32)
    if rng.random() < 0.65:
        for _ in range(rng.integers(1, 7)):
            x, y = (int(v) for v in rng.integers(-SIDE // 3, SIDE, 2))
            w, h = (int(v) for v in rng.integers(SIDE // 10, SIDE, 2))
            tone = float(rng.uniform(0, 1))
            if rng.random() < 0.6:
                cv2.rectangle(out, (x, y), (x + w, y + h), tone, -1)
            else:
                cv2.ellipse(out, (x, y), (w // 2 + 1, h // 2 + 1), float(rng.uniform(0, 180)), 0, 360, tone, -1)
        out = cv2.GaussianBlur(out, (0, 0), float(rng.uniform(0.8, 14)))
    if rng.random() < 0.6:
        n = int(rng.integers(3, 20))
        spots = rng.normal(0, rng.uniform(0.02, 0.15), (n, n)).astype(np.float32)
        out += cv2.resize(spots, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.clip(out, 0, 1)


def direction(elevation: float, azimuth: float) -> np.ndarray:
    e, a = np.deg2rad([elevation, azimuth])
    return np.array([np.cos(e) * np.sin(a), np.sin(e), np.cos(e) * np.cos(a)])


def random_scene(rng, person: Person) -> Scene:
    ambient = rng.uniform(0.4, 1.2)
    lights = [Light(direction(rng.normal(25, 25), rng.normal(0, 45)), rng.uniform(0.2, 1.3))]
    if rng.random() < 0.3:  # a window, a lamp, the screen from below
        lights.append(Light(direction(rng.uniform(-50, 60), rng.uniform(-100, 100)), rng.uniform(0.1, 0.7)))
    for i in range(SKY):
        up = 1 - (i + rng.random()) / SKY * 1.15  # towards the camera first, a little from behind last
        turn, flat = rng.uniform(0, 6.3), np.sqrt(max(0.0, 1 - up * up))
        q = np.array([flat * np.cos(turn), flat * np.sin(turn), up])
        lights.append(Light(q, ambient * 2 / SKY * (1 + 0.35 * q[1])))
    # Cameras expose for the picture as a whole: dark skin comes out darker, though less than it is.
    exposure = float(np.clip(0.30 * (person.skin / 0.4) ** rng.uniform(0.3, 0.9) * np.exp(rng.normal(0, 0.3)), 0.03, 0.75))
    return Scene(
        lights, ambient, exposure, rng.uniform(0.4, 0.55), rng.uniform(45, 130), background(rng), rng.uniform(0.5, 1.1),
        rng.uniform(0.3, 1.5) if rng.random() < 0.35 else 0.0, rng.uniform(0.5, 2.2) if rng.random() < 0.3 else 0.0,
        rng.uniform(0.005, 0.025) if rng.random() < 0.4 else 0.0,
        np.clip(rng.normal(0, 1, 3) * (9, 6, 3) + (0, 1, 0), (-24, -14, -9), (24, 14, 9)),
    )


def strongest(shapes: dict, *names) -> float:
    """The greatest weight among the shapes, of either side, at least 0."""
    return max([0.0] + [shapes.get(n + side, 0.0) for n in names for side in ("", "_L", "_R")])


def fold_drives(s: dict) -> dict:
    """How far each fold is folded, 0..1 and more."""
    return {
        "frown": strongest(s, "browDown"),
        "forehead": 0.8 * strongest(s, "browInnerUp", "browOuterUp"),
        "nasolabial": max(0.8 * strongest(s, "mouthSmile", "noseSneer", "mouthUpperUp"), 0.3 * strongest(s, "mouthStretch")),
        "nose": strongest(s, "noseSneer"),
        "crow": strongest(s, "cheekSquint", "cheekRaiser"),
        "lower lid": 0.7 * strongest(s, "cheekRaiser", "eyeSquint"),
        "chin": 0.4 * strongest(s, "mouthShrugLower"),
        "mouth corner": strongest(s, "mouthFrown"),
    }


def posed(head: Head, person: Person, e: Expression):
    """Vertices [n, 3] with the eyes turned, the angle [n] of each eyeball's vertex from the axis of its eye (0 elsewhere),
    and the points in the middle of the two corneas."""
    v = person.shape.copy()
    for shape, weight in e.shapes.items():
        if abs(weight) > 0.004:
            v += np.float32(weight) * head.deltas[head.index[shape]]
    angle, corneas = np.zeros(len(v), np.float32), []
    for side in EYES:
        part = head.groups[f"Sclera {side}"]
        ball = v[part]
        middle = (ball.min(0) + ball.max(0)) / 2
        radius = (ball[:, 1].max() - ball[:, 1].min()) / 2
        middle[2] = ball[:, 2].min() + radius
        turn, out = rotation(e.gaze[0], -e.gaze[1], 0), ball - middle
        angle[part] = np.arccos(np.clip(out[:, 2] / np.linalg.norm(out, axis=1), -1, 1)) + 1e-3
        v[part] = (out @ turn.T + middle).astype(np.float32)
        corneas.append(middle + turn @ np.array([0, 0, radius]))
    for shape, weight in (("eyeLookDown", -e.gaze[1] / 25), ("eyeLookUp", e.gaze[1] / 25)):  # the lids go along
        for side in ("_L", "_R"):
            v += np.float32(0.8 * np.clip(weight, 0, 1)) * head.deltas[head.index[shape + side]]
    lowered = strongest(e.shapes, "browDown")
    v[:, 2] += (person.bulge * min(lowered, 1.2) * (head.brow_bulge - 0.5 * head.brow_dent)).astype(np.float32)
    normals = vertex_normals(v, head.faces)
    return (v + normals * person.thickness[:, None]).astype(np.float32), angle, np.array(corneas)


def illumination(head: Head, v, normals, lights):
    """Diffuse and glossy light [n] of the vertices, with shadows."""
    diffuse, gloss, scale = np.zeros(len(v), np.float32), np.zeros(len(v), np.float32), SHADOW_SIDE / SHADOW_SPAN
    for light in lights:
        q = light.direction
        up = np.array([0, 1, 0]) if abs(q[1]) < 0.9 else np.array([1, 0, 0])
        right = np.cross(up, q)
        right /= np.linalg.norm(right)
        axes = np.stack([right * scale, np.cross(q, right) * scale, q]).astype(np.float32)
        x, y, z = axes @ v.T
        x, y = x + np.float32(SHADOW_SIDE / 2), y + np.float32(SHADOW_SIDE / 2)
        reached = np.float32(light.power) * lit(x, y, z, depth_map(x, y, z, head.casting, SHADOW_SIDE), np.float32(0.45))
        half = q + np.array([0, 0, 1])
        half /= np.linalg.norm(half) + 1e-9
        facing = normals @ np.stack([q, half], 1).astype(np.float32)
        diffuse += reached * np.maximum((facing[:, 0] + np.float32(0.15)) / np.float32(1.15), 0)
        shiny = np.maximum(facing[:, 1], 0) ** 3
        gloss += reached * shiny * shiny * shiny * shiny
    return diffuse, gloss


class Camera:
    """Projects points so that the eyes lie where a crop has them."""

    def __init__(self, head: Head, v, distance: float, yaw: float, zoom: float):
        self.distance = distance
        self.scale, self.middle = 1.0, np.zeros(2)
        flat = self.flat(v[head.landmarks[36:48]])
        eyes = np.stack([flat[:6].mean(0), flat[6:].mean(0)])
        self.middle = eyes.mean(0)
        self.scale = SIDE * EYE_SPAN * np.cos(np.deg2rad(yaw)) / np.hypot(*(eyes[1] - eyes[0])) * zoom

    def flat(self, points):
        return points[:, :2] * (self.distance / (self.distance - points[:, 2:]))

    def pixels(self, points) -> np.ndarray:
        """[k, 3] -> float32 [k, 2]."""
        p = (self.flat(points) - self.middle) * self.scale * (1, -1)
        return (p + (SIDE * 0.5, SIDE * EYE_LINE)).astype(np.float32)


def paint_eyes(picture, person: Person, camera: Camera, corneas, key):
    """White, iris, pupil and the glint of the key light, from the angle in channel 1."""
    angle, light = picture[..., 1], picture[..., 2]
    if not (angle > 0.0005).any():
        return
    soft = lambda t, width: np.clip(t / width + 0.5, 0, 1)
    white = person.sclera * (1 - 0.15 * np.clip(angle / 1.2, 0, 1))
    iris = person.iris * (0.6 + 0.8 * np.clip(angle / person.iris_angle, 0, 1))
    iris = iris * (1 - 0.5 * soft(angle - person.iris_angle * 0.88, 0.1))
    t = soft(angle - person.iris_angle, 0.06)
    albedo = iris * (1 - t) + white * t
    t = soft(angle - person.pupil_angle, 0.06)
    value = (0.012 * (1 - t) + albedo * t) * light * 0.9
    yy, xx = np.mgrid[:SIDE, :SIDE]
    offset = camera.scale * 0.25 * np.array([np.clip(key[0] * 2, -1, 1), -1])
    for x, y in camera.pixels(corneas) + offset:
        glint = np.exp(-((xx - x) ** 2 + (yy - y) ** 2) / (camera.scale * 0.17) ** 2)
        value = value + 1.2 * glint * (angle < person.iris_angle * 1.3)
    picture[..., 0] = np.where(angle > 0.0005, value, picture[..., 0])


def fill(points, soft: float = 0.0) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), np.float32)
    cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1.0)
    return cv2.GaussianBlur(mask, (0, 0), soft) if soft else mask


def behind_hair(person: Person, to_pixels) -> np.ndarray:
    h = person.long_hair
    turn = np.linspace(0, 2 * np.pi, 40)
    y = 4 + np.where(np.cos(turn) > 0, 10, 4 - h.end) * np.cos(turn)
    return fill(to_pixels(np.stack([h.width * np.sin(turn), y, np.full(40, -2.0)], 1)))


def curtains(person: Person, to_pixels):
    w, end = person.long_hair.curtain, person.long_hair.end
    for s in (-1, 1):
        yield fill(to_pixels(np.array([
            [s * (w - 2.5), 10.5, 6], [s * w * 0.95, 7, 7.5], [s * w, 2, 7], [s * (w + 0.3), -3, 6], [s * w, end, 5],
            [s * 11, end, 0], [s * 11, 8, 0], [s * 5, 13, 2],
        ])), 1.2)


def glasses_masks(person: Person, to_pixels, scale: float):
    """The frame, and the lenses, float32 [SIDE, SIDE]."""
    g, turn = person.glasses, np.linspace(0, 2 * np.pi, 48)
    frame, lenses = np.zeros((SIDE, SIDE), np.float32), np.zeros((SIDE, SIDE), np.float32)
    thick, bent = max(1, int(round(g.frame * scale))), lambda t: np.sign(t) * np.abs(t) ** (2 / g.square)
    rims = []
    for s in (-1, 1):
        x, y = s * 3.25 + g.width * bent(np.cos(turn)), 3.3 + g.drop + g.height * bent(np.sin(turn))
        rim = np.stack([x, y, np.full(48, 10.8)], 1)
        rims.append((to_pixels(rim), True))
        rims.append((to_pixels(np.array([[s * (3.25 + g.width), 3.6 + g.drop, 10.6], [s * 7.4, 3.9, 5]])), False))
        lenses = np.maximum(lenses, fill(rims[-2][0], 1.0))
    rims.append((to_pixels(np.array([[g.width - 3.25, 3.7 + g.drop, 11.3], [3.25 - g.width, 3.7 + g.drop, 11.3]])), False))
    for points, closed in rims:
        cv2.polylines(frame, [np.round(points).astype(np.int32)], closed, 1.0, thick)
    return cv2.GaussianBlur(frame, (0, 0), 0.7), lenses


def seen_by_camera(picture, scene: Scene, rng) -> np.ndarray:
    """Displayed grey 0..1 -> uint8: lens, sensor and the sharpening of a webcam."""
    if scene.blur:
        picture = cv2.GaussianBlur(picture, (0, 0), scene.blur)
    if scene.noise:
        picture = picture + cv2.GaussianBlur(rng.normal(0, scene.noise * 2, picture.shape).astype(np.float32), (0, 0), 0.8)
    if scene.sharpen:
        picture = picture + scene.sharpen * (picture - cv2.GaussianBlur(picture, (0, 0), 2.0))
    return (np.clip(picture, 0, 1) * 255).astype(np.uint8)


def draw(rng, head: Head, person: Person, scene: Scene, e: Expression, moved=None, zoom: float = 1.0) -> np.ndarray:
    """uint8 [SIDE, SIDE]. The head is turned by `moved` (degrees of yaw, pitch and roll, else by chance) from where the scene
    has it. With a `zoom` below 1 more is seen around the face than in a crop."""
    v, angle, corneas = posed(head, person, e)
    moved = rng.normal(0, 1, 3) * (4, 3, 1.5) if moved is None else moved
    yaw, pitch, roll = np.clip(scene.turn + moved, (-28, -17, -11), (28, 17, 11))
    turn = rotation(yaw, pitch, roll).astype(np.float32)
    v, corneas = (v - PIVOT) @ turn.T, (corneas - PIVOT) @ turn.T
    normals = vertex_normals(v, head.faces)
    camera = Camera(head, v, scene.distance, yaw, zoom * float(np.exp(rng.normal(0, 0.02))))
    to_pixels = lambda points: camera.pixels((points - PIVOT) @ turn.T)

    albedo = person.albedo.copy()
    for name, drive in fold_drives(e.shapes).items():
        depth = person.folds[name] * (np.clip(drive, 0, 1.1) * (0.5 + 0.5 * person.age) + 0.35 * person.age**2)
        albedo *= 1 - 0.9 * np.clip(depth, 0, 0.6) * head.folds[name]
    diffuse, gloss = illumination(head, v, normals, scene.lights)
    shade = diffuse + 0.04 * scene.ambient
    gap = np.linalg.norm(v[head.landmarks[62]] - v[head.landmarks[66]])
    for inside in ("Teeth", "Gums and tongue"):  # little light gets behind the lips
        shade[head.groups[inside]] *= np.clip((gap - 0.25) / 0.5, 0.12, 1)
    value = albedo * shade + person.oil * gloss * head.is_skin * (1 - 0.3 * person.hair_mask)

    flat, z = camera.pixels(v), np.ascontiguousarray(v[:, 2])
    x, y = np.ascontiguousarray(flat[:, 0]), np.ascontiguousarray(flat[:, 1])
    picture, depths = np.zeros((SIDE, SIDE, 3), np.float32), np.full((SIDE, SIDE), EMPTY)
    draw_solid(x, y, z, head.faces, np.stack([value, angle, shade], 1).astype(np.float32), picture, depths)
    hit = depths > EMPTY / 2
    paint_eyes(picture, person, camera, corneas, scene.lights[0].direction)
    linear = np.ascontiguousarray(picture[..., 0])
    darken_thin(x, y, z + np.float32(0.12), head.lashes, linear, depths, np.float32(person.lashes))

    middle = (person.hair_mask[:FACE_END] < 0.1) & (head.mean[:FACE_END, 2] > 7)
    exposed = scene.exposure / max(float(np.median(value[:FACE_END][middle])), 1e-4)
    shown = lambda t: np.clip(exposed * t, 0, 1) ** scene.gamma
    hair = shown(person.hair * np.median(shade[:FACE_END]) * scene.hair_light)
    strands = cv2.resize(rng.normal(0, 0.12, (6, 24)).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    hair = np.clip(hair * (1 + strands), 0, 1)
    back = scene.background
    if person.long_hair:
        mask = behind_hair(person, to_pixels)
        back = back * (1 - mask) + hair * mask
    out = np.where(hit, shown(linear), back).astype(np.float32)
    if person.long_hair and person.long_hair.curtain:
        for mask in curtains(person, to_pixels):
            out = out * (1 - mask) + hair * mask
    if person.glasses:
        frame, lenses = glasses_masks(person, to_pixels, camera.scale)
        shine = person.glasses.reflection * lenses
        out = out * (1 - shine) + 0.9 * shine
        out = out * (1 - frame) + float(shown(person.glasses.albedo)) * frame
    return seen_by_camera(out.astype(np.float32), scene, rng)

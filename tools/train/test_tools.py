"""Quick checks on made-up faces: python -m unittest

With the folder of the head model in ATTUNE_ICT the renderer itself is tried as well.
"""

import copy
import os
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import onnx
import torch

import crop
import measure
from augment import augment, geometry, no_face, to_input
from calibrate import shifted
from data import CLASSES, Faces, sampling_weights, split
from export import check, to_onnx
from finetune import Rows, losses
from last_layer import Trunk, clear_changes
from live import ANGRY, HAPPY, NEUTRAL, Sessions, Settings, calibrated, fit_map, run, shares_over_time, moods_over_time, top_error
from net import SIDE, ExpressionNet
from onnx_net import OnnxNet, blend, predict
from pairs import COMMON_REST, Rendered, load_rendered, pair_loss, relative
from scans.expressions import PROTOTYPES, UNITS, label, random_expression, random_rest
from scans.picture import fold_drives, random_scene, rotation
from scans.sitting import moments
from scans.raster import EMPTY, depth_map, draw_solid, lit, vertex_normals
from strangers import london_report, rendered_report, wilson
from tune import class_shift, combine


def made_up(n=50):
    rng = np.random.default_rng(0)
    return Faces(rng.integers(0, 256, (n, SIDE, SIDE), dtype=np.uint8), rng.multinomial(10, np.full(10, 0.1), n))


class Data(unittest.TestCase):
    def test_targets_are_distributions_without_single_votes(self):
        votes = np.array([[5, 4, 1, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 4, 3, 2, 1], [1] * 10])
        t = Faces(np.zeros((3, SIDE, SIDE), np.uint8), votes).targets()
        np.testing.assert_allclose(t.sum(1), 1, rtol=1e-6)
        np.testing.assert_allclose(t[0, :3], (5 / 9, 4 / 9, 0), rtol=1e-6)
        np.testing.assert_allclose(t[1, 6:], (0.4, 0.6), rtol=1e-6)

    def test_split_keeps_every_face_once(self):
        a, b = split(made_up(), 0.2)
        self.assertEqual((len(a), len(b)), (40, 10))

    def test_rare_classes_are_drawn_more_often(self):
        t = np.eye(8, dtype=np.float32)[[0] * 90 + [5] * 10]
        t = np.concatenate([t, np.eye(8, dtype=np.float32)])
        w = sampling_weights(t, 0.5)
        self.assertAlmostEqual(w.sum(), 1)
        self.assertGreater(w[95], 2 * w[0])


class Augment(unittest.TestCase):
    def test_geometry_keeps_the_middle_and_mirrors(self):
        middle = np.array([23.5, 23.5, 1])
        np.testing.assert_allclose(geometry(1.3, 12, mirror=True) @ middle, (23.5, 23.5), atol=1e-3)
        np.testing.assert_allclose(geometry(mirror=True) @ np.array([0, 5, 1]), (47, 5), atol=1e-3)

    def test_same_seed_same_face_and_shape_kept(self):
        face = made_up(1).images[0]
        for seed in range(60):
            a = augment(face.copy(), np.random.default_rng(seed), 3.0)
            b = augment(face.copy(), np.random.default_rng(seed), 3.0)
            self.assertEqual((a.shape, a.dtype), ((SIDE, SIDE), np.uint8))
            np.testing.assert_array_equal(a, b)


    def test_no_face_is_a_picture_that_differs_from_the_face(self):
        face = made_up(1).images[0]
        for seed in range(40):
            x = no_face(face.copy(), np.random.default_rng(seed))
            self.assertEqual((x.shape, x.dtype), ((SIDE, SIDE), np.uint8))
            self.assertGreater(np.abs(x.astype(int) - face).mean(), 10)


class Network(unittest.TestCase):
    def test_brightness_and_contrast_hardly_matter(self):
        net, x = ExpressionNet("small").eval(), torch.rand(2, 1, SIDE, SIDE)
        with torch.no_grad():
            a, b = net(x)[0], net(0.5 * x + 0.3)[0]
        self.assertLess((a - b).abs().max(), 0.01)

    def test_export_agrees_with_everything_folded_in(self):
        torch.manual_seed(0)
        net = ExpressionNet("small").eval()
        for m in net.modules():
            if isinstance(m, torch.nn.BatchNorm2d):
                m.running_mean.normal_(0, 0.1)
                m.running_var.uniform_(0.5, 2)
        options = dict(temperature=0.7, shift=np.linspace(-1, 1, 8), teacher_share=0.5)
        self.assertLess(check(net, to_onnx(net, **options), **options), 1e-4)


class Measure(unittest.TestCase):
    def test_report(self):
        logits = np.zeros((4, 8), np.float32)
        logits[np.arange(4), (0, 0, 1, 6)] = 20
        logits[:, 7] = 30  # "none" does not count in the argmax over the seven
        r = measure.report(logits, np.array([0, 1, 1, 6]))
        self.assertAlmostEqual(r["accuracy"], 0.75)
        self.assertAlmostEqual(r["ece"], 0.25, places=4)
        self.assertEqual(r["confusion"][1, 0], 1)

    def test_temperature_is_found(self):
        rng = np.random.default_rng(0)
        z = rng.normal(0, 2, (4000, 8))
        p = measure.seven(z)
        y = np.array([rng.choice(7, p=q) for q in p])
        self.assertAlmostEqual(measure.fit_temperature(3 * z, y), 3, delta=0.3)

    def test_combining_shifts_the_rare_up(self):
        t = np.tile(np.array([[0.6, 0.2, 0.1, 0.04, 0.03, 0.01, 0.01, 0.01]]), (3, 1))
        s = class_shift(t, 1.0)
        self.assertLess(s[0], s[6])
        z = combine(np.zeros((3, 8)), np.zeros((3, 7)), 1.0, s)
        np.testing.assert_allclose(z[0, :7].mean(), 0, atol=1e-6)


# A square of two triangles at z = 1 that faces the viewer, counter-clockwise with y up, drawn with y down.
SQUARE = np.float32([[2, 2, 1], [2, 13, 1], [13, 13, 1], [13, 2, 1]])
TWO = np.int32([[0, 1, 2], [0, 2, 3]])
TWO_SIDED = SimpleNamespace(two_sided=lambda shape: shape.startswith(("brow", "eye", "cheek", "nose", "mouthSmile")))


class Raster(unittest.TestCase):
    def setUp(self):
        self.x, self.y, self.z = (np.ascontiguousarray(a) for a in SQUARE.T)

    def test_a_square_covers_its_pixels_and_no_others(self):
        d = depth_map(self.x, self.y, self.z, TWO, 16)
        self.assertTrue((d[2:14, 2:14] == 1).all())
        self.assertEqual((d > EMPTY).sum(), 144)

    def test_what_is_seen_from_behind_is_not_drawn(self):
        for faces, drawn in ((TWO, True), (TWO[:, ::-1].copy(), False)):
            picture, depths = np.zeros((16, 16, 1), np.float32), np.full((16, 16), EMPTY)
            draw_solid(self.x, self.y, self.z, faces, np.full((4, 1), 0.5, np.float32), picture, depths)
            self.assertEqual(picture[8, 8, 0], 0.5 if drawn else 0)

    def test_the_nearer_covers_the_farther_in_either_order(self):
        for order in ((0, 1), (1, 0)):
            picture, depths = np.zeros((16, 16, 1), np.float32), np.full((16, 16), EMPTY)
            for near in order:
                draw_solid(self.x, self.y, self.z + np.float32(near), TWO, np.full((4, 1), near, np.float32), picture, depths)
            self.assertEqual(picture[8, 8, 0], 1)

    def test_a_point_behind_the_square_lies_in_its_shadow(self):
        d = depth_map(self.x, self.y, self.z, TWO, 16)
        x, y, z = np.float32([8, 8, 8]), np.float32([8, 8, 8]), np.float32([1, 0.9, -3])
        np.testing.assert_allclose(lit(x, y, z, d, np.float32(0.2)), (1, 1, 0), atol=1e-6)

    def test_normals_point_out_of_the_front(self):
        up = SQUARE * np.float32([1, -1, 1])
        np.testing.assert_allclose(vertex_normals(up, TWO), [(0, 0, 1)] * 4, atol=1e-5)


class Poses(unittest.TestCase):
    def expression(self, name, strength=0.8, seed=0):
        rng = np.random.default_rng(seed)
        return random_expression(rng, TWO_SIDED, name, random_rest(rng, 0.3), strength)

    def test_labels_are_distributions_that_grow_with_the_strength(self):
        for name in PROTOTYPES:
            shares = [label(name, s, 0.65) for s in (0.1, 0.3, 0.5, 0.7, 1.0)]
            np.testing.assert_allclose([t.sum() for t in shares], 1, rtol=1e-5)
            own = [t[CLASSES.index(name)] for t in shares]
            self.assertTrue(all(a <= b for a, b in zip(own, own[1:])))
            self.assertGreater(own[-1], 0.9)

    def test_who_knows_the_rest_is_sure_of_less(self):
        e = self.expression("angry", 0.4)
        self.assertGreater(e.change[4], e.target[4])

    def test_the_same_seed_gives_the_same_pose(self):
        a, b = self.expression("fear", seed=5), self.expression("fear", seed=5)
        self.assertEqual((a.shapes, a.gaze), (b.shapes, b.gaze))

    def test_every_unit_is_known_and_anger_is_mostly_posed_with_closed_lips(self):
        odds = {False: 0, True: 0}
        for name, kinds in PROTOTYPES.items():
            for weight, always, sometimes in kinds:
                self.assertLessEqual(set(always + sometimes), set(UNITS))
                if name == "angry":
                    odds[bool({25, 26, 27} & set(always))] += weight
        self.assertGreater(odds[False], 2 * odds[True])

    def test_anger_lowers_the_inner_brows_and_sadness_lifts_them(self):
        mean = lambda name, shape: np.mean([self.expression(name, seed=s).shapes.get(shape + "_L", 0) for s in range(40)])
        self.assertGreater(mean("angry", "browDown"), 0.6)
        self.assertLess(mean("angry", "browInnerUp"), 0)
        self.assertGreater(mean("sad", "browInnerUp"), 0.4)

    def test_folds_follow_the_muscles(self):
        d = fold_drives({"browDown_L": 0.7, "browDown_R": 0.9, "mouthSmile_L": -0.2})
        self.assertEqual((d["frown"], d["nasolabial"]), (0.9, 0))

    def test_a_turn_keeps_lengths_and_yaw_moves_the_nose_aside(self):
        m = rotation(20, 0, 0)
        np.testing.assert_allclose(m @ m.T, np.eye(3), atol=1e-9)
        self.assertGreater((m @ np.array([0, 0, 1.0]))[0], 0.3)


@unittest.skipUnless(os.environ.get("ATTUNE_ICT"), "the head model is not at hand")
class Renderer(unittest.TestCase):
    def test_a_session_repeats_and_a_smile_changes_the_mouth(self):
        from scans.__main__ import ROW, session
        from scans.head import Head
        from scans.picture import draw

        head = Head(Path(os.environ["ATTUNE_ICT"]))
        first, expressions, person = session(head, 3, 1, 0.9)
        np.testing.assert_array_equal(first, session(head, 3, 1, 0.9)[0])
        self.assertEqual([e.name for e in expressions], list(ROW))
        self.assertGreater(np.std(first[0]), 10)
        # The same light, pose and gaze, and only the muscles of a smile.
        scene, rest = random_scene(np.random.default_rng(0), person), expressions[0]
        smile = copy.deepcopy(rest)
        smile.shapes |= {"mouthSmile_L": 0.9, "mouthSmile_R": 0.9}
        a, b = (draw(np.random.default_rng(1), head, person, scene, e).astype(int) for e in (rest, smile))
        change = np.abs(a - b)
        self.assertGreater(change[90:115, 50:95].mean(), 3 * change[:30].mean() + 1)


def made_people(people=6):
    rng = np.random.default_rng(3)
    n = 8 * people
    rest = np.repeat(np.arange(people) * 8, 8).astype(np.int32)
    y = np.tile(np.uint8([0, 0, 1, 2, 3, 4, 5, 6]), people)
    targets = np.stack([label(CLASSES[c], 1, 0.65) for c in y])
    images = rng.integers(0, 256, (n, SIDE, SIDE), dtype=np.uint8)
    return Rendered(images, targets, targets, y, np.ones(n, np.float32), rest, np.zeros((n, 4), np.float32))


class Pairs(unittest.TestCase):
    def test_no_change_reads_as_the_common_rest_whatever_the_face(self):
        z = np.random.default_rng(0).normal(0, 3, (5, 8)).astype(np.float32)
        np.testing.assert_allclose(relative(z, z), np.tile(COMMON_REST, (5, 1)), atol=1e-6)

    def test_the_loss_looks_at_the_change_only(self):
        rest, move, change = torch.randn(4, 8), torch.randn(4, 8), torch.softmax(torch.randn(4, 8), 1)
        habit = torch.randn(4, 8)  # a low brow: in both pictures
        torch.testing.assert_close(pair_loss(rest + move, rest, change), pair_loss(rest + habit + move, rest + habit, change))

    def test_the_loss_falls_when_the_change_goes_the_right_way(self):
        rest, right = torch.zeros(1, 8), torch.from_numpy(label("angry", 1, 0.45))[None]
        step = torch.zeros(1, 8)
        step[0, 4] = 3.0
        self.assertLess(pair_loss(step, rest, right), pair_loss(rest, rest, right))
        self.assertGreater(pair_loss(-step, rest, right), pair_loss(rest, rest, right))

    def test_files_are_put_together_with_their_rests(self):
        with tempfile.TemporaryDirectory() as folder:
            path, a = Path(folder) / "a.npz", made_people(2)
            np.savez(path, **vars(a))
            both = load_rendered(path, path)
        np.testing.assert_array_equal(np.unique(both.rest), (0, 8, 16, 24))
        self.assertEqual((len(both.moving()), both.row(3), both.row(9)), (28, 24, 32))

    def test_batches_repeat_and_end_with_rests_before_their_expressions(self):
        a = SimpleNamespace(seed=1, batch=16, scan_share=0.5, drawn_share=0.25, no_face=0.1)
        rows = Rows(a, made_people())
        rows.faces, rows.targets, rows.weights = made_up(20).images, made_up(20).targets(), np.full(20, 0.05)
        rows.drawn = made_up(4).images, made_up(4).targets()
        x, y = rows.batch(3, 2), rows.batch(3, 2)
        self.assertEqual((tuple(x.x.shape), x.pairs), ((16, 1, SIDE, SIDE), 4))
        torch.testing.assert_close(x.x, y.x)
        self.assertTrue((x.targets[8:12, 0] > 0.9).all())
        self.assertTrue(all(torch.isfinite(v) for v in losses(torch.randn(16, 8), x)))

    def test_counting_of_rendered_people(self):
        people = made_people(2)
        logits = np.eye(8, dtype=np.float32)[people.label] * 10
        r = rendered_report(logits, people)
        for kind in ("absolute", "relative"):
            self.assertEqual((r[kind]["six"].mean(), r[kind]["calm"].mean(), r[kind]["angry_at_rest"].sum()), (1, 1, 0))

    def test_a_smile_counts_against_rest_when_it_is_too_small_by_itself(self):
        rest, smile = np.float32([[6, 0, 0, 0, 0, 0, 0, 0]]), np.float32([[5, 3, 0, 0, 0, 0, 0, 0]])
        r = london_report(rest, smile)
        self.assertEqual((bool(r["smile"][0]), bool(r["against_rest"][0]), bool(r["calm"][0])), (False, True, True))


class GoingOn(unittest.TestCase):
    """An exported network that is trained further."""

    def setUp(self):
        torch.manual_seed(0)
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "net.onnx"
        self.net = ExpressionNet("small").eval()
        onnx.save(to_onnx(self.net), self.path)

    def tearDown(self):
        self.folder.cleanup()

    def test_read_again_it_says_the_same_and_is_written_with_the_same_graph(self):
        net, faces = OnnxNet(self.path), made_up(3).images
        with torch.no_grad():
            want = self.net(torch.from_numpy(to_input(faces)))[0].numpy()
        np.testing.assert_allclose(predict(net, faces), want, atol=1e-4)
        again = self.path.with_name("again.onnx")
        net.save(again)
        a, b = onnx.load(self.path), onnx.load(again)
        self.assertEqual([n.op_type for n in a.graph.node], [n.op_type for n in b.graph.node])
        self.assertEqual(a.graph.input, b.graph.input)

    def test_temperature_and_shift_are_folded_in(self):
        net, faces = OnnxNet(self.path), made_up(3).images
        want = shifted(predict(net, faces), -0.4) / 0.8
        net.fold(0.8, [-0.4] + [0] * 7)
        np.testing.assert_allclose(predict(net, faces), want, atol=1e-5)

    def test_a_blend_lies_between_its_two_networks(self):
        a = OnnxNet(self.path)
        b = copy.deepcopy(a)
        with torch.no_grad():
            for w in b.weights.values():
                w.add_(1.0)
        for share in (0.0, 0.25, 1.0):
            for name, w in blend(a, b, share).weights.items():
                torch.testing.assert_close(w.detach(), a.weights[name].detach() + share)


def seen(*pairs, p=0.004):
    """Logits [8] of a face with these probabilities."""
    out = np.full(8, p)
    for name, share in pairs:
        out[CLASSES.index(name)] = share
    out[7] = 1e-6
    return np.log(out)


class Live(unittest.TestCase):
    """The settings of the mood are tried on many people here before the program itself is asked."""

    def session(self, rest, pose, truth):
        return Sessions(rest[None], pose[None, None], np.array([[CLASSES.index(truth)]]), np.ones((1, 1)))

    def test_a_smile_that_the_network_hides_is_answered_and_the_rest_stays_neutral(self):
        a = run(self.session(seen(("neutral", 0.97), ("happy", 0.001)), seen(("neutral", 0.7), ("happy", 0.25)), "happy"), Settings())
        self.assertTrue(a.answered.all() and a.rest_neutral.all() and not a.rest_angry.any())

    def test_a_face_at_rest_that_reads_as_sad_becomes_neutral(self):
        rest = seen(("sad", 0.68), ("neutral", 0.3))
        a = run(self.session(rest, seen(("happy", 0.9)), "happy"), Settings())
        self.assertTrue(a.rest_neutral.all())

    def test_an_emotion_takes_over_only_after_its_dwell(self):
        shares = np.zeros((20, 1, 7))
        shares[:, 0, NEUTRAL], shares[10:, 0, HAPPY] = 0.4, 0.6
        moods = moods_over_time(shares, Settings())[:, 0]
        self.assertEqual(list(moods[5:16]), [NEUTRAL] * 11)
        self.assertEqual(list(moods[16:]), [HAPPY] * 4)

    def test_anger_needs_a_larger_share(self):
        shares = np.zeros((30, 2, 7))
        shares[:10, :, NEUTRAL], shares[10:, 0, ANGRY], shares[10:, 1, HAPPY] = 0.4, 0.45, 0.45
        self.assertEqual(list(moods_over_time(shares, Settings())[-1]), [NEUTRAL, HAPPY])

    def test_smoothing_arrives_by_ninety_percent_in_the_window(self):
        frames = np.repeat(seen(("happy", 0.97))[None, None], 16, 0)
        self.assertAlmostEqual(float(shares_over_time(frames, Settings())[-1].sum()), 0.9, 2)

    def test_the_map_of_probabilities_is_found_and_never_says_certain(self):
        rng = np.random.default_rng(0)
        p = rng.uniform(0.05, 0.95, 20000)
        right = rng.random(len(p)) < 1 / (1 + np.exp(-(0.5 * np.log(p / (1 - p)) + 1)))
        np.testing.assert_allclose(fit_map(p, right), (0.5, 1.0), atol=0.06)
        self.assertLess(top_error(np.full(100, 0.8), np.arange(100) < 80), 1e-9)
        self.assertEqual(calibrated(np.array([HAPPY, NEUTRAL]), np.ones(2), Settings()).max(), 0.97)


class LastLayer(unittest.TestCase):
    def test_features_and_last_layer_give_the_logits(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.onnx"
            onnx.save(to_onnx(ExpressionNet("small").eval()), path)
            net, images = OnnxNet(path), made_up(4).images
            features = Trunk(net).read(images)
            weight, bias = (net.weights[n].detach().numpy() for n in (net.last_weight, net.last_bias))
            np.testing.assert_allclose(features @ weight.T + bias, predict(net, images), atol=1e-3)

    def test_weak_expressions_are_left_out_and_the_others_count_the_same(self):
        label, rest = np.uint8([0, 0, 1, 1, 4]), np.zeros(5, np.int32)
        strength = np.float32([0, 0, 0.1, 0.9, 0.9])
        people = Rendered(np.zeros((5, 2, 2), np.uint8), np.zeros((5, 8)), np.zeros((5, 8)), label, strength, rest, np.zeros((5, 4)))
        rows, weights = clear_changes(people, 0.3, {1: 3.0})
        self.assertEqual(list(rows), [1, 3, 4])
        np.testing.assert_allclose(weights, (0.2, 0.6, 0.2), rtol=1e-6)


class Sitting(unittest.TestCase):
    def test_somebody_who_sits_moves_and_talks_the_same_way_with_the_same_seed(self):
        a, b = (list(moments(np.random.default_rng(4), 60, 2.5)) for _ in range(2))
        self.assertEqual(len(a), 150)
        self.assertEqual([m.shapes for m in a], [m.shapes for m in b])
        talks = np.mean(["jawOpen" in m.shapes or "mouthPucker" in m.shapes for m in a])
        self.assertTrue(0.1 < talks < 0.9, talks)
        self.assertGreater(np.std([m.turn[0] for m in a]), 2)
        self.assertFalse(any(s in m.shapes for m in a for s in ("mouthSmile", "mouthFrown", "browDown", "noseSneer")))


class Measuring(unittest.TestCase):
    def test_wilson_interval_of_all_and_of_half(self):
        self.assertAlmostEqual(wilson(10, 10)[0], 0.722, places=3)
        low, high = wilson(50, 100)
        self.assertAlmostEqual(low + high, 1)
        self.assertAlmostEqual(low, 0.404, places=3)

    def test_the_crop_is_upright_and_centred_above_the_box(self):
        picture = np.zeros((200, 200, 3), np.uint8)
        cv2.circle(picture, (100, 91), 3, (255,) * 3, -1)  # 0.095 · 100 above the middle of the box
        for turn in (0, 30):
            m = cv2.getRotationMatrix2D((100, 100), -turn, 1)
            eyes = np.array([[80, 90], [120, 90]]) @ m[:, :2].T + m[:, 2]
            seen = crop.cut(cv2.warpAffine(picture, m, (200, 200)), np.array([100, 100, 80, 100.0]), eyes)
            y, x = np.unravel_index(seen.argmax(), seen.shape)
            self.assertLess(max(abs(y - 23.5), abs(x - 23.5)), 1.6)


if __name__ == "__main__":
    unittest.main()

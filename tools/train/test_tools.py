"""Quick checks on made-up faces: python -m unittest"""

import unittest

import numpy as np
import torch

import measure
from augment import augment, geometry, no_face, to_input
from data import Faces, sampling_weights, split
from export import check, to_onnx
from net import SIDE, ExpressionNet
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


if __name__ == "__main__":
    unittest.main()

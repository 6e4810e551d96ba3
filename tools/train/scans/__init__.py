"""Renders people who do not exist from a head model of scans, with known expressions.

`python -m scans --help` (in `tools/train`) says how it is started. The modules, low to high:
`head.py` the mesh and its painted regions, `raster.py` the compiled loops, `people.py` identities,
`expressions.py` poses and soft labels, `picture.py` light, camera and the picture itself.
"""

"""Renders every person with every expression into one picture.

python contact_sheet.py contact-sheet.jpg
"""

import sys

import cv2
import numpy as np

from expressions import EXPRESSIONS, PITCH
from people import PEOPLE
from render_clip import full
from renderer import Renderer

# The middle of each picture, from this column to that.
LEFT, RIGHT = 62, 258


def main():
    rows = []
    for name, person in PEOPLE.items():
        renderer = Renderer(person)
        row = [
            renderer.render(full(name, expression), pitch=PITCH.get(expression, 0))
            for expression in EXPRESSIONS
        ]
        rows.append(np.hstack([image[:, LEFT:RIGHT] for image in row]))
    sheet = np.vstack(rows)
    height = round(sheet.shape[0] * 900 / sheet.shape[1])
    cv2.imwrite(sys.argv[1], cv2.resize(sheet, (900, height), interpolation=cv2.INTER_AREA))


if __name__ == "__main__":
    main()

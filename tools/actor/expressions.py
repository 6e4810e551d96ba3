"""The seven expressions as strengths of face movements."""

# How far the head is lowered with an expression, in degrees.
PITCH = {"angry": 11, "sad": 6}
# What a person does at rest on top of the neutral expression.
REST_FACE = {
    "ana": {"browDown": 0.5, "eyeSquint": 0.3, "eyeBlink": 0.1, "mouthSmile": 0.08},
    "mei": {},
    "kofi": {},
    "ben": {},
}
# "m." is a movement of MakeHuman, "*" both sides of the face; the others are face units.
EXPRESSIONS = {
    "neutral": {"browDown": -0.19, "mouthPress": 0.1, "eyeSquint": 0.03},
    "happy": {
        "mouthSmile": 1.08,
        "cheekSquint": 0.41,
        "eyeSquint": 0.24,
        "mouthUpperUp": 1.1,
        "jawOpen": 0.23,
        "mouthDimple": 0.2,
        "mouthLowerDown": 0.12,
    },
    "sad": {
        "browInnerUp": 1.13,
        "browDown": 0.44,
        "mouthFrown": 1.32,
        "mouthShrugLower": 0.76,
        "eyeSquint": 0.33,
        "eyeBlink": 0.06,
        "m.eyebrows-*-inner-up": 1.0,
        "mouthPress": 0.06,
        "mouthRollLower": 0.28,
        "mouthLowerDown": 0.05,
    },
    "angry": {
        "browDown": 0.85,
        "m.eyebrows-*-down": 1.11,
        "eyeSquint": 0.48,
        "noseSneer": 0.36,
        "mouthPress": 0.25,
        "mouthRollLower": 0.8,
        "mouthFrown": 0.05,
        "mouthUpperUp": 0.52,
        "mouthPucker": 0.8,
        "browOuterUp": 0.68,
        "jawForward": 0.26,
        "mouthShrugLower": 0.17,
        "eyeWide": 0.4,
        "mouthStretch": 0.13,
    },
    "surprise": {"browInnerUp": 1.0, "browOuterUp": 1.0, "eyeWide": 1.0, "jawOpen": 0.6, "mouthFunnel": 0.25},
    "fear": {
        "browInnerUp": 0.8,
        "browDown": 0.68,
        "eyeWide": 1.4,
        "mouthStretch": 1.6,
        "jawOpen": 0.1,
        "mouthLowerDown": 1.09,
        "m.eyebrows-*-inner-up": 0.6,
        "m.neck-platysma": 0.69,
        "mouthUpperUp": 0.19,
        "mouthFrown": 0.17,
    },
    "disgust": {
        "noseSneer": 1.32,
        "browDown": 0.95,
        "mouthUpperUp": 1.08,
        "eyeSquint": 0.6,
        "cheekSquint": 0.56,
        "mouthFrown": 0.96,
        "mouthShrugLower": 0.5,
        "mouthLowerDown": 0.1,
        "mouthStretch": 0.06,
    },
}

//! What a piece is, as data: the tables in `pieces/` are made of these.

use crate::theory::{Mode, pitch_class};

/// Every sound the album can make. `synth` knows how to play each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    Felt,
    EPiano,
    Celesta,
    Kalimba,
    Marimba,
    Vibes,
    Glass,
    Bell,
    Nylon,
    Steel,
    Harp,
    Pizz,
    Mute,
    Strings,
    Cello,
    Tremolo,
    WarmPad,
    DarkPad,
    Choir,
    Flute,
    Clarinet,
    Bassoon,
    Brass,
    Lead,
    Upright,
    Sub,
    Drive,
    Kick,
    Snare,
    Brush,
    Hat,
    Shaker,
    Clap,
    Rim,
    Tom,
    Taiko,
    Wood,
    Tick,
    Tamb,
    Crash,
    Swell,
    Heart,
    Air,
}

/// What a layer plays. Patterns are one bar long, drawn on as many equal steps as they have
/// letters; bars alternate at `|`. See `rhythm` for the letters.
#[derive(Clone, Copy, Debug)]
pub enum Role {
    /// Held chords, one voicing per chord.
    Pad,
    /// Chords broken up by a pattern.
    Comp(&'static str),
    /// A bass line by a pattern.
    Bass(&'static str),
    /// The melody.
    Lead,
    /// A slow second line on the guide tones (thirds and sevenths).
    Counter,
    /// The tonic, held for a whole section.
    Drone,
    /// Percussion: `letter=pattern` pairs with `;` between.
    Drums(&'static str),
    /// A rising swell into each louder section and a soft crash on its first beat.
    Swell,
    /// One held sound through the whole piece, like the air of a room.
    Bed,
}

/// One instrument's part.
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    pub role: Role,
    pub voice: Voice,
    /// Loudness of the finished part against the other parts, in LU (0 is the lead).
    pub level: f32,
    /// −1 left to 1 right.
    pub pan: f32,
    /// How much goes to the reverb, 0..1.
    pub send: f32,
    /// It plays in sections whose intensity (0..1) is at least `enter` and at most `leave`.
    pub enter: f32,
    pub leave: f32,
    /// Letters of the sections it is kept to; empty means all.
    pub only: &'static str,
    /// Centre of its range, MIDI pitch.
    pub at: i32,
}

/// Starts a layer at `level` LU; the methods below set the rest.
pub const fn layer(role: Role, voice: Voice, level: f32) -> Layer {
    Layer { role, voice, level, pan: 0.0, send: 0.3, enter: 0.0, leave: 1.0, only: "", at: 62 }
}

impl Layer {
    pub const fn pan(mut self, pan: f32) -> Self {
        self.pan = pan;
        self
    }
    pub const fn send(mut self, send: f32) -> Self {
        self.send = send;
        self
    }
    pub const fn enter(mut self, intensity: f32) -> Self {
        self.enter = intensity;
        self
    }
    pub const fn leave(mut self, intensity: f32) -> Self {
        self.leave = intensity;
        self
    }
    pub const fn only(mut self, letters: &'static str) -> Self {
        self.only = letters;
        self
    }
    pub const fn at(mut self, pitch: i32) -> Self {
        self.at = pitch;
        self
    }
}

/// The room the piece is played in.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Reverberation time, seconds to fall by 60 dB.
    pub rt60: f32,
    /// Above this the reverb dies faster, Hz.
    pub damp: f32,
    /// Gain of the reverb return, 0..1.
    pub wet: f32,
    /// Tilt of the whole mix around 900 Hz, in dB per side: negative is darker.
    pub tilt: f32,
    /// Drive into the soft clipper, 1 is clean.
    pub drive: f32,
}

/// One piece: its targets, its material and its players.
pub struct Piece {
    /// File name without the ending.
    pub slug: &'static str,
    pub title: &'static str,
    pub mood: &'static str,
    /// Design targets in 0..1, written into the file's comments.
    pub energy: f32,
    pub valence: f32,
    pub danceability: f32,
    pub key: &'static str,
    pub mode: Mode,
    /// Quarter notes in a bar (3.5 is 7/8).
    pub meter: f64,
    /// 0 is straight eighths, 0.33 is triplet swing.
    pub swing: f64,
    /// Slow push and pull of the time within a four-bar phrase, in seconds.
    pub rubato: f64,
    /// Spread of the players' timing, in seconds (standard deviation).
    pub looseness: f64,
    /// Sections as `letter bars:intensity`, such as `A8:50`; intensity in hundredths.
    pub form: &'static str,
    /// Chords of each section by letter; a section without its own borrows those of A.
    pub chords: &'static [(char, &'static str)],
    /// Motifs by letter, `step:beats` with `r` for a rest; again A's serve the others.
    pub motifs: &'static [(char, &'static str)],
    pub layers: &'static [Layer],
    pub room: Room,
    pub seed: u64,
}

impl Piece {
    /// Beats per minute from the energy: 60 at rest, 150 at full stretch. Sadness walks slower than
    /// calm of the same energy (Juslin & Lindström 2010), and what consoles lies between.
    pub fn bpm(&self) -> f64 {
        let drag = match self.mood {
            "sad" => 18.0,
            "consoling" => 10.0,
            _ => 0.0,
        };
        (60.0 + 90.0 * self.energy as f64 - drag).round()
    }

    /// Pitch class of the tonic.
    pub fn tonic(&self) -> i32 {
        pitch_class(self.key)
    }

    /// The key as the INITIALKEY comment writes it, such as "Am".
    pub fn initial_key(&self) -> String {
        format!("{}{}", self.key, if self.mode.is_minor() { "m" } else { "" })
    }

    /// The entry of `table` for a section letter, or A's.
    pub fn for_section(table: &[(char, &'static str)], letter: char) -> &'static str {
        let find = |c| table.iter().find(|(l, _)| *l == c).map(|(_, s)| *s);
        find(letter).or_else(|| find('A')).unwrap_or("I")
    }
}

//! Playlists: which music belongs to which mood (`assets/playlists.ron`).

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::expression::Emotion;
use crate::foundation::{FileError, Layered, parse_ron, read_ron, settings};

const SHIPPED: &str = include_str!("../../assets/playlists.ron");

/// A playlist by name: the emotion it is for, or the empty room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaylistName {
    Angry,
    Disgust,
    Fear,
    Happy,
    Sad,
    Surprise,
    Neutral,
    Empty,
}

impl PlaylistName {
    /// All eight.
    pub const ALL: [Self; 8] = [
        Self::Angry,
        Self::Disgust,
        Self::Fear,
        Self::Happy,
        Self::Sad,
        Self::Surprise,
        Self::Neutral,
        Self::Empty,
    ];

    /// The playlist of a mood; `None` is an empty room.
    #[must_use]
    pub fn of(emotion: Option<Emotion>) -> Self {
        match emotion {
            Some(Emotion::Angry) => Self::Angry,
            Some(Emotion::Disgust) => Self::Disgust,
            Some(Emotion::Fear) => Self::Fear,
            Some(Emotion::Happy) => Self::Happy,
            Some(Emotion::Sad) => Self::Sad,
            Some(Emotion::Surprise) => Self::Surprise,
            Some(Emotion::Neutral) => Self::Neutral,
            None => Self::Empty,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Angry => "angry",
            Self::Disgust => "disgust",
            Self::Fear => "fear",
            Self::Happy => "happy",
            Self::Sad => "sad",
            Self::Surprise => "surprise",
            Self::Neutral => "neutral",
            Self::Empty => "empty",
        }
    }
}

impl fmt::Display for PlaylistName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a playlist does with a mood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Music that is like the mood.
    Match,
    /// Music that leads from the mood to another.
    Lead,
}

impl Layered for Policy {
    type Overlay = Option<Self>;

    fn lay(&mut self, overlay: Self::Overlay) {
        if let Some(policy) = overlay {
            *self = policy;
        }
    }
}

settings! {
    /// What the music of a playlist should be.
    pub struct Target / TargetOverlay {
        /// 0 dark ..= 1 bright.
        pub valence: f32,
        /// 0 quiet ..= 1 loud and dense.
        pub energy: f32,
        /// 0..=1.
        pub danceability: f32,
        /// Beats per minute.
        pub tempo: f32,
    }
}

settings! {
    /// Which tracks are on a playlist: those that any of the rules finds.
    pub struct Find / FindOverlay {
        /// Words of the MOOD tag.
        pub moods: Vec<String>,
        /// Names of folders, anywhere below the music folder.
        pub folders: Vec<String>,
        /// Files, relative to the music folder.
        pub files: Vec<PathBuf>,
    }
}

settings! {
    /// The music for one mood.
    pub struct Playlist / PlaylistOverlay {
        /// Whether the music is like the mood or leads away from it.
        pub policy: Policy,
        /// Where a leading playlist leads, in words; empty for a matching one.
        pub toward: String,
        /// What the music should be.
        pub target: Target,
        /// Which tracks are on it.
        pub find: Find,
        /// Playlists to borrow from, in this order, when no track is found.
        pub fallback: Vec<PlaylistName>,
    }
}

settings! {
    /// One playlist for each emotion, and one for the empty room.
    pub struct Playlists / PlaylistsOverlay {
        /// For anger.
        pub angry: Playlist,
        /// For disgust.
        pub disgust: Playlist,
        /// For fear.
        pub fear: Playlist,
        /// For joy.
        pub happy: Playlist,
        /// For sadness.
        pub sad: Playlist,
        /// For surprise.
        pub surprise: Playlist,
        /// For a neutral face.
        pub neutral: Playlist,
        /// For a room with nobody in view.
        pub empty: Playlist,
    }
}

impl Playlists {
    /// The playlists that Attune ships with.
    ///
    /// # Errors
    /// [`FileError`] if the shipped file is broken; a test keeps it whole.
    pub fn shipped() -> Result<Self, FileError> {
        let file = Path::new("assets/playlists.ron");
        let playlists: Self = parse_ron(file, SHIPPED)?;
        playlists.validate(file)?;
        Ok(playlists)
    }

    /// The shipped playlists with a person's file laid over them.
    ///
    /// # Errors
    /// [`FileError`] names the file, the playlist and the field.
    pub fn with_overlay(file: &Path) -> Result<Self, FileError> {
        let mut playlists = Self::shipped()?;
        playlists.lay(read_ron(file)?);
        playlists.validate(file)?;
        Ok(playlists)
    }

    /// One playlist by name.
    #[must_use]
    pub fn get(&self, name: PlaylistName) -> &Playlist {
        match name {
            PlaylistName::Angry => &self.angry,
            PlaylistName::Disgust => &self.disgust,
            PlaylistName::Fear => &self.fear,
            PlaylistName::Happy => &self.happy,
            PlaylistName::Sad => &self.sad,
            PlaylistName::Surprise => &self.surprise,
            PlaylistName::Neutral => &self.neutral,
            PlaylistName::Empty => &self.empty,
        }
    }

    fn validate(&self, file: &Path) -> Result<(), FileError> {
        for name in PlaylistName::ALL {
            self.get(name)
                .validate()
                .map_err(|(field, reason)| FileError::invalid(file, format!("{name}.{field}"), reason))?;
        }
        Ok(())
    }
}

impl Playlist {
    fn validate(&self) -> Result<(), (&'static str, String)> {
        let shares = [
            ("target.valence", self.target.valence),
            ("target.energy", self.target.energy),
            ("target.danceability", self.target.danceability),
        ];
        for (field, value) in shares {
            if !(0.0..=1.0).contains(&value) {
                return Err((field, format!("{value} is not between 0 and 1")));
            }
        }
        let tempo = self.target.tempo;
        if !(20.0..=300.0).contains(&tempo) {
            return Err(("target.tempo", format!("{tempo} is not between 20 and 300 beats per minute")));
        }
        if self.policy == Policy::Lead && self.toward.trim().is_empty() {
            return Err(("toward", "a playlist that leads must say where, e.g. \"calm\"".to_owned()));
        }
        if let Some(file) = self.find.files.iter().find(|file| file.is_absolute()) {
            return Err(("find.files", format!("{} is not below the music folder", file.display())));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlay(text: &str) -> Result<Playlists, FileError> {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("mine.ron");
        std::fs::write(&file, text).expect("written");
        Playlists::with_overlay(&file)
    }

    #[test]
    fn the_shipped_playlists_are_valid() {
        Playlists::shipped().expect("assets/playlists.ron is valid");
    }

    #[test]
    fn a_persons_file_changes_only_what_it_names() {
        let shipped = Playlists::shipped().expect("valid");
        let mine =
            overlay("(happy: (policy: lead, toward: \"calm\", target: (tempo: 140.0)))").expect("valid");
        assert_eq!(mine.happy.policy, Policy::Lead);
        assert!((mine.happy.target.tempo - 140.0).abs() < f32::EPSILON);
        assert_eq!(mine.happy.find, shipped.happy.find);
        assert_eq!(mine.sad, shipped.sad);
    }

    #[test]
    fn a_value_out_of_range_is_named_with_playlist_field_and_file() {
        let words = overlay("(sad: (target: (energy: 3.0)))").unwrap_err().to_string();
        assert!(words.contains("mine.ron") && words.contains("sad.target.energy"), "{words}");
        let words = overlay("(happy: (policy: lead))").unwrap_err().to_string();
        assert!(words.contains("happy.toward"), "{words}");
    }

    #[test]
    fn an_unknown_field_is_refused_with_its_line() {
        let words = overlay("(\n  sad: (\n    tarket: (energy: 0.3)))").unwrap_err().to_string();
        assert!(words.contains("mine.ron:3") && words.contains("tarket"), "{words}");
    }
}

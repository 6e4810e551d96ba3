//! A playlist for each mood: its policy, its target and its rules (`assets/playlists.ron`).

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::playlist_name::PlaylistName;
use super::ron_outline::RonOutline;
use super::rules::PlaylistRule;
use crate::foundation::{FileError, parse_ron};
use crate::settings::{Setting as _, choices, layered, whole_value};

const SHIPPED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/playlists.ron"));
/// Rules of all playlists together: the catalogue keeps one bit for each.
pub(super) const MOST_RULES: usize = 128;

/// What a playlist does with a mood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaylistPolicy {
    /// Music that is like the target.
    Match,
    /// Begins near the mood and leads, step by step, to a brighter target.
    Lift,
    /// Begins near the mood and leads, step by step, to a quieter target.
    Calm,
    /// What plays goes on, and what follows stays near it, within the tolerance of the target.
    Hold,
}

impl PlaylistPolicy {
    /// Whether the music begins near the mood and leads to the target.
    #[must_use]
    pub fn leads(self) -> bool {
        matches!(self, Self::Lift | Self::Calm)
    }
}

choices!(PlaylistPolicy { Match, Lift, Calm, Hold });
whole_value!(PlaylistRule, PlaylistName);

layered! {
    /// What the music of a playlist should be.
    pub struct MusicTarget / MusicTargetOverlay {
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

layered! {
    /// The music for one mood.
    pub struct Playlist / PlaylistOverlay {
        /// Whether the music is like the mood or leads away from it.
        pub policy: PlaylistPolicy,
        /// Where a leading playlist leads, in words; empty for others.
        pub toward: String,
        /// What the music should be.
        pub target: MusicTarget,
        /// How far from the target is still good, in the units of the target.
        pub tolerance: MusicTarget,
        /// Which tracks are on it: those that any of the rules finds.
        pub rules: Vec<PlaylistRule>,
        /// Which are not on it all the same: those that any of these finds.
        pub exclude: Vec<PlaylistRule>,
        /// Playlists to borrow from, in this order, when no track is found.
        pub fallback: Vec<PlaylistName>,
    }
}

layered! {
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
        /// For an empty room.
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
        playlists.validate(file, SHIPPED)?;
        Ok(playlists)
    }

    /// The shipped playlists with a person's file laid over them.
    ///
    /// # Errors
    /// [`FileError`] names the file, its line and column, the playlist and the rule or field.
    pub fn with_overlay(file: &Path) -> Result<Self, FileError> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| FileError::Unreadable { file: file.to_owned(), reason: error.to_string() })?;
        let mut playlists = Self::shipped()?;
        playlists.lay(parse_ron(file, &text).map_err(|error| with_field(error, &text))?);
        playlists.validate(file, &text)?;
        Ok(playlists)
    }

    /// One playlist by name.
    #[must_use]
    pub fn get(&self, name: PlaylistName) -> &Playlist {
        use crate::emotion::Emotion::{Angry, Disgust, Fear, Happy, Neutral, Sad, Surprise};
        match name.0 {
            Some(Angry) => &self.angry,
            Some(Disgust) => &self.disgust,
            Some(Fear) => &self.fear,
            Some(Happy) => &self.happy,
            Some(Sad) => &self.sad,
            Some(Surprise) => &self.surprise,
            Some(Neutral) => &self.neutral,
            None => &self.empty,
        }
    }

    fn validate(&self, file: &Path, text: &str) -> Result<(), FileError> {
        let rules: usize = PlaylistName::all()
            .map(|name| self.get(name))
            .iter()
            .map(|list| list.rules.len() + list.exclude.len())
            .sum();
        if rules > MOST_RULES {
            let reason = format!("{rules} rules are more than the {MOST_RULES} there is room for");
            return Err(FileError::invalid(file, "all playlists together", reason));
        }
        for name in PlaylistName::all() {
            self.get(name)
                .validate()
                .map_err(|(field, reason)| located(file, text, &format!("{name}.{field}"), reason))?;
        }
        Ok(())
    }
}

/// Says which playlist and which of its rules a syntax error is in.
fn with_field(error: FileError, text: &str) -> FileError {
    match error {
        FileError::Syntax { file, line, column, reason } => {
            let outline = RonOutline::of(text);
            let reason = match outline.field_at(line, column) {
                Some(field) => format!("{field}: {reason}"),
                None => reason,
            };
            FileError::Syntax { file, line, column, reason }
        }
        other => other,
    }
}

/// Says where in the file a value is that makes no sense.
fn located(file: &Path, text: &str, field: &str, reason: String) -> FileError {
    match RonOutline::of(text).place_of(field) {
        Some((line, column)) => {
            FileError::Syntax { file: file.to_owned(), line, column, reason: format!("{field}: {reason}") }
        }
        None => FileError::invalid(file, field, reason),
    }
}

impl Playlist {
    fn validate(&self) -> Result<(), (String, String)> {
        self.target.validate("target", 0.0, 20.0..=300.0)?;
        self.tolerance.validate("tolerance", 0.01, 1.0..=300.0)?;
        if self.policy.leads() && self.toward.trim().is_empty() {
            let reason = "a playlist that leads must say where, e.g. \"calm\"";
            return Err(("toward".to_owned(), reason.to_owned()));
        }
        for (kind, rules) in [("rules", &self.rules), ("exclude", &self.exclude)] {
            for (number, rule) in (1..).zip(rules) {
                let place = |field: &str| format!("{kind}[{number}]{field}");
                if rule.is_empty() {
                    return Err((place(""), "it asks for nothing; say what it should find".to_owned()));
                }
                if let Some(file) = rule.files.iter().find(|file| file.is_absolute()) {
                    let reason = format!("{} is not below the music folder", file.display());
                    return Err((place(".files"), reason));
                }
            }
        }
        Ok(())
    }
}

impl MusicTarget {
    fn validate(
        &self,
        what: &str,
        least: f32,
        tempo: std::ops::RangeInclusive<f32>,
    ) -> Result<(), (String, String)> {
        let shares =
            [("valence", self.valence), ("energy", self.energy), ("danceability", self.danceability)];
        for (field, value) in shares {
            if !(least..=1.0).contains(&value) {
                return Err((format!("{what}.{field}"), format!("{value} is not between {least} and 1")));
            }
        }
        if !tempo.contains(&self.tempo) {
            let reason = format!(
                "{} is not between {} and {} beats per minute",
                self.tempo,
                tempo.start(),
                tempo.end()
            );
            return Err((format!("{what}.tempo"), reason));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::playlists::TimeOfDay;

    fn overlay(text: &str) -> Result<Playlists, FileError> {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("mine.ron");
        std::fs::write(&file, text).expect("written");
        Playlists::with_overlay(&file)
    }

    fn refused(text: &str, holds: &[&str]) {
        let words = overlay(text).unwrap_err().to_string();
        for part in holds {
            assert!(words.contains(part), "{part:?} is missing in: {words}");
        }
    }

    #[test]
    fn the_shipped_playlists_are_valid() {
        Playlists::shipped().expect("assets/playlists.ron is valid");
    }

    #[test]
    fn a_persons_file_changes_only_what_it_names() {
        let shipped = Playlists::shipped().expect("valid");
        let mine =
            overlay("(happy: (policy: calm, toward: \"rest\", target: (tempo: 140.0)))").expect("valid");
        assert_eq!(mine.happy.policy, PlaylistPolicy::Calm);
        assert!((mine.happy.target.tempo - 140.0).abs() < f32::EPSILON);
        assert_eq!(mine.happy.rules, shipped.happy.rules);
        assert_eq!(mine.sad, shipped.sad);
    }

    #[test]
    fn rules_with_hours_lists_and_excludes_are_understood() {
        let mine = overlay(
            "(empty: (rules: [(folders: [\"Night\"], hours: (from: \"22:00\", to: \"6:00\")),
                (list: \"evening.m3u8\")], exclude: [(genres: [\"Metal\"])]))",
        )
        .expect("valid");
        assert_eq!(mine.empty.rules.len(), 2);
        assert!(mine.empty.rules[0].holds_at(TimeOfDay::from_hours(2.0)));
        assert_eq!(mine.empty.exclude[0].genres, ["Metal"]);
    }

    #[test]
    fn a_value_out_of_range_is_named_with_playlist_field_and_place() {
        refused("(sad: (\n target: (energy: 3.0)))", &["mine.ron:2:11:", "sad.target.energy"]);
        refused("(happy: (policy: lift))", &["mine.ron:1:2:", "happy.toward"]);
        refused("(happy: (tolerance: (valence: 0.0)))", &["happy.tolerance.valence"]);
    }

    #[test]
    fn a_rule_that_is_wrong_is_named_with_its_playlist_number_and_place() {
        refused(
            "(\n  sad: (rules: [\n    (moods: [\"calm\"]),\n    (genre: [\"x\"]),\n  ]))",
            &["mine.ron:4:", "sad.rules[2]", "genre"],
        );
        refused("(sad: (rules: [(moods: [\"a\"]), ()]))", &["sad.rules[2]", "asks for nothing"]);
        refused("(sad: (exclude: [(files: [\"/abs.ogg\"])]))", &["sad.exclude[1].files", "/abs.ogg"]);
        refused(
            "(sad: (rules: [(folders: [\"x\"], hours: (from: \"25:00\", to: \"1:00\"))]))",
            &["mine.ron:1:", "sad.rules[1].hours", "25:00"],
        );
        let many = "(moods: [\"a\"]),".repeat(130);
        refused(&format!("(sad: (rules: [{many}]))"), &["128"]);
    }
}

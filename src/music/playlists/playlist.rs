//! A playlist for each mood: its policy, its target and its rules (`assets/playlists.ron`).

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::playlist_name::PlaylistName;
use super::rules::PlaylistRule;
use crate::foundation::{FileError, parse_ron, read_text};
use crate::settings::{
    Setting as _, SettingContext, Violation, choices, layered, located, parse_overlay, require, whole_value,
};

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
        pub valence: f32, in 0.0..=1.0,
        /// 0 quiet ..= 1 loud and dense.
        pub energy: f32, in 0.0..=1.0,
        /// How well it can be danced to.
        pub danceability: f32, in 0.0..=1.0,
        /// Tempo.
        pub tempo: f32, in 1.0..=300.0, unit "BPM",
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
    check playlist_is_usable;
}

fn playlist_is_usable(list: &Playlist) -> Result<(), Violation> {
    require(list.target.tempo >= 20.0, "target.tempo", || {
        format!("{} is not between 20 and 300 BPM", list.target.tempo)
    })?;
    let MusicTarget { valence, energy, danceability, .. } = list.tolerance;
    for (field, value) in [("valence", valence), ("energy", energy), ("danceability", danceability)] {
        require(value >= 0.01, &format!("tolerance.{field}"), || {
            format!("{value} is not between 0.01 and 1")
        })?;
    }
    require(!list.policy.leads() || !list.toward.trim().is_empty(), "toward", || {
        "a playlist that leads must say where, e.g. \"calm\"".into()
    })?;
    rules_are_usable("rules", &list.rules)?;
    rules_are_usable("exclude", &list.exclude)
}

fn rules_are_usable(kind: &str, rules: &[PlaylistRule]) -> Result<(), Violation> {
    for (number, rule) in (1..).zip(rules) {
        require(!rule.is_empty(), &format!("{kind}[{number}]"), || {
            "it asks for nothing; say what it should find".into()
        })?;
        if let Some(file) = rule.files.iter().find(|file| file.is_absolute()) {
            let reason = format!("{} is not below the music folder", file.display());
            return Err(Violation::new(format!("{kind}[{number}].files"), reason));
        }
    }
    Ok(())
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
    check rules_have_room;
}

fn rules_have_room(playlists: &Playlists) -> Result<(), Violation> {
    let count = |list: &Playlist| list.rules.len() + list.exclude.len();
    let rules: usize = PlaylistName::all().map(|name| count(playlists.get(name))).iter().sum();
    require(rules <= MOST_RULES, "all playlists together", || {
        format!("{rules} rules are more than the {MOST_RULES} there is room for")
    })
}

impl Playlists {
    /// The playlists that Attune ships with.
    ///
    /// # Errors
    /// [`FileError`] if the shipped file is broken; a test keeps it whole.
    pub fn shipped() -> Result<Self, FileError> {
        let file = Path::new("assets/playlists.ron");
        parse_ron::<Self>(file, SHIPPED)?.checked(file, SHIPPED)
    }

    /// The shipped playlists with a person's file laid over them.
    ///
    /// # Errors
    /// [`FileError`] names the file, its line and column, the playlist and the rule or field.
    pub fn with_overlay(file: &Path) -> Result<Self, FileError> {
        let text = read_text(file)?;
        let mut playlists = Self::shipped()?;
        playlists.lay(parse_overlay::<Self>(file, &text)?);
        playlists.checked(file, &text)
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

    fn checked(self, file: &Path, text: &str) -> Result<Self, FileError> {
        self.check(&SettingContext::default()).map_err(|wrong| located(file, text, &wrong))?;
        Ok(self)
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
        assert!(mine.empty.rules[0].hours.is_some_and(|hours| hours.hold(TimeOfDay::from_hours(2.0))));
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

//! Names of playlists: those of the emotions, and one for the empty room.

use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::emotion::Emotion;

/// A playlist by name: the emotion it is for; `None` is the empty room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaylistName(pub Option<Emotion>);

impl PlaylistName {
    /// The playlist of an empty room.
    pub const EMPTY: Self = Self(None);

    /// All eight: the emotions in their order, then the empty room.
    #[must_use]
    pub fn all() -> [Self; 8] {
        std::array::from_fn(|index| Self(Emotion::ALL.get(index).copied()))
    }

    /// Position in [`PlaylistName::all`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0.map_or(Emotion::ALL.len(), Emotion::index)
    }

    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.map_or("empty", Emotion::name)
    }
}

impl fmt::Display for PlaylistName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for PlaylistName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit_variant("PlaylistName", self.index() as u32, self.name())
    }
}

impl<'de> Deserialize<'de> for PlaylistName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(PlaylistNameVisitor)
    }
}

struct PlaylistNameVisitor;

impl Visitor<'_> for PlaylistNameVisitor {
    type Value = PlaylistName;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a playlist: one of the seven emotions, or empty")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<PlaylistName, E> {
        PlaylistName::all().into_iter().find(|name| name.name() == text).ok_or_else(|| {
            let names = PlaylistName::all().map(PlaylistName::name).join(", ");
            E::custom(format!("`{text}` is no playlist; there are {names}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::foundation::parse_ron;

    #[test]
    fn names_are_those_of_the_emotions_and_empty() {
        for (index, name) in PlaylistName::all().into_iter().enumerate() {
            assert_eq!(name.index(), index);
            let read: PlaylistName = parse_ron(Path::new("x.ron"), name.name()).expect("a name");
            assert_eq!(read, name);
            assert_eq!(ron::to_string(&name).expect("written"), name.name());
        }
    }

    #[test]
    fn another_word_is_refused_with_the_names_there_are() {
        let words = parse_ron::<PlaylistName>(Path::new("x.ron"), "polka").unwrap_err().to_string();
        assert!(words.contains("polka") && words.contains("surprise") && words.contains("empty"), "{words}");
    }
}

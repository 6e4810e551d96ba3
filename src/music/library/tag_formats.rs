//! The tags of each kind of file as values by name. Only the concrete readers of `lofty` keep fields that are not
//! standard, such as ENERGY.

use lofty::ape::ApeTag;
use lofty::id3::v1::Id3v1Tag;
use lofty::id3::v2::{Frame, Id3v2Tag};
use lofty::iff::aiff::AiffTextChunks;
use lofty::iff::wav::RiffInfoList;
use lofty::mp4::{AtomData, AtomIdent, Ilst};
use lofty::ogg::tag::VorbisComments;
use lofty::tag::Accessor;

use super::raw_tags::RawTags;

/// Standard text frames of `ID3v2` with the names of Vorbis comments.
const TEXT_FRAMES: [(&str, &str); 6] = [
    ("TIT2", "TITLE"),
    ("TPE1", "ARTIST"),
    ("TALB", "ALBUM"),
    ("TBPM", "BPM"),
    ("TKEY", "INITIALKEY"),
    ("TMOO", "MOOD"),
];
/// Standard atoms of MP4.
const ATOMS: [(&[u8; 4], &str); 6] = [
    (b"\xa9nam", "TITLE"),
    (b"\xa9ART", "ARTIST"),
    (b"\xa9alb", "ALBUM"),
    (b"\xa9gen", "GENRE"),
    (b"\xa9lyr", "LYRICS"),
    (b"tmpo", "BPM"),
];
/// Chunks of a RIFF INFO list.
const INFO_CHUNKS: [(&str, &str); 4] =
    [("INAM", "TITLE"), ("IART", "ARTIST"), ("IPRD", "ALBUM"), ("IGNR", "GENRE")];

/// Names of Matroska and CAF for what Vorbis comments name otherwise.
const OTHER_NAMES: [(&str, &str); 5] = [
    ("INITIAL_KEY", "INITIALKEY"),
    ("KEY SIGNATURE", "INITIALKEY"),
    ("TEMPO", "BPM"),
    ("REPLAYGAIN_GAIN", "REPLAYGAIN_TRACK_GAIN"),
    ("LEAD_PERFORMER", "ARTIST"),
];

pub(super) fn of_vorbis_comments(tag: Option<&VorbisComments>) -> RawTags {
    let mut raw = RawTags::default();
    for (key, value) in tag.into_iter().flat_map(VorbisComments::items) {
        raw.push(key, value);
    }
    raw
}

pub(super) fn of_id3v2(tag: Option<&Id3v2Tag>) -> RawTags {
    let mut raw = RawTags::default();
    let Some(tag) = tag else { return raw };
    for frame in tag {
        match frame {
            Frame::Text(text) => {
                let id = frame.id().as_str();
                if let Some((_, key)) = TEXT_FRAMES.iter().find(|(frame, _)| *frame == id) {
                    raw.push(key, &text.value);
                }
            }
            Frame::UserText(text) => raw.push(&text.description, &text.content),
            Frame::UnsynchronizedText(text) => raw.push("LYRICS", &text.content),
            _ => {}
        }
    }
    // Genres may be numbers of a list, "(17)", which the reader knows.
    for genre in tag.genres().into_iter().flatten() {
        raw.push("GENRE", genre);
    }
    raw
}

pub(super) fn of_id3v1(tag: Option<&Id3v1Tag>) -> RawTags {
    let mut raw = RawTags::default();
    let Some(tag) = tag else { return raw };
    let values =
        [("TITLE", tag.title()), ("ARTIST", tag.artist()), ("ALBUM", tag.album()), ("GENRE", tag.genre())];
    for (key, value) in values {
        raw.push(key, value.as_deref().unwrap_or(""));
    }
    raw
}

pub(super) fn of_ape(tag: Option<&ApeTag>) -> RawTags {
    let mut raw = RawTags::default();
    for item in tag.into_iter().flatten() {
        for value in item.text_values().into_iter().flatten() {
            raw.push(item.key(), value);
        }
    }
    raw
}

pub(super) fn of_riff_info(list: Option<&RiffInfoList>) -> RawTags {
    let mut raw = RawTags::default();
    for (chunk, value) in list.into_iter().flatten() {
        if let Some((_, key)) = INFO_CHUNKS.iter().find(|(known, _)| chunk.eq_ignore_ascii_case(known)) {
            raw.push(key, value);
        }
    }
    raw
}

/// Of an AIFF file: the chunks NAME and AUTH.
pub(super) fn of_aiff_text(chunks: Option<&AiffTextChunks>) -> RawTags {
    let mut raw = RawTags::default();
    let Some(chunks) = chunks else { return raw };
    for (key, value) in [("TITLE", &chunks.name), ("ARTIST", &chunks.author)] {
        raw.push(key, value.as_deref().unwrap_or(""));
    }
    raw
}

/// Tags that have the names of Vorbis comments, or names that programs commonly write in their place.
pub(super) fn of_pairs(pairs: &[(String, String)]) -> RawTags {
    let mut raw = RawTags::default();
    for (key, value) in pairs {
        let upper = key.to_uppercase();
        let known = OTHER_NAMES.iter().find(|(other, _)| *other == upper).map(|(_, known)| *known);
        raw.push(known.unwrap_or(&upper), value);
    }
    raw
}

pub(super) fn of_mp4(tag: Option<&Ilst>) -> RawTags {
    let mut raw = RawTags::default();
    for atom in tag.into_iter().flatten() {
        let key = match atom.ident() {
            AtomIdent::Fourcc(code) => {
                ATOMS.iter().find(|(known, _)| *known == code).map(|(_, key)| (*key).to_owned())
            }
            AtomIdent::Freeform { name, .. } => Some(name.clone().into_owned()),
        };
        let Some(key) = key else { continue };
        for data in atom.data() {
            match data {
                AtomData::UTF8(text) | AtomData::UTF16(text) => raw.push(&key, text),
                // A tempo of 0 says that it is unknown.
                AtomData::SignedInteger(number) if *number != 0 => raw.push(&key, &number.to_string()),
                AtomData::UnsignedInteger(number) if *number != 0 => raw.push(&key, &number.to_string()),
                _ => {}
            }
        }
    }
    if let Some(genre) = tag.and_then(Accessor::genre) {
        let mut standard = RawTags::default();
        standard.push("GENRE", &genre);
        raw.fill_from(standard);
    }
    raw
}

//! The formats of sound that can be played: the one list from which folders are searched, help is written and files are
//! refused.

use std::path::Path;

/// A format and the endings of its files, in lower case.
struct SoundFormat {
    name: &'static str,
    endings: &'static [&'static str],
}

/// What can be played. The contents of a file decide, not its name; endings only say which files are looked into.
const PLAYABLE: [SoundFormat; 9] = [
    SoundFormat { name: "Ogg (Vorbis, Opus, FLAC)", endings: &["ogg", "oga", "opus"] },
    SoundFormat { name: "FLAC", endings: &["flac"] },
    SoundFormat { name: "MP3 (also MP1 and MP2)", endings: &["mp3", "mp2", "mp1", "mpga"] },
    SoundFormat { name: "MP4 (AAC, ALAC, Opus)", endings: &["m4a", "m4b", "mp4"] },
    SoundFormat { name: "AAC", endings: &["aac"] },
    SoundFormat { name: "WAV", endings: &["wav", "wave"] },
    SoundFormat { name: "AIFF", endings: &["aiff", "aif", "aifc"] },
    SoundFormat { name: "CAF", endings: &["caf"] },
    SoundFormat { name: "Matroska and WebM", endings: &["mka", "mkv", "webm", "weba"] },
];

/// Endings of music that cannot be played yet. Such files are listed with the reason, and not passed over in silence.
const UNPLAYABLE_ENDINGS: [&str; 11] =
    ["wma", "ape", "wv", "mpc", "tta", "spx", "w64", "dsf", "dff", "ac3", "dts"];

/// The beginning of files that are known and cannot be played.
const UNPLAYABLE: [(&[u8], &str); 11] = [
    (b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", "Windows Media (WMA)"),
    (b"MAC ", "Monkey's Audio"),
    (b"wvpk", "WavPack"),
    (b"MPCK", "Musepack"),
    (b"MP+", "Musepack"),
    (b"TTA1", "True Audio (TTA)"),
    (b"DSD ", "DSD"),
    (b"FRM8", "DSD"),
    (b"riff\x2E\x91\xCF\x11", "Wave64"),
    (b"\x0B\x77", "Dolby Digital (AC-3)"),
    (b"\x7F\xFE\x80\x01", "DTS"),
];
/// Where the name of its codec begins in the first page of an Ogg file.
const OGG_CODEC: usize = 28;

/// The formats that can be played in one sentence, with commas and an "and".
#[must_use]
pub fn playable_formats() -> String {
    let names: Vec<&str> = PLAYABLE.iter().map(|format| format.name).collect();
    names.join(", ")
}

/// Whether a file is looked into, by its ending: one that can be played, or of a kind that cannot.
#[must_use]
pub fn has_music_ending(file: &Path) -> bool {
    let playable = PLAYABLE.iter().flat_map(|format| format.endings);
    file.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| {
        playable.chain(&UNPLAYABLE_ENDINGS).any(|known| ending.eq_ignore_ascii_case(known))
    })
}

/// The name of a format that cannot be played, by the first bytes of a file (36 suffice).
#[must_use]
pub fn unplayable_format(begin: &[u8]) -> Option<&'static str> {
    if is_ogg_of(begin, b"Speex") {
        return Some("Speex");
    }
    UNPLAYABLE.iter().find(|(magic, _)| begin.starts_with(magic)).map(|(_, name)| *name)
}

/// Whether a file begins as an Ogg file whose first stream names this codec.
#[must_use]
pub(super) fn is_ogg_of(begin: &[u8], codec: &[u8]) -> bool {
    begin.starts_with(b"OggS") && begin.get(OGG_CODEC..).is_some_and(|named| named.starts_with(codec))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The README names the formats just as the help and the refusals do.
    #[test]
    fn the_readme_names_these_formats() {
        let readme = include_str!("../../README.md").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(readme.contains(&playable_formats()), "README.md must say: {}", playable_formats());
    }

    /// Endings count in any case, and kinds that cannot be played are looked into to be listed.
    #[test]
    fn endings_say_which_files_are_looked_into() {
        for name in ["a.OGG", "b.aiff", "c.Caf", "d.webm", "e.wma", "x/f.tar.flac"] {
            assert!(has_music_ending(Path::new(name)), "{name}");
        }
        for name in ["cover.jpg", "flac", "notes.txt", ".ogg"] {
            assert!(!has_music_ending(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn a_format_that_cannot_be_played_is_called_by_its_name() {
        let mut speex = b"OggS\0\x02".to_vec();
        speex.resize(OGG_CODEC, 0);
        speex.extend(b"Speex   ");
        for (begin, name) in
            [(&speex[..], "Speex"), (b"MAC \x96\x0F", "Monkey's Audio"), (b"wvpk", "WavPack")]
        {
            assert_eq!(unplayable_format(begin), Some(name));
        }
        assert_eq!(unplayable_format(b"fLaC"), None);
        assert_eq!(unplayable_format(b""), None);
    }
}

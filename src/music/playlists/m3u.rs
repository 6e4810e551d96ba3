//! Reading M3U and M3U8 playlists of other players.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::music::text_encoding::decode_text;

/// A track that a list names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct M3uItem {
    /// Line in the file, from 1.
    pub line: usize,
    /// As it is written.
    pub path: String,
    /// "Artist - Title" of `#EXTINF`.
    pub title: Option<String>,
    /// Length of `#EXTINF`; players write −1 where they do not know it.
    pub duration: Option<Duration>,
}

/// Takes apart the bytes of a list: UTF-8 or UTF-16 with or without a mark at its beginning; what is neither is read as
/// Windows 1252 (with Latin-1 in it), in which older players wrote `.m3u`.
#[must_use]
pub fn parse(bytes: &[u8]) -> Vec<M3uItem> {
    let text = decode_text(bytes);
    let (mut items, mut title, mut duration) = (Vec::new(), None, None);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(info) = line.strip_prefix("#EXTINF:") {
            (duration, title) = extended(info);
        } else if !line.is_empty() && !line.starts_with('#') {
            items.push(M3uItem {
                line: index + 1,
                path: line.to_owned(),
                title: title.take(),
                duration: duration.take(),
            });
        }
    }
    items
}

/// "123,Artist - Title"; attributes may follow the seconds.
fn extended(info: &str) -> (Option<Duration>, Option<String>) {
    let (seconds, title) = info.split_once(',').unwrap_or((info, ""));
    let seconds = seconds.split_whitespace().next().and_then(|seconds| seconds.parse::<f64>().ok());
    let duration = seconds.filter(|seconds| *seconds > 0.0).and_then(|s| Duration::try_from_secs_f64(s).ok());
    (duration, Some(title.trim().to_owned()).filter(|title| !title.is_empty()))
}

impl M3uItem {
    /// Where the track may be, the likeliest first; `folder` is that of the list. Empty for a stream from somewhere else.
    ///
    /// Other players write paths as they are, percent-encoded, with backslashes, or with the drive letter of another
    /// system; of the last, every end of the path is tried below the folder of the list.
    #[must_use]
    pub fn files(&self, folder: &Path) -> Vec<PathBuf> {
        if let Some((scheme, address)) = self.path.split_once("://") {
            if !scheme.eq_ignore_ascii_case("file") {
                return Vec::new();
            }
            // "file://localhost/m/a.ogg" and "file:///m/a.ogg" are the same file of this machine.
            let path = address.find('/').map_or(address, |slash| &address[slash..]);
            return with_slashes(&decoded(path), folder);
        }
        let mut files = with_slashes(&self.path, folder);
        let plain = decoded(&self.path);
        if plain != self.path {
            files.extend(with_slashes(&plain, folder));
        }
        files
    }
}

/// The path as it is written, and with slashes for backslashes.
fn with_slashes(path: &str, folder: &Path) -> Vec<PathBuf> {
    let mut files = vec![folder.join(path)];
    let slashes = path.replace('\\', "/");
    let drive = slashes.get(1..3) == Some(":/") && slashes.starts_with(|c: char| c.is_ascii_alphabetic());
    // "file:///C:/music" leaves "/C:/music".
    let after_drive = if drive {
        Some(&slashes[3..])
    } else {
        slashes.strip_prefix('/').filter(|rest| rest.get(1..3) == Some(":/")).map(|rest| &rest[3..])
    };
    if let Some(mut rest) = after_drive {
        files.push(folder.join(rest));
        while let Some((_, shorter)) = rest.split_once('/') {
            files.push(folder.join(shorter));
            rest = shorter;
        }
    } else if slashes != path {
        files.push(folder.join(slashes));
    }
    files
}

/// Takes `%20` and the like back to the bytes that they stand for.
fn decoded(path: &str) -> String {
    let bytes = path.as_bytes();
    let (mut plain, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| path.get(at + 1..at + 3)).flatten();
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            plain.push(byte);
            at += 3;
        } else {
            plain.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extended_list_is_read_with_mark_titles_and_lengths() {
        let text = "\u{feff}#EXTM3U\r\n#EXTINF:123,The Lamps - Glow\r\nGlow.ogg\r\n\r\n\
                    #EXTINF:-1 tvg-id=\"x\",Nobody\r\nsub\\two.mp3\r\n# words\r\n../three.flac\r\n";
        let items = parse(text.as_bytes());
        assert_eq!(
            items,
            [
                M3uItem {
                    line: 3,
                    path: "Glow.ogg".into(),
                    title: Some("The Lamps - Glow".into()),
                    duration: Some(Duration::from_secs(123)),
                },
                M3uItem {
                    line: 6,
                    path: "sub\\two.mp3".into(),
                    title: Some("Nobody".into()),
                    duration: None
                },
                M3uItem { line: 8, path: "../three.flac".into(), title: None, duration: None },
            ]
        );
        assert_eq!(items[1].files(Path::new("/m"))[1], Path::new("/m/sub/two.mp3"));
        assert_eq!(items[2].files(Path::new("/m/lists")), [PathBuf::from("/m/lists/../three.flac")]);
    }

    #[test]
    fn latin_1_and_addresses_are_understood() {
        let items = parse(b"M\xfcnchen.ogg\nfile:///m/a%20b.ogg\nhttp://radio/stream\n");
        assert_eq!(items[0].path, "München.ogg");
        assert_eq!(items[1].files(Path::new("/x")), [PathBuf::from("/m/a b.ogg")]);
        assert_eq!(items[2].files(Path::new("/x")), Vec::<PathBuf>::new());
    }

    #[test]
    fn nothing_in_a_file_can_hurt() {
        assert_eq!(parse(b""), []);
        assert_eq!(parse(b"\xEF\xBB\xBF"), []);
        assert_eq!(parse(b"#EXTINF:\n%\n")[0].path, "%");
        assert_eq!(decoded("%zz%"), "%zz%");
    }

    #[test]
    fn paths_of_other_systems_and_encodings_are_tried() {
        let files = |text: &str| parse(text.as_bytes())[0].files(Path::new("/m"));
        assert_eq!(
            files("My%20Song.ogg"),
            [PathBuf::from("/m/My%20Song.ogg"), PathBuf::from("/m/My Song.ogg")]
        );
        assert_eq!(files("file://localhost/x/a%20b.ogg"), [PathBuf::from("/x/a b.ogg")]);
        assert!(files("C:\\Users\\me\\Music\\Sub\\a.ogg").contains(&PathBuf::from("/m/Sub/a.ogg")));
        assert!(files("file:///C:/Music/Sub/a.ogg").contains(&PathBuf::from("/m/Sub/a.ogg")));
    }

    #[test]
    fn utf_16_is_read_with_and_without_a_mark() {
        let units: Vec<u16> = "Björk.ogg\r\n".encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for bytes in
            [little.clone(), [&[0xFF, 0xFE][..], &little].concat(), [&[0xFE, 0xFF][..], &big].concat()]
        {
            assert_eq!(parse(&bytes)[0].path, "Björk.ogg");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

        /// Any bytes are a list of some tracks, each with its line and with a few places to look at.
        #[test]
        fn any_bytes_are_a_list(
            head in proptest::sample::select(vec![&b""[..], b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF", b"#EXTINF:"]),
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80),
            lines in proptest::collection::vec("(file://|C:\\\\|/)?[a-z%0-9\\\\/ é]{0,24}", 0..4),
        ) {
            let whole = [head, &bytes, b"\n", lines.join("\n").as_bytes()].concat();
            for item in parse(&whole) {
                assert!(item.line >= 1 && item.path.trim() == item.path && !item.path.is_empty());
                assert!(item.files(Path::new("/m")).len() <= 2 * (item.path.len() + 2));
            }
        }
    }
}

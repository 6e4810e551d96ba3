//! Reading M3U and M3U8 playlists of other players.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// A track that a list names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct M3uItem {
    /// Line in the file, from 1.
    pub line: usize,
    /// As it is written, with `/` between folders.
    pub path: String,
    /// "Artist - Title" of `#EXTINF`.
    pub title: Option<String>,
    /// Length of `#EXTINF`; players write −1 where they do not know it.
    pub duration: Option<Duration>,
}

/// Takes apart the bytes of a list. UTF-8 with or without a mark at its beginning; what is not UTF-8 is
/// read as Latin-1, in which older players wrote `.m3u`.
#[must_use]
pub fn parse(bytes: &[u8]) -> Vec<M3uItem> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes)
        .map_or_else(|_| bytes.iter().map(|byte| char::from(*byte)).collect(), str::to_owned);
    let (mut items, mut title, mut duration) = (Vec::new(), None, None);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(info) = line.strip_prefix("#EXTINF:") {
            (duration, title) = extended(info);
        } else if !line.is_empty() && !line.starts_with('#') {
            let path = if line.contains('/') { line.to_owned() } else { line.replace('\\', "/") };
            items.push(M3uItem { line: index + 1, path, title: title.take(), duration: duration.take() });
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
    /// Where the track is; `folder` is that of the list. `None` is a stream from somewhere else.
    #[must_use]
    pub fn file(&self, folder: &Path) -> Option<PathBuf> {
        match self.path.split_once("://") {
            Some(("file", path)) => Some(PathBuf::from(decoded(path))),
            Some(_) => None,
            None => Some(folder.join(&self.path)),
        }
    }
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
                M3uItem { line: 6, path: "sub/two.mp3".into(), title: Some("Nobody".into()), duration: None },
                M3uItem { line: 8, path: "../three.flac".into(), title: None, duration: None },
            ]
        );
        assert_eq!(items[2].file(Path::new("/m/lists")), Some("/m/lists/../three.flac".into()));
    }

    #[test]
    fn latin_1_and_addresses_are_understood() {
        let items = parse(b"M\xfcnchen.ogg\nfile:///m/a%20b.ogg\nhttp://radio/stream\n");
        assert_eq!(items[0].path, "München.ogg");
        assert_eq!(items[1].file(Path::new("/x")), Some("/m/a b.ogg".into()));
        assert_eq!(items[2].file(Path::new("/x")), None);
    }

    #[test]
    fn nothing_in_a_file_can_hurt() {
        assert_eq!(parse(b""), []);
        assert_eq!(parse(b"\xEF\xBB\xBF"), []);
        assert_eq!(parse(b"#EXTINF:\n%\n")[0].path, "%");
        assert_eq!(decoded("%zz%"), "%zz%");
    }
}

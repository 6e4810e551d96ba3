//! Paths as text: to show, and to keep.
//!
//! A path is bytes. Most are UTF-8, and some hold line breaks or codes that a terminal would carry out. What is shown is
//! one line without such codes; what is kept gives the very same path back.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// In a kept path, the byte `b` of something that is not UTF-8 is the letter `ESCAPED + b` of the private use area.
const ESCAPED: u32 = 0xEF00;
const ESCAPES: std::ops::RangeInclusive<u32> = ESCAPED + 0x80..=ESCAPED + 0xFF;

/// A path on one line for people: control characters and line separators are shown as spaces, what is not UTF-8 as "�".
#[must_use]
pub fn show_path(path: &Path) -> String {
    show_name(path.as_os_str())
}

/// A name on one line for people, as [`show_path`].
#[must_use]
pub fn show_name(name: &OsStr) -> String {
    // Marks that turn the direction of writing would show another name than the file has.
    let is_code = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    name.to_string_lossy().chars().map(|c| if is_code(c) { ' ' } else { c }).collect()
}

/// For reports: the path as text, with "�" for what is not UTF-8.
///
/// # Errors
/// Those of the serializer.
pub fn serialize_path<S: serde::Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

/// A path as text from which [`path_of_text`] makes it again, whatever bytes it has. The text of a folder is the beginning
/// of the text of what is below it.
#[must_use]
pub fn text_of_path(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if ESCAPES.contains(&u32::from(letter)) {
                let mut buffer = [0; 4];
                text.extend(letter.encode_utf8(&mut buffer).bytes().map(escaped));
            } else {
                text.push(letter);
            }
        }
        text.extend(chunk.invalid().iter().copied().map(escaped));
    }
    text
}

fn escaped(byte: u8) -> char {
    char::from_u32(ESCAPED + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The path that [`text_of_path`] has written.
#[must_use]
pub fn path_of_text(text: &str) -> PathBuf {
    if !text.chars().any(|letter| ESCAPES.contains(&u32::from(letter))) {
        return PathBuf::from(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.chars() {
        let code = u32::from(letter);
        if ESCAPES.contains(&code) {
            bytes.push((code - ESCAPED) as u8);
        } else {
            let mut buffer = [0; 4];
            bytes.extend(letter.encode_utf8(&mut buffer).bytes());
        }
    }
    path_of_bytes(bytes)
}

#[cfg(unix)]
fn path_of_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    std::ffi::OsString::from_vec(bytes).into()
}

/// Elsewhere names are always Unicode, or nearly.
#[cfg(not(unix))]
fn path_of_bytes(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use proptest::prelude::*;

    use super::*;

    /// A path that is text stays as it is, so that a library from before still knows its files.
    #[test]
    fn a_plain_path_is_kept_as_it_is() {
        assert_eq!(text_of_path(Path::new("/m/Björk/\n-1.ogg")), "/m/Björk/\n-1.ogg");
    }

    #[test]
    fn a_path_is_shown_on_one_line_and_without_codes() {
        assert_eq!(show_path(Path::new("a\nb\u{1b}[31m\u{202e}c")), "a b [31m c");
        assert_eq!(show_path(Path::new(OsStr::from_bytes(b"x\xFFy"))), "x\u{fffd}y");
    }

    proptest! {
        /// Every path comes back, two paths never share a text, and folders stay the beginning of what is in them.
        #[test]
        fn every_path_comes_back(bytes in prop::collection::vec(any::<u8>(), 0..40), private in 0xEF70_u32..0xF010) {
            let name = [&bytes[..], char::from_u32(private).expect("a letter").to_string().as_bytes()].concat();
            let path = Path::new(OsStr::from_bytes(&name));
            prop_assert_eq!(path_of_text(&text_of_path(path)), path);
            let below = path.join("x");
            prop_assert!(text_of_path(&below).starts_with(&text_of_path(path)));
        }
    }
}

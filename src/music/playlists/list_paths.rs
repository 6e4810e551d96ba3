//! Where the tracks of a list may be: paths as other players on other systems write them.

use std::path::{Component, Path, PathBuf};

use super::list_text::percent_decoded;

/// Where a track of a list may be, the likeliest first. `folders` are that of the list and others with music. Empty for a
/// stream from somewhere else.
///
/// Other players write paths as they are, percent-encoded, as `file:` addresses, with backslashes, or from the root of
/// another machine; of the last, every end of the path is tried below the folders, the longest first.
pub(super) fn possible_files(written: &str, folders: &[&Path]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let add = |file: PathBuf, files: &mut Vec<PathBuf>| {
        if !files.contains(&file) {
            files.push(file);
        }
    };
    let (texts, is_address) = match path_of_address(written) {
        PathText::Elsewhere => return files,
        PathText::Address(path) => (vec![percent_decoded(&path)], true),
        PathText::Plain(path) => (vec![path.clone(), percent_decoded(&path)], false),
    };
    for text in &texts {
        for folder in folders {
            if !is_address || text.starts_with('/') {
                add(folder.join(text), &mut files);
            }
            let slashes = text.replace('\\', "/");
            let path = without_drive(&slashes);
            if path == text.as_str() || (!path.starts_with('/') && path.len() == slashes.len()) {
                add(folder.join(path), &mut files);
            }
            add(without_detours(&folder.join(path)), &mut files);
        }
    }
    for text in &texts {
        let slashes = text.replace('\\', "/");
        let path = without_drive(&slashes);
        let is_whole = path.starts_with('/') || path.len() < slashes.len();
        if !is_whole {
            continue;
        }
        let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
        for from in 0..parts.len() {
            for folder in folders {
                add(folder.join(parts[from..].join("/")), &mut files);
            }
        }
    }
    files
}

enum PathText {
    /// A path, perhaps percent-encoded.
    Plain(String),
    /// The path of a `file:` address.
    Address(String),
    /// Another kind of address.
    Elsewhere,
}

/// `file://localhost/m/a.ogg`, `file:///m/a.ogg` and `file:/m/a.ogg` are the same file of this machine.
fn path_of_address(written: &str) -> PathText {
    let is_file = written.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:"));
    if is_file {
        let path = &written[5..];
        let path = match path.strip_prefix("//") {
            Some(host_and_path) => host_and_path.find('/').map_or("", |slash| &host_and_path[slash..]),
            None => path,
        };
        return PathText::Address(path.to_owned());
    }
    let scheme = written.split_once("://").map(|(scheme, _)| scheme);
    let is_scheme = |scheme: &str| {
        scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    if scheme.is_some_and(is_scheme) { PathText::Elsewhere } else { PathText::Plain(written.to_owned()) }
}

/// Without `C:` and, in an address, `/C:` or `/C|` before it.
fn without_drive(path: &str) -> &str {
    let letter = path.strip_prefix('/').unwrap_or(path);
    let bytes = letter.as_bytes();
    let is_drive = bytes.len() > 2
        && bytes[0].is_ascii_alphabetic()
        && matches!(bytes[1], b':' | b'|')
        && bytes[2] == b'/';
    if is_drive { &letter[2..] } else { path }
}

/// `a/../b` is `b` in a list, also where there is no `a`.
fn without_detours(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(written: &str) -> Vec<PathBuf> {
        possible_files(written, &[Path::new("/m/lists"), Path::new("/m")])
    }

    /// The first place that is tried is the one that is written; streams are nowhere on this machine.
    #[test]
    fn what_is_written_comes_first() {
        assert_eq!(files("a.ogg")[0], Path::new("/m/lists/a.ogg"));
        assert_eq!(files("/x/a.ogg")[0], Path::new("/x/a.ogg"));
        assert_eq!(files("file:///x/a%20b.ogg")[0], Path::new("/x/a b.ogg"));
        for stream in ["http://radio/a.ogg", "mms://radio/x", "HTTPS://radio/a"] {
            assert_eq!(files(stream), Vec::<PathBuf>::new(), "{stream}");
        }
    }

    /// Each way to write the file `/m/Sub/a b.ogg` leads to it.
    #[test]
    fn paths_of_other_systems_lead_to_the_file() {
        let file = PathBuf::from("/m/Sub/a b.ogg");
        for written in [
            "../Sub/a b.ogg",
            "..\\Sub\\a b.ogg",
            "..%5CSub%5Ca%20b.ogg",
            "..%2FSub%2Fa%20b.ogg",
            "gone/../../Sub/a b.ogg",
            "Sub/a b.ogg",
            "file:///m/Sub/a%20b.ogg",
            "file://localhost/m/Sub/a%20b.ogg",
            "FILE://LOCALHOST/m/Sub/a%20b.ogg",
            "file:/m/Sub/a%20b.ogg",
            "file:///C:/Users/me/Music/Sub/a%20b.ogg",
            "file:///C|/Music/Sub/a%20b.ogg",
            "file://server/share/Sub/a%20b.ogg",
            "C:\\Users\\me\\Music\\Sub\\a b.ogg",
            "D:/Sub/a b.ogg",
            "\\\\server\\share\\Sub\\a b.ogg",
            "/home/somebody/Music/Sub/a b.ogg",
            "/Volumes/Music/./Sub/a b.ogg",
        ] {
            assert!(files(written).contains(&file), "{written}: {:?}", files(written));
        }
    }
}

//! Tags of containers in places that neither lofty nor Symphonia reads: the title of a Matroska segment, and the
//! information chunk of a CAF file.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// The elements of Matroska that lead to the title (RFC 9559).
const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_A966;
const TITLE: u32 = 0x7BA9;
/// Text is among the first bytes of a file, or it is not looked for.
const WITHIN: u64 = 256 * 1024;
/// A file of more chunks is damaged.
const MOST_CHUNKS: u32 = 1_000;

/// The title of a Matroska or `WebM` file.
pub(super) fn matroska_tags(file: &Path) -> Vec<(String, String)> {
    let Some(bytes) = first_bytes(file) else { return Vec::new() };
    if !bytes.starts_with(b"\x1A\x45\xDF\xA3") {
        return Vec::new();
    }
    let title =
        child(&bytes, SEGMENT).and_then(|segment| child(segment, INFO)).and_then(|info| child(info, TITLE));
    title.map(|title| vec![("TITLE".to_owned(), text(title))]).unwrap_or_default()
}

fn first_bytes(file: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file).ok()?.take(WITHIN).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned()
}

/// The body of the first element with this number. The last element may go on beyond the bytes that were read, and the
/// size of one that was written live is unknown.
fn child(mut bytes: &[u8], wanted: u32) -> Option<&[u8]> {
    while !bytes.is_empty() {
        let (id, rest) = element_number(bytes)?;
        let (size, rest) = element_size(rest)?;
        let length = size.and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX).min(rest.len());
        if id == wanted {
            return Some(&rest[..length]);
        }
        bytes = &rest[length..];
    }
    None
}

/// The number of an element, with the mark of its length.
fn element_number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let length = bytes.first()?.leading_zeros() as usize + 1;
    let number = bytes.get(..length).filter(|_| length <= 4)?;
    Some((number.iter().fold(0, |all, byte| all << 8 | u32::from(*byte)), &bytes[length..]))
}

/// The size of an element, without the mark of its length; all ones are an unknown size.
fn element_size(bytes: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let length = bytes.first()?.leading_zeros() as usize + 1;
    let number = bytes.get(..length).filter(|_| length <= 8)?;
    let all = number.iter().fold(0, |all, byte| all << 8 | u64::from(*byte));
    let largest = (1_u64 << (7 * length)) - 1;
    let size = all & largest;
    Some(((size != largest).then_some(size), &bytes[length..]))
}

/// The information of a CAF file.
pub(super) fn caf_tags(file: &Path) -> Vec<(String, String)> {
    read_caf(file).unwrap_or_default()
}

fn read_caf(path: &Path) -> std::io::Result<Vec<(String, String)>> {
    let mut file = File::open(path)?;
    let mut magic = [0; 8];
    file.read_exact(&mut magic)?;
    if !magic.starts_with(b"caff") {
        return Ok(Vec::new());
    }
    let mut at = magic.len() as u64;
    for _ in 0..MOST_CHUNKS {
        file.seek(SeekFrom::Start(at))?;
        let mut header = [0; 12];
        file.read_exact(&mut header)?;
        let [a, b, c, d, size @ ..] = header;
        // A size of −1 goes on until the end.
        let Ok(size) = u64::try_from(i64::from_be_bytes(size)) else { break };
        if [a, b, c, d] == *b"info" {
            let mut body = Vec::new();
            file.take(size.min(WITHIN)).read_to_end(&mut body)?;
            let texts: Vec<String> =
                body.get(4..).unwrap_or(&[]).split(|byte| *byte == 0).map(text).collect();
            return Ok(texts
                .as_chunks::<2>()
                .0
                .iter()
                .map(|[key, value]| (key.clone(), value.clone()))
                .collect());
        }
        at = at.saturating_add(12).saturating_add(size);
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("file");
        std::fs::write(&file, bytes).expect("written");
        (dir, file)
    }

    /// The title is found in a segment of unknown size too, as live recordings have it.
    #[test]
    fn the_title_of_a_segment_is_found() {
        let info = b"\x15\x49\xA9\x66\x8A\x2A\xD7\xB1\x81\x01\x7B\xA9\x82Hi";
        for size in [&b"\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF"[..], &[0x80 | info.len() as u8]] {
            let bytes = [&b"\x1A\x45\xDF\xA3\x80\x18\x53\x80\x67"[..], size, info].concat();
            let (_dir, file) = file(&bytes);
            assert_eq!(matroska_tags(&file), [("TITLE".to_owned(), "Hi".to_owned())]);
        }
    }

    #[test]
    fn the_information_of_a_caf_file_is_read() {
        let body = b"\0\0\0\x02title\0One\0artist\0Anna\0";
        let bytes = [
            &b"caff\0\x01\0\0desc"[..],
            &3_i64.to_be_bytes(),
            b"abcinfo",
            &(body.len() as u64).to_be_bytes(),
            body,
        ]
        .concat();
        let (_dir, file) = file(&bytes);
        let tags = caf_tags(&file);
        assert_eq!(tags[0], ("title".to_owned(), "One".to_owned()));
        assert_eq!(tags[1], ("artist".to_owned(), "Anna".to_owned()));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

        /// Any bytes give some tags or none.
        #[test]
        fn any_bytes_end(
            magic in proptest::sample::select(vec![&b"caff\0\x01\0\0info"[..], b"\x1A\x45\xDF\xA3\x80\x18\x53\x80\x67"]),
            rest in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        ) {
            let (_dir, file) = file(&[magic, &rest].concat());
            matroska_tags(&file);
            caf_tags(&file);
        }
    }
}

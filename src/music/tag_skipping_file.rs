//! A file without the `ID3v2` tags at its beginning.
//!
//! Decoders look for the first frame of sound within the first megabyte. A tag with a large cover is longer than that, so
//! it is passed over by the length that its header gives.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

/// The header of a tag, and of its optional footer.
const HEADER: u64 = 10;

/// Reads and seeks as if the file began after its tags.
#[derive(Debug)]
pub(super) struct TagSkippingFile {
    file: File,
    /// Where the sound begins, in bytes.
    start: u64,
}

impl TagSkippingFile {
    /// Finds the end of the tags. The file is left at the beginning of the sound.
    pub(super) fn new(mut file: File) -> io::Result<Self> {
        let mut start = 0;
        while let Some(length) = tag_length(&mut file, start)? {
            start += length;
        }
        // A length that is beyond the end is damage; the decoder then sees the whole file.
        if start >= file.metadata()?.len() {
            start = 0;
        }
        file.seek(SeekFrom::Start(start))?;
        Ok(Self { file, start })
    }
}

/// The length of the `ID3v2` tag at this position, if there is one: seven bits of each of the four bytes of its size.
fn tag_length(file: &mut File, at: u64) -> io::Result<Option<u64>> {
    file.seek(SeekFrom::Start(at))?;
    let mut header = [0; HEADER as usize];
    if file.read_exact(&mut header).is_err() {
        return Ok(None);
    }
    let [b'I', b'D', b'3', _, _, flags, size @ ..] = header else { return Ok(None) };
    if size.iter().any(|byte| *byte >= 0x80) {
        return Ok(None);
    }
    let size = size.iter().fold(0, |size, byte| size << 7 | u64::from(*byte));
    let footer = if flags & 0x10 == 0 { 0 } else { HEADER };
    Ok(Some(HEADER + size + footer))
}

impl Read for TagSkippingFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Seek for TagSkippingFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(offset) => SeekFrom::Start(self.start.saturating_add(offset)),
            other => other,
        };
        Ok(self.file.seek(to)?.saturating_sub(self.start))
    }
}

impl MediaSource for TagSkippingFile {
    fn is_seekable(&self) -> bool {
        self.file.is_seekable()
    }

    fn byte_len(&self) -> Option<u64> {
        self.file.byte_len().map(|length| length.saturating_sub(self.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tags are passed over, positions count from the sound, and a length beyond the end leaves the file as it is.
    #[test]
    fn the_file_begins_after_its_tags() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("tagged");
        let tag = |size: [u8; 4], length: usize| {
            let mut tag = b"ID3\x04\0\0".to_vec();
            tag.extend(size);
            tag.extend(vec![b'x'; length]);
            tag
        };
        let read = |bytes: &[u8]| {
            std::fs::write(&path, bytes).expect("written");
            let mut file = TagSkippingFile::new(File::open(&path).expect("opened")).expect("read");
            let mut text = String::new();
            file.read_to_string(&mut text).expect("text");
            let end = file.seek(SeekFrom::End(0)).expect("a seek");
            assert_eq!(file.seek(SeekFrom::Start(2)).expect("a seek"), 2);
            (text, end)
        };
        let mut bytes = tag([0, 0, 1, 2], 130);
        bytes.extend(tag([0, 0, 0, 3], 3));
        bytes.extend(b"sound");
        assert_eq!(read(&bytes), ("sound".to_owned(), 5));
        let broken = tag([0, 1, 0, 0], 4);
        assert_eq!(read(&broken).1, 14);
    }
}

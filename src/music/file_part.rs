//! A part of a file as a decoder sees it: without the tags at its beginning, up to a certain byte, and with sizes in its
//! header that are true.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use symphonia::core::io::MediaSource;

/// Other bytes in the place of those in the file, e.g. a size that a recorder could not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HeaderPatch {
    /// Position in the file.
    pub(super) at: u64,
    pub(super) bytes: [u8; 4],
}

/// Which bytes of a file a decoder gets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct PartPlan {
    /// Bytes before those of the file, e.g. headers without a cover.
    pub(super) prefix: Vec<u8>,
    pub(super) range: Range<u64>,
    pub(super) patches: Vec<HeaderPatch>,
}

/// Reads and seeks as if the file were this part of it.
#[derive(Debug)]
pub(super) struct FilePart {
    file: File,
    plan: PartPlan,
    /// Where it is read next, in the part.
    at: u64,
}

impl FilePart {
    /// Begins at the start of the part.
    pub(super) fn new(mut file: File, plan: PartPlan) -> io::Result<Self> {
        file.seek(SeekFrom::Start(plan.range.start))?;
        Ok(Self { file, plan, at: 0 })
    }

    fn prefix_length(&self) -> u64 {
        self.plan.prefix.len() as u64
    }

    fn length(&self) -> u64 {
        self.prefix_length() + self.plan.range.end.saturating_sub(self.plan.range.start)
    }

    /// Reads from the file, where it stands.
    fn read_file(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.length().saturating_sub(self.at);
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.file.read(&mut buffer[..most])?;
        let begin = self.plan.range.start + self.at - self.prefix_length();
        for HeaderPatch { at, bytes } in &self.plan.patches {
            for (position, byte) in (*at..).zip(bytes) {
                if let Some(place) = position.checked_sub(begin)
                    && let Some(read) = buffer[..count].get_mut(usize::try_from(place).unwrap_or(usize::MAX))
                {
                    *read = *byte;
                }
            }
        }
        Ok(count)
    }
}

impl Read for FilePart {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let prefix = usize::try_from(self.at).ok().and_then(|at| self.plan.prefix.get(at..));
        let count = match prefix.filter(|left| !left.is_empty()) {
            Some(mut left) => left.read(buffer)?,
            None => self.read_file(buffer)?,
        };
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for FilePart {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.length().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        let at = at.ok_or(io::ErrorKind::InvalidInput)?;
        let within = at.saturating_sub(self.prefix_length());
        let place = self.plan.range.start.checked_add(within).ok_or(io::ErrorKind::InvalidInput)?;
        self.file.seek(SeekFrom::Start(place))?;
        self.at = at;
        Ok(at)
    }
}

impl MediaSource for FilePart {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Positions count from the part, its end is an end of file, and a patch is read in the place of what is written.
    #[test]
    fn a_part_is_read_as_a_file_of_its_own() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("file");
        std::fs::write(&path, b"tagRIFF0000WAVEtail").expect("written");
        let patches = vec![HeaderPatch { at: 7, bytes: *b"1234" }];
        let plan = PartPlan { range: 3..15, patches, ..PartPlan::default() };
        let mut part = FilePart::new(File::open(&path).expect("opened"), plan).expect("read");
        assert_eq!(part.byte_len(), Some(12));
        let mut text = String::new();
        part.read_to_string(&mut text).expect("text");
        assert_eq!(text, "RIFF1234WAVE");
        assert_eq!(part.seek(SeekFrom::Start(6)).expect("a seek"), 6);
        text.clear();
        part.read_to_string(&mut text).expect("text");
        assert_eq!(text, "34WAVE");
        assert_eq!(part.seek(SeekFrom::End(-4)).expect("a seek"), 8);
        assert!(part.seek(SeekFrom::Current(-9)).is_err(), "before the beginning");
    }

    /// Bytes that are not in the file come first, and are sought as all others.
    #[test]
    fn a_part_may_begin_with_other_bytes() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("file");
        std::fs::write(&path, b"0123456789").expect("written");
        let plan = PartPlan { prefix: b"new".to_vec(), range: 4..8, patches: Vec::new() };
        let mut part = FilePart::new(File::open(&path).expect("opened"), plan).expect("read");
        let read = |part: &mut FilePart, to| {
            part.seek(to).expect("a seek");
            let mut text = String::new();
            part.read_to_string(&mut text).expect("text");
            text
        };
        assert_eq!(part.byte_len(), Some(7));
        for (to, text) in [
            (SeekFrom::Start(0), "new4567"),
            (SeekFrom::Start(2), "w4567"),
            (SeekFrom::End(-3), "567"),
            (SeekFrom::Start(99), ""),
        ] {
            assert_eq!(read(&mut part, to), text, "{to:?}");
        }
    }
}

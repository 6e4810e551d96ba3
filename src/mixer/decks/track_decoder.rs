//! Decodes a file of music into stereo frames, packet by packet.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kira::Frame;

use crate::music::{SoundFile, SoundFileError};

/// An open file. Yields stereo frames at the rate of the file.
pub(in crate::mixer) struct TrackDecoder {
    path: PathBuf,
    file: SoundFile,
}

impl TrackDecoder {
    /// Opens a file and finds its first track of sound.
    pub(in crate::mixer) fn open(path: &Path) -> Result<Self, SoundFileError> {
        Ok(Self { path: path.to_owned(), file: SoundFile::open(path)? })
    }

    /// Frames per second of the file.
    pub(in crate::mixer) fn rate(&self) -> u32 {
        self.file.rate()
    }

    /// Frames in the whole file, where its header says so.
    pub(in crate::mixer) fn length(&self) -> Option<u64> {
        self.file.length()
    }

    /// Starts over at the first frame.
    pub(in crate::mixer) fn rewind(&mut self) -> Result<(), SoundFileError> {
        *self = Self::open(&self.path)?;
        Ok(())
    }

    /// Seeks to a time in the file, and writes the first packet that decodes there to `out`. Returns the
    /// number of its first frame, and how many frames to skip to be exact. `None` if the format cannot
    /// seek; the position is undefined then.
    pub(in crate::mixer) fn seek(&mut self, to: Duration, out: &mut Vec<Frame>) -> Option<(u64, usize)> {
        self.file.seek(to)?;
        self.next_timed(out).and_then(|first| {
            let wanted = (to.as_secs_f64() * f64::from(self.rate())).round() as u64;
            Some((first, usize::try_from(wanted.checked_sub(first)?).ok()?))
        })
    }

    /// Replaces `out` with the frames of the next packet that decodes. `false` at the end of the file,
    /// or where it breaks off.
    pub(in crate::mixer) fn next(&mut self, out: &mut Vec<Frame>) -> bool {
        self.next_timed(out).is_some()
    }

    /// Like [`TrackDecoder::next`], and returns the number of the first frame in the file.
    fn next_timed(&mut self, out: &mut Vec<Frame>) -> Option<u64> {
        out.clear();
        let packet = self.file.next()?;
        out.extend(packet.samples.chunks_exact(2).map(|frame| Frame::new(frame[0], frame[1])));
        Some(packet.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn support(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/music").join(name)
    }

    fn all(decoder: &mut TrackDecoder) -> Vec<Frame> {
        let (mut frames, mut packet) = (Vec::new(), Vec::new());
        while decoder.next(&mut packet) {
            frames.extend_from_slice(&packet);
        }
        frames
    }

    #[test]
    fn a_seek_finds_the_very_frame_in_every_format() {
        for name in ["tone.ogg", "tone.flac", "tone.mp3"] {
            let whole = all(&mut TrackDecoder::open(&support(name)).expect("opens"));
            for seconds in [0.4, 1.013, 1.9] {
                let mut decoder = TrackDecoder::open(&support(name)).expect("opens");
                let mut packet = Vec::new();
                let to = Duration::from_secs_f64(seconds);
                let (first, skip) = decoder.seek(to, &mut packet).expect("can seek");
                let mut found = packet;
                found.extend(all(&mut decoder));
                let found = &found[skip..];
                let wanted = (seconds * f64::from(decoder.rate())).round() as usize;
                assert_eq!(first as usize + skip, wanted, "{name}");
                assert_eq!(found.len(), whole.len() - wanted, "{name} at {seconds} s");
                let worst = found
                    .iter()
                    .zip(&whole[wanted..])
                    .map(|(a, b)| (a.left - b.left).abs())
                    .fold(0.0, f32::max);
                assert!(worst < 1e-3, "{name} at {seconds} s is off by {worst}");
            }
        }
    }

    /// Four seconds of music, of which an encoder makes whole blocks. An MP3 file whose header does not tell its length has
    /// none, and is never cut short by a guess.
    #[test]
    fn what_an_encoder_adds_at_the_ends_is_cut_off() {
        for (name, length) in [("tone.ogg", Some(176_400)), ("tone.flac", Some(32_000)), ("tone.mp3", None)] {
            let mut decoder = TrackDecoder::open(&support(name)).expect("opens");
            assert_eq!(decoder.length(), length, "{name}");
            let frames = all(&mut decoder).len() as u64;
            assert_eq!(frames, length.unwrap_or(155 * 1_152), "{name}");
        }
    }
}

//! A file of music as packets of stereo samples, decoded from start to end or from a place in it. The analysis and the
//! mixer both read this, so what is measured is what is played.
//!
//! A chained file is one piece of music: its links follow each other without a gap, at the highest rate of all. A track of
//! a CUE sheet is a range of its file, exact to the frame.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::cue_track::{CueError, CueTrack};
use super::file_layout::FileLayout;
use super::file_part::FilePart;
use super::rate_converter::RateConverter;
use super::sound_formats::playable_formats;
use super::sound_stream::{PREROLL, SoundStream, SoundStreamError};

/// Why a file cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SoundFileError {
    #[error("cannot be opened: {0}")]
    Open(#[from] std::io::Error),
    #[error("is not music that can be decoded ({formats}): {0}", formats = playable_formats())]
    Format(String),
    #[error("holds no sound that can be decoded")]
    NoSound,
    #[error(transparent)]
    Cue(#[from] CueError),
}

/// An open file.
pub(crate) struct SoundFile {
    path: PathBuf,
    layout: FileLayout,
    /// The links that can be decoded, in their order; one for most files.
    links: Vec<Link>,
    /// The link that is open.
    at: usize,
    stream: SoundStream,
    converter: Option<RateConverter>,
    converted: Vec<f32>,
    rate: u32,
    /// The frames that are played, all in the file.
    range: Range<u64>,
    /// Whether the end of the range is known.
    is_bounded: bool,
    /// Number of the next frame of a link that is converted.
    next_converted: Option<u64>,
}

/// A stream in a chained file.
#[derive(Debug, Clone, Copy)]
struct Link {
    /// Its part of the file.
    part: usize,
    rate: u32,
    /// Its first frame, at the rate of the file; `None` if the length of a link before it is unknown.
    first: Option<u64>,
    /// Its frames at the rate of the file.
    length: Option<u64>,
}

/// The samples of one packet: left and right in turn. Samples that are not finite are silence.
pub(crate) struct Packet<'a> {
    pub(crate) samples: &'a [f32],
    /// Number of its first frame in the track.
    pub(crate) first: u64,
}

impl SoundFile {
    /// Opens a file, or the range of a file that is a track of a CUE sheet, and finds its first track of sound.
    pub(crate) fn open(path: &Path) -> Result<Self, SoundFileError> {
        match CueTrack::find(path)? {
            None => Self::open_whole(path),
            Some(cue) => Self::open_whole(&cue.file)?.between(&cue),
        }
    }

    fn open_whole(path: &Path) -> Result<Self, SoundFileError> {
        let mut file = File::open(path)?;
        let layout = FileLayout::of(&mut file)?;
        let (mut links, mut first_stream, mut problem) = (Vec::new(), None, None);
        for part in 0..layout.parts.len() {
            match open_part(path, &layout, part) {
                Ok(stream) => {
                    links.push(Link { part, rate: stream.rate(), first: None, length: stream.length() });
                    first_stream.get_or_insert(stream);
                }
                Err(error) => {
                    problem.get_or_insert(error);
                }
            }
        }
        let Some(stream) = first_stream else { return Err(problem.unwrap_or(SoundFileError::NoSound)) };
        let rate = links.iter().map(|link| link.rate).max().unwrap_or(stream.rate());
        let length = lay_out(&mut links, rate);
        let converter = converter(stream.rate(), rate);
        Ok(Self {
            path: path.to_owned(),
            layout,
            links,
            at: 0,
            stream,
            converter,
            converted: Vec::new(),
            rate,
            range: 0..length.unwrap_or(u64::MAX),
            is_bounded: length.is_some(),
            next_converted: Some(0),
        })
    }

    /// Only the range of a track of a CUE sheet.
    fn between(mut self, cue: &CueTrack) -> Result<Self, SoundFileError> {
        let frame =
            |time: u32| u64::from(time) * u64::from(self.rate) / u64::from(CueTrack::FRAMES_PER_SECOND);
        let start = frame(cue.start);
        let end = cue.end.map_or(self.range.end, frame).min(self.range.end);
        if start >= end {
            return Err(
                CueError::BeyondTheEnd { file: self.path, seconds: start / u64::from(self.rate) }.into()
            );
        }
        self.is_bounded |= cue.end.is_some();
        self.range = start..end;
        if self.go_to(start).is_none() {
            let Self { path, range, is_bounded, .. } = self;
            self = Self { range, is_bounded, ..Self::open_whole(&path)? };
        }
        Ok(self)
    }

    /// Frames per second.
    pub(crate) fn rate(&self) -> u32 {
        self.rate
    }

    /// Frames in the whole track, where the header of its file says so.
    pub(crate) fn length(&self) -> Option<u64> {
        self.is_bounded.then_some(self.range.end - self.range.start)
    }

    /// The tags that the container itself has, by name.
    pub(super) fn take_tags(&mut self) -> Vec<(String, String)> {
        self.stream.take_tags()
    }

    /// Goes to the packet that holds this time, or so much before that the decoder is right when it comes to it; `None` if
    /// the format cannot seek, and then the next packet is undefined.
    pub(crate) fn seek(&mut self, to: Duration) -> Option<()> {
        let frame = (to.as_secs_f64() * f64::from(self.rate)).round() as u64;
        self.go_to(self.range.start.checked_add(frame)?)
    }

    /// Goes to a frame of the file, or a little before.
    fn go_to(&mut self, frame: u64) -> Option<()> {
        let preroll = (PREROLL.as_secs_f64() * f64::from(self.rate)) as u64;
        let frame = frame.saturating_sub(preroll);
        let at = self.links.iter().rposition(|link| link.first.is_some_and(|first| first <= frame))?;
        if at != self.at {
            self.open_link(at).ok()?;
        }
        let Link { rate, first, .. } = self.links[at];
        let within = (frame - first?) * u64::from(rate) / u64::from(self.rate);
        self.stream.seek(within)?;
        if let Some(converter) = &mut self.converter {
            converter.reset();
        }
        self.next_converted = None;
        Some(())
    }

    fn open_link(&mut self, at: usize) -> Result<(), SoundFileError> {
        let Link { part, rate, .. } = self.links[at];
        self.stream = open_part(&self.path, &self.layout, part)?;
        self.converter = converter(rate, self.rate);
        self.next_converted = Some(0);
        self.at = at;
        Ok(())
    }

    /// Counts the frames of the track: the length where no header says it.
    pub(crate) fn count_frames(mut self) -> u64 {
        if self.range.start > 0 || self.links.len() > 1 {
            let mut frames = 0;
            while let Some(packet) = self.next() {
                frames += packet.samples.len() as u64 / 2;
            }
            return frames;
        }
        self.stream.count_frames().min(self.range.end)
    }

    /// The next packet that decodes; `None` at the end of the track, or where it breaks off.
    pub(crate) fn next(&mut self) -> Option<Packet<'_>> {
        let (first, taken) = loop {
            let (first, length) = self.decode()?;
            let end = first + length as u64;
            // The end of a link is known only roughly to its header; of a range it is exact.
            if first >= self.range.end && self.ends_by_range() {
                return None;
            }
            if end <= self.range.start {
                continue;
            }
            let skip = self.range.start.saturating_sub(first);
            let over = if self.ends_by_range() { end.saturating_sub(self.range.end) } else { 0 };
            let kept = skip as usize * 2..(length - over as usize) * 2;
            break (first + skip - self.range.start, kept);
        };
        Some(Packet { samples: &self.converted[taken], first })
    }

    /// Whether the range ends before the file does.
    fn ends_by_range(&self) -> bool {
        let whole = self.links.last().and_then(|last| Some(last.first? + last.length?));
        self.is_bounded && whole != Some(self.range.end)
    }

    /// Decodes a packet into `converted`: number of its first frame in the file, and its frames.
    fn decode(&mut self) -> Option<(u64, usize)> {
        loop {
            if let Some(packet) = self.stream.next() {
                self.converted.clear();
                let within = match &mut self.converter {
                    None => {
                        self.converted.extend_from_slice(packet.samples);
                        packet.first
                    }
                    Some(converter) => {
                        let begin = u64::from(self.rate) * packet.first / u64::from(self.links[self.at].rate);
                        let begin = self.next_converted.unwrap_or(begin);
                        converter.push(packet.samples, &mut self.converted);
                        self.next_converted = Some(begin + self.converted.len() as u64 / 2);
                        begin
                    }
                };
                let first = self.links[self.at].first.unwrap_or(0);
                return Some((first + within, self.converted.len() / 2));
            }
            self.next_link()?;
        }
    }

    /// The link after the one that has ended. What was counted of it wins over what its header said.
    fn next_link(&mut self) -> Option<()> {
        let next = self.at + 1;
        let link = *self.links.get(next)?;
        if link.first.is_none() {
            let Link { part, rate, first, .. } = self.links[self.at];
            let counted = open_part(&self.path, &self.layout, part).ok()?.count_frames();
            self.links[next].first = Some(first.unwrap_or(0) + at_rate(counted, rate, self.rate));
        }
        self.open_link(next).ok()
    }
}

fn open_part(path: &Path, layout: &FileLayout, part: usize) -> Result<SoundStream, SoundFileError> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let part = FilePart::new(File::open(path)?, layout.parts[part].clone())?;
    SoundStream::open(part, ending, layout.tells_mpeg_length).map_err(|error| match error {
        SoundStreamError::Format(error) => SoundFileError::Format(error.to_string()),
        SoundStreamError::NoSound => SoundFileError::NoSound,
    })
}

fn converter(from: u32, to: u32) -> Option<RateConverter> {
    (from != to).then(|| RateConverter::new(from, to))
}

fn at_rate(frames: u64, from: u32, to: u32) -> u64 {
    u64::try_from(u128::from(frames) * u128::from(to) / u128::from(from.max(1))).unwrap_or(u64::MAX)
}

/// Puts the links one after the other. Returns the length of all, if it is known.
fn lay_out(links: &mut [Link], rate: u32) -> Option<u64> {
    let mut next = Some(0_u64);
    for link in links {
        link.first = next;
        link.length = link.length.map(|frames| at_rate(frames, link.rate, rate));
        next = next.zip(link.length).and_then(|(first, length)| first.checked_add(length));
    }
    next
}

//! One file of music, decoded packet by packet.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kira::Frame;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, SeekMode, SeekTo, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::Time;

/// Why a file cannot be played.
#[derive(Debug, thiserror::Error)]
pub(super) enum DecodeError {
    #[error("cannot be opened: {0}")]
    Open(#[from] std::io::Error),
    #[error("is not music that can be decoded (OGG Vorbis, FLAC, MP3, M4A, WAV): {0}")]
    Format(SymphoniaError),
    #[error("holds no sound")]
    NoSound,
}

/// A run of damaged packets that is longer than this ends the track.
const DAMAGED_PACKETS: u32 = 64;
/// A seek begins to decode so much earlier.
const PREROLL: Duration = Duration::from_millis(60);

/// An open file. Gives stereo frames at the file's own rate.
pub(super) struct Decoder {
    path: PathBuf,
    format: Box<dyn FormatReader>,
    codec: Box<dyn AudioDecoder>,
    track: u32,
    rate: u32,
    /// Frames in the whole file, where its header says so.
    length: Option<u64>,
    interleaved: Vec<f32>,
}

impl Decoder {
    /// Opens a file and finds its first track of sound.
    pub(super) fn open(path: &Path) -> Result<Self, DecodeError> {
        let source = MediaSourceStream::new(Box::new(File::open(path)?), MediaSourceStreamOptions::default());
        let mut hint = Hint::new();
        if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
            hint.with_extension(extension);
        }
        let format = symphonia::default::get_probe()
            .probe(&hint, source, FormatOptions::default(), MetadataOptions::default())
            .map_err(DecodeError::Format)?;
        let track = format.default_track(TrackType::Audio).ok_or(DecodeError::NoSound)?;
        let params =
            track.codec_params.as_ref().and_then(|params| params.audio()).ok_or(DecodeError::NoSound)?;
        let rate = params.sample_rate.filter(|rate| *rate > 0).ok_or(DecodeError::NoSound)?;
        let codec = symphonia::default::get_codecs()
            .make_audio_decoder(params, &AudioDecoderOptions::default())
            .map_err(DecodeError::Format)?;
        let (track, length) = (track.id, track.num_frames);
        Ok(Self { path: path.to_owned(), format, codec, track, rate, length, interleaved: Vec::new() })
    }

    /// Frames per second of the file.
    pub(super) fn rate(&self) -> u32 {
        self.rate
    }

    /// Frames in the whole file, where its header says so.
    pub(super) fn length(&self) -> Option<u64> {
        self.length
    }

    /// Begins again with the first frame.
    pub(super) fn rewind(&mut self) -> Result<(), DecodeError> {
        *self = Self::open(&self.path)?;
        Ok(())
    }

    /// Goes to a time in the file. `out` gets the frames of the first packet that sounds there.
    /// Returns the number of its first frame and how many frames to skip to be exact; `None` if the
    /// format cannot seek, and then the next frame is undefined.
    pub(super) fn seek(&mut self, to: Duration, out: &mut Vec<Frame>) -> Option<(u64, usize)> {
        // A codec needs a packet before it sounds as it should, so a little earlier is asked for.
        let early = to.saturating_sub(PREROLL);
        let time = Time::try_from_secs_f64(early.as_secs_f64())?;
        let target = SeekTo::Time { time, track_id: Some(self.track) };
        self.format.seek(SeekMode::Accurate, target).ok()?;
        self.codec.reset();
        self.next_timed(out).and_then(|first| {
            let wanted = (to.as_secs_f64() * f64::from(self.rate)).round() as u64;
            Some((first, usize::try_from(wanted.checked_sub(first)?).ok()?))
        })
    }

    /// Replaces `out` with the frames of the next packet that decodes.
    /// Returns `false` at the end of the file, or where it breaks off.
    pub(super) fn next(&mut self, out: &mut Vec<Frame>) -> bool {
        self.next_timed(out).is_some()
    }

    /// Like [`Decoder::next`], and gives the number of the first frame in the file.
    fn next_timed(&mut self, out: &mut Vec<Frame>) -> Option<u64> {
        out.clear();
        let (channels, first) = self.decode()?;
        stereo(&self.interleaved, channels, out);
        Some(first)
    }

    /// Like [`Decoder::next`], as interleaved samples of two channels.
    pub(super) fn next_samples(&mut self, out: &mut Vec<f32>) -> bool {
        let Some((channels, _)) = self.decode() else { return false };
        out.clear();
        match channels {
            2 => out.extend_from_slice(&self.interleaved),
            _ => out.extend(
                self.interleaved
                    .chunks_exact(channels.max(1))
                    .flat_map(|frame| [frame[0], *frame.get(1).unwrap_or(&frame[0])]),
            ),
        }
        true
    }

    /// Decodes the next packet into `interleaved`; gives its channels and the number of its first frame.
    fn decode(&mut self) -> Option<(usize, u64)> {
        let mut damaged = 0;
        while let Ok(Some(packet)) = self.format.next_packet() {
            if packet.track_id != self.track {
                continue;
            }
            match self.codec.decode(&packet) {
                Ok(buffer) if buffer.frames() > 0 => {
                    let channels = buffer.num_planes();
                    buffer.copy_to_vec_interleaved(&mut self.interleaved);
                    // Frames before the music, which an encoder has put there, are cut off already.
                    return Some((channels, u64::try_from(packet.pts.get()).unwrap_or(0)));
                }
                Ok(_) => {}
                Err(SymphoniaError::DecodeError(_)) if damaged < DAMAGED_PACKETS => damaged += 1,
                Err(_) => return None,
            }
        }
        None
    }
}

/// The first two channels, or one on both sides. Samples that are no number become silence.
fn stereo(interleaved: &[f32], channels: usize, out: &mut Vec<Frame>) {
    let clean = |sample: f32| if sample.is_finite() { sample } else { 0.0 };
    out.extend(interleaved.chunks_exact(channels.max(1)).map(|frame| match frame {
        [] => Frame::ZERO,
        [mono] => Frame::from_mono(clean(*mono)),
        [left, right, ..] => Frame::new(clean(*left), clean(*right)),
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn support(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/music").join(name)
    }

    fn all(decoder: &mut Decoder) -> Vec<Frame> {
        let (mut frames, mut packet) = (Vec::new(), Vec::new());
        while decoder.next(&mut packet) {
            frames.extend_from_slice(&packet);
        }
        frames
    }

    #[test]
    fn a_seek_finds_the_very_frame_in_every_format() {
        for name in ["tone.ogg", "tone.flac", "tone.mp3"] {
            let whole = all(&mut Decoder::open(&support(name)).expect("opens"));
            for seconds in [0.4, 1.013, 1.9] {
                let mut decoder = Decoder::open(&support(name)).expect("opens");
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

    #[test]
    fn what_an_encoder_adds_at_the_ends_is_cut_off() {
        // Four seconds of music, of which an encoder makes whole blocks.
        for name in ["tone.ogg", "tone.flac", "tone.mp3"] {
            let mut decoder = Decoder::open(&support(name)).expect("opens");
            let frames = all(&mut decoder).len() as u64;
            assert_eq!(Some(frames), decoder.length(), "{name}");
        }
    }
}

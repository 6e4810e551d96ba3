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

    /// Goes to a time in the file, in the packet that holds it. Returns the
    /// frame that comes next and how many frames to skip to be exact; `None`
    /// if the format cannot seek, and then the next frame is undefined.
    pub(super) fn seek(&mut self, to: Duration) -> Option<(u64, usize)> {
        let time = Time::try_from_secs_f64(to.as_secs_f64())?;
        let target = SeekTo::Time { time, track_id: Some(self.track) };
        let found = self.format.seek(SeekMode::Accurate, target).ok()?;
        self.codec.reset();
        let actual = u64::try_from(found.actual_ts.get()).ok()?;
        let wanted = (to.as_secs_f64() * f64::from(self.rate)) as u64;
        Some((actual, usize::try_from(wanted.saturating_sub(actual)).unwrap_or(0)))
    }

    /// Replaces `out` with the frames of the next packet that decodes.
    /// Returns `false` at the end of the file, or where it breaks off.
    pub(super) fn next(&mut self, out: &mut Vec<Frame>) -> bool {
        out.clear();
        let mut damaged = 0;
        while let Ok(Some(packet)) = self.format.next_packet() {
            if packet.track_id != self.track {
                continue;
            }
            match self.codec.decode(&packet) {
                Ok(buffer) if buffer.frames() > 0 => {
                    let channels = buffer.num_planes();
                    buffer.copy_to_vec_interleaved(&mut self.interleaved);
                    stereo(&self.interleaved, channels, out);
                    return true;
                }
                Ok(_) => {}
                Err(SymphoniaError::DecodeError(_)) if damaged < DAMAGED_PACKETS => damaged += 1,
                Err(_) => return false,
            }
        }
        false
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

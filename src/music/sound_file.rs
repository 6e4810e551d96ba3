//! A file of music as packets of samples, decoded from start to end or from a place in it. What measures tracks and what
//! plays them both read this.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, SeekMode, SeekTo, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::Time;

/// Why a file cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SoundFileError {
    #[error("cannot be opened: {0}")]
    Open(#[from] std::io::Error),
    #[error("is not music that can be decoded (OGG Vorbis, FLAC, MP3, M4A, WAV): {0}")]
    Format(SymphoniaError),
    #[error("holds no sound that can be decoded")]
    NoSound,
}

/// A run of damaged packets that is longer than this ends the track.
const DAMAGED_PACKETS: u32 = 64;

/// An open file.
pub(crate) struct SoundFile {
    format: Box<dyn FormatReader>,
    codec: Box<dyn AudioDecoder>,
    track: u32,
    rate: u32,
    length: Option<u64>,
    interleaved: Vec<f32>,
}

/// The samples of one packet, interleaved. Samples that are no number are silence.
pub(crate) struct Packet<'a> {
    pub(crate) samples: &'a [f32],
    /// At least one.
    pub(crate) channels: usize,
    /// Number of its first frame in the file.
    pub(crate) first: u64,
}

impl SoundFile {
    /// Opens a file and finds its first track of sound.
    pub(crate) fn open(path: &Path) -> Result<Self, SoundFileError> {
        let source = MediaSourceStream::new(Box::new(File::open(path)?), MediaSourceStreamOptions::default());
        let mut hint = Hint::new();
        if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
            hint.with_extension(extension);
        }
        let format = symphonia::default::get_probe()
            .probe(&hint, source, FormatOptions::default(), MetadataOptions::default())
            .map_err(SoundFileError::Format)?;
        let track = format.default_track(TrackType::Audio).ok_or(SoundFileError::NoSound)?;
        let params =
            track.codec_params.as_ref().and_then(|params| params.audio()).ok_or(SoundFileError::NoSound)?;
        let rate = params.sample_rate.filter(|rate| *rate > 0).ok_or(SoundFileError::NoSound)?;
        let codec = symphonia::default::get_codecs()
            .make_audio_decoder(params, &AudioDecoderOptions::default())
            .map_err(SoundFileError::Format)?;
        let (track, length) = (track.id, track.num_frames);
        Ok(Self { format, codec, track, rate, length, interleaved: Vec::new() })
    }

    /// Frames per second.
    pub(crate) fn rate(&self) -> u32 {
        self.rate
    }

    /// Frames in the whole file, where its header says so.
    pub(crate) fn length(&self) -> Option<u64> {
        self.length
    }

    /// Goes to the packet that holds this time, or a little before; `None` if the format cannot seek, and then the
    /// next packet is undefined.
    pub(crate) fn seek(&mut self, to: Duration) -> Option<()> {
        let time = Time::try_from_secs_f64(to.as_secs_f64())?;
        let target = SeekTo::Time { time, track_id: Some(self.track) };
        self.format.seek(SeekMode::Accurate, target).ok()?;
        self.codec.reset();
        Some(())
    }

    /// The next packet that decodes; `None` at the end of the file, or where it breaks off.
    pub(crate) fn next(&mut self) -> Option<Packet<'_>> {
        let mut damaged = 0;
        while let Ok(Some(packet)) = self.format.next_packet() {
            if packet.track_id != self.track {
                continue;
            }
            match self.codec.decode(&packet) {
                Ok(buffer) if buffer.frames() > 0 => {
                    let channels = buffer.num_planes().max(1);
                    buffer.copy_to_vec_interleaved(&mut self.interleaved);
                    for sample in &mut self.interleaved {
                        if !sample.is_finite() {
                            *sample = 0.0;
                        }
                    }
                    // Frames before the music, which an encoder has put there, are cut off already.
                    let first = u64::try_from(packet.pts.get()).unwrap_or(0);
                    return Some(Packet { samples: &self.interleaved, channels, first });
                }
                Ok(_) => {}
                Err(SymphoniaError::DecodeError(_)) if damaged < DAMAGED_PACKETS => damaged += 1,
                Err(_) => return None,
            }
        }
        None
    }
}

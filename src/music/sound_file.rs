//! A file of music as packets of stereo samples, decoded from start to end or from a place in it. The analysis and the
//! mixer both read this, so what is measured is what is played.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, SeekMode, SeekTo, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::Time;

use super::downmix::Downmix;
use super::tag_skipping_file::TagSkippingFile;

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
    /// The channels of the last packet, and how they become two.
    layout: Channels,
    downmix: Downmix,
    interleaved: Vec<f32>,
    stereo: Vec<f32>,
}

/// The samples of one packet: left and right in turn, see [`Downmix`]. Samples that are not finite are silence.
pub(crate) struct Packet<'a> {
    pub(crate) samples: &'a [f32],
    /// Number of its first frame in the file.
    pub(crate) first: u64,
}

impl SoundFile {
    /// Opens a file and finds its first track of sound.
    pub(crate) fn open(path: &Path) -> Result<Self, SoundFileError> {
        let source = MediaSourceStream::new(
            Box::new(TagSkippingFile::new(File::open(path)?)?),
            MediaSourceStreamOptions::default(),
        );
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
        // A header that does not know the length says 0.
        let (track, length) = (track.id, track.num_frames.filter(|frames| *frames > 0));
        Ok(Self {
            format,
            codec,
            track,
            rate,
            length,
            layout: Channels::None,
            downmix: Downmix::of(&Channels::None),
            interleaved: Vec::new(),
            stereo: Vec::new(),
        })
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

    /// Decodes what is left of the file and counts its frames: the length where the header does not say it.
    pub(crate) fn count_frames(mut self) -> u64 {
        let mut frames = 0;
        while let Some(packet) = self.next() {
            frames += packet.samples.len() as u64 / 2;
        }
        frames
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
                    // A stream may change its channels.
                    let channels = buffer.spec().channels();
                    if self.layout != *channels {
                        self.layout.clone_from(channels);
                        self.downmix = Downmix::of(channels);
                    }
                    buffer.copy_to_vec_interleaved(&mut self.interleaved);
                    for sample in &mut self.interleaved {
                        if !sample.is_finite() {
                            *sample = 0.0;
                        }
                    }
                    // Frames before the music, which an encoder has put there, are cut off already.
                    let first = u64::try_from(packet.pts.get()).unwrap_or(0);
                    self.stereo.clear();
                    self.downmix.mix(&self.interleaved, &mut self.stereo);
                    return Some(Packet { samples: &self.stereo, first });
                }
                Ok(_) => {}
                Err(SymphoniaError::DecodeError(_)) if damaged < DAMAGED_PACKETS => damaged += 1,
                Err(_) => return None,
            }
        }
        None
    }
}

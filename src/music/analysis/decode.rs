//! A file of music as packets of samples, decoded once from start to end.

use std::fs::File;
use std::path::Path;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use super::AnalysisError;

/// A run of damaged packets that is longer than this ends the track.
const DAMAGED_PACKETS: u32 = 64;

/// An open file.
pub(super) struct Source {
    format: Box<dyn FormatReader>,
    codec: Box<dyn AudioDecoder>,
    track: u32,
    rate: u32,
    interleaved: Vec<f32>,
}

/// The samples of one packet, interleaved.
pub(super) struct Packet<'a> {
    pub(super) samples: &'a [f32],
    pub(super) channels: usize,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self, AnalysisError> {
        let source = MediaSourceStream::new(Box::new(File::open(path)?), MediaSourceStreamOptions::default());
        let mut hint = Hint::new();
        if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
            hint.with_extension(extension);
        }
        let unknown = |error: SymphoniaError| AnalysisError::Format(error.to_string());
        let format = symphonia::default::get_probe()
            .probe(&hint, source, FormatOptions::default(), MetadataOptions::default())
            .map_err(unknown)?;
        let track = format.default_track(TrackType::Audio).ok_or(AnalysisError::NoSound)?;
        let params =
            track.codec_params.as_ref().and_then(|params| params.audio()).ok_or(AnalysisError::NoSound)?;
        let rate = params.sample_rate.filter(|rate| *rate > 0).ok_or(AnalysisError::NoSound)?;
        let codec = symphonia::default::get_codecs()
            .make_audio_decoder(params, &AudioDecoderOptions::default())
            .map_err(unknown)?;
        let track = track.id;
        Ok(Self { format, codec, track, rate, interleaved: Vec::new() })
    }

    /// Frames per second.
    pub(super) fn rate(&self) -> u32 {
        self.rate
    }

    /// The next packet that decodes; `None` at the end of the file, or where it breaks off.
    pub(super) fn next(&mut self) -> Option<Packet<'_>> {
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
                    return Some(Packet { samples: &self.interleaved, channels });
                }
                Ok(_) => {}
                Err(SymphoniaError::DecodeError(_)) if damaged < DAMAGED_PACKETS => damaged += 1,
                Err(_) => return None,
            }
        }
        None
    }
}

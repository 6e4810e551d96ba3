//! Opus with more than two channels: several streams of one or two channels in each packet (RFC 7845, section 5.1.1).
//!
//! libopus is bound for one stream, so a packet is taken apart here (RFC 6716, appendix B) and each stream has a decoder of
//! its own.

use symphonia::core::audio::{
    AsGenericAudioBufferRef, AudioBuffer, AudioMut, AudioSpec, Channels, GenericAudioBufferRef, Position,
};
use symphonia::core::codecs::CodecInfo;
use symphonia::core::codecs::audio::{
    AudioCodecParameters, AudioDecoder, AudioDecoderOptions, FinalizeResult,
};
use symphonia::core::codecs::registry::{RegisterableAudioDecoder, SupportedAudioCodec};
use symphonia::core::errors::{Error as SymphoniaError, Result};
use symphonia::core::packet::PacketRef;
use symphonia_adapter_libopus::OpusDecoder;

/// The channels in the order of a stream, from three of them on (Vorbis I, section 4.3.9).
const POSITIONS: [&[Position]; 6] = [
    &[Position::FRONT_LEFT, Position::FRONT_CENTER, Position::FRONT_RIGHT],
    &[Position::FRONT_LEFT, Position::FRONT_RIGHT, Position::REAR_LEFT, Position::REAR_RIGHT],
    &[
        Position::FRONT_LEFT,
        Position::FRONT_CENTER,
        Position::FRONT_RIGHT,
        Position::REAR_LEFT,
        Position::REAR_RIGHT,
    ],
    &[
        Position::FRONT_LEFT,
        Position::FRONT_CENTER,
        Position::FRONT_RIGHT,
        Position::REAR_LEFT,
        Position::REAR_RIGHT,
        Position::LFE1,
    ],
    &[
        Position::FRONT_LEFT,
        Position::FRONT_CENTER,
        Position::FRONT_RIGHT,
        Position::SIDE_LEFT,
        Position::SIDE_RIGHT,
        Position::REAR_CENTER,
        Position::LFE1,
    ],
    &[
        Position::FRONT_LEFT,
        Position::FRONT_CENTER,
        Position::FRONT_RIGHT,
        Position::SIDE_LEFT,
        Position::SIDE_RIGHT,
        Position::REAR_LEFT,
        Position::REAR_RIGHT,
        Position::LFE1,
    ],
];
/// The fewest channels of [`POSITIONS`].
const FEWEST: usize = 3;
/// Where the header has the number of streams, how many of them are stereo, and the source of each channel.
const STREAMS: usize = 19;
const COUPLED: usize = 20;
const SOURCES: usize = 21;
/// A channel without a source is silent.
const SILENT: u8 = 255;

/// One of the streams, and what of it was decoded last.
struct OpusStream {
    decoder: Box<dyn AudioDecoder>,
    channels: usize,
    samples: Vec<f32>,
}

/// Decodes all streams of a packet. Registered for Opus, it leaves one or two channels to the decoder of libopus.
pub(super) struct OpusSurround {
    params: AudioCodecParameters,
    streams: Vec<OpusStream>,
    /// Stream and side of each channel, in the order of [`Channels`]; `None` is silent.
    sources: Vec<Option<(usize, usize)>>,
    spec: AudioSpec,
    interleaved: Vec<f32>,
    buffer: AudioBuffer<f32>,
}

impl OpusSurround {
    fn new(params: &AudioCodecParameters, options: AudioDecoderOptions, count: usize) -> Result<Self> {
        let unsupported = SymphoniaError::Unsupported("opus: unsupported layout of channels");
        let positions = count.checked_sub(FEWEST).and_then(|index| POSITIONS.get(index));
        let header = params.extra_data.as_deref().and_then(|header| header.get(..SOURCES + count));
        let (Some(positions), Some(header)) = (positions, header) else { return Err(unsupported) };
        let (streams, coupled) = (usize::from(header[STREAMS]), usize::from(header[COUPLED]));
        if streams == 0 || coupled > streams {
            return Err(unsupported);
        }
        let source = |channel: u8| match usize::from(channel) {
            _ if channel == SILENT => Some(None),
            channel if channel < 2 * coupled => Some(Some((channel / 2, channel % 2))),
            channel => Some(Some((channel - coupled, 0))).filter(|_| channel - coupled < streams),
        };
        let all = positions.iter().fold(Position::empty(), |all, position| all | *position);
        let sources: Option<Vec<_>> = all
            .iter()
            .map(|position| source(header[SOURCES + positions.iter().position(|other| *other == position)?]))
            .collect();
        let sources = sources.ok_or(unsupported)?;
        let open = |stream: usize| {
            let (channels, layout) = if stream < coupled {
                (2, Position::FRONT_LEFT | Position::FRONT_RIGHT)
            } else {
                (1, Position::FRONT_LEFT)
            };
            let mut params = params.clone();
            params.extra_data = None;
            params.with_channels(Channels::Positioned(layout));
            let decoder = OpusDecoder::try_registry_new(&params, &options)?;
            Ok(OpusStream { decoder, channels, samples: Vec::new() })
        };
        let spec = AudioSpec::new(params.sample_rate.unwrap_or(48_000), Channels::Positioned(all));
        Ok(Self {
            params: params.clone(),
            streams: (0..streams).map(open).collect::<Result<_>>()?,
            sources,
            buffer: AudioBuffer::new(spec.clone(), 0),
            spec,
            interleaved: Vec::new(),
        })
    }
}

impl AudioDecoder for OpusSurround {
    fn reset(&mut self) {
        self.streams.iter_mut().for_each(|stream| stream.decoder.reset());
    }

    fn codec_info(&self) -> &CodecInfo {
        &OpusDecoder::supported_codecs()[0].info
    }

    fn codec_params(&self) -> &AudioCodecParameters {
        &self.params
    }

    fn decode_ref(&mut self, packet: &PacketRef<'_>) -> Result<GenericAudioBufferRef<'_>> {
        let mut rest = packet.data;
        let (last, mut frames) = (self.streams.len() - 1, usize::MAX);
        for (number, stream) in self.streams.iter_mut().enumerate() {
            let data = if number == last {
                rest.to_vec()
            } else {
                let broken = SymphoniaError::DecodeError("opus: a packet ends within a stream");
                let (data, after) = divide(rest).ok_or(broken)?;
                rest = after;
                data
            };
            let part = PacketRef::new(packet.track_id, packet.pts, packet.dur, &data);
            stream.decoder.decode_ref(&part)?.copy_to_vec_interleaved(&mut stream.samples);
            frames = frames.min(stream.samples.len() / stream.channels);
        }
        self.interleaved.clear();
        for frame in 0..frames {
            let sample = |source: &Option<(usize, usize)>| {
                source.map_or(0.0, |(stream, side)| {
                    let OpusStream { channels, samples, .. } = &self.streams[stream];
                    samples[frame * channels + side]
                })
            };
            self.interleaved.extend(self.sources.iter().map(sample));
        }
        if self.buffer.capacity() < frames {
            self.buffer = AudioBuffer::new(self.spec.clone(), frames);
        }
        self.buffer.clear();
        self.buffer.render_uninit(Some(frames));
        self.buffer.copy_from_slice_interleaved(&self.interleaved);
        self.buffer.trim(packet.trim_start.get() as usize, packet.trim_end.get() as usize);
        Ok(self.buffer.as_generic_audio_buffer_ref())
    }

    fn finalize(&mut self) -> FinalizeResult {
        FinalizeResult::default()
    }

    fn last_decoded(&self) -> GenericAudioBufferRef<'_> {
        self.buffer.as_generic_audio_buffer_ref()
    }
}

impl RegisterableAudioDecoder for OpusSurround {
    fn try_registry_new(
        params: &AudioCodecParameters,
        options: &AudioDecoderOptions,
    ) -> Result<Box<dyn AudioDecoder>> {
        match params.channels.as_ref().map_or(0, Channels::count) {
            count if count < FEWEST => OpusDecoder::try_registry_new(params, options),
            count => Ok(Box::new(Self::new(params, *options, count)?)),
        }
    }

    fn supported_codecs() -> &'static [SupportedAudioCodec] {
        OpusDecoder::supported_codecs()
    }
}

/// The first stream of a packet as a packet of its own, and what follows it. In a stream that is not the last one, the
/// length of its last frame is told, too.
fn divide(data: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (kind, rest) = data.split_first()?;
    let mut packet = vec![*kind];
    let (body, rest) = match kind & 3 {
        0 => {
            let (length, rest) = frame_length(rest)?;
            rest.split_at_checked(length)?
        }
        1 => {
            let (length, rest) = frame_length(rest)?;
            rest.split_at_checked(2 * length)?
        }
        2 => {
            let (first, after) = frame_length(rest)?;
            packet.extend_from_slice(&rest[..rest.len() - after.len()]);
            let (second, rest) = frame_length(after)?;
            rest.split_at_checked(first + second)?
        }
        _ => {
            let (count, mut rest) = rest.split_first()?;
            packet.push(*count);
            let (frames, varies, is_padded) =
                (usize::from(count & 0x3F), count & 0x80 != 0, count & 0x40 != 0);
            let mut padding = 0;
            let mut has_more = is_padded;
            while has_more {
                let (more, after) = rest.split_first()?;
                packet.push(*more);
                rest = after;
                // 255 is 254 and more to come.
                padding += usize::from(*more).min(254);
                has_more = *more == 255;
            }
            let mut length = 0;
            if varies {
                for _ in 1..frames {
                    let (one, after) = frame_length(rest)?;
                    packet.extend_from_slice(&rest[..rest.len() - after.len()]);
                    length += one;
                    rest = after;
                }
            }
            let (one, rest) = frame_length(rest)?;
            length += if varies { one } else { one * frames };
            rest.split_at_checked(length + padding)?
        }
    };
    packet.extend_from_slice(body);
    Some((packet, rest))
}

/// The length of a frame: one byte, or two from 252 on.
fn frame_length(data: &[u8]) -> Option<(usize, &[u8])> {
    match data {
        [short @ 0..252, rest @ ..] => Some((usize::from(*short), rest)),
        [low, high, rest @ ..] => Some((usize::from(*low) + 4 * usize::from(*high), rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each kind of packet is found by its lengths, and becomes a packet without the length of its last frame.
    #[test]
    fn a_packet_is_divided_into_its_streams() {
        let long = [[0x00, 252, 1].as_slice(), &[7; 256], &[9]].concat();
        for (data, packet, rest) in [
            (&[0x00, 2, 1, 2, 9][..], vec![0x00, 1, 2], &[9][..]),
            (&[0x01, 1, 1, 2, 9], vec![0x01, 1, 2], &[9]),
            (&[0x02, 1, 2, 1, 2, 2, 9], vec![0x02, 1, 1, 2, 2], &[9]),
            (&[0x03, 0x02, 1, 5, 6, 9], vec![0x03, 0x02, 5, 6], &[9]),
            (&[0x03, 0x82, 1, 2, 5, 6, 6, 9], vec![0x03, 0x82, 1, 5, 6, 6], &[9]),
            (&[0x03, 0x41, 1, 1, 5, 0, 9], vec![0x03, 0x41, 1, 5, 0], &[9]),
            (&long, [[0x00].as_slice(), &[7; 256]].concat(), &[9]),
        ] {
            assert_eq!(divide(data), Some((packet, rest)));
        }
        for broken in [&[][..], &[0x00], &[0x00, 3, 1], &[0x02, 1], &[0x03], &[0x03, 0x41, 255]] {
            assert_eq!(divide(broken), None);
        }
    }

    proptest::proptest! {
        /// Any bytes are divided or refused.
        #[test]
        fn any_bytes_are_divided_or_refused(data in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40)) {
            if let Some((packet, rest)) = divide(&data) {
                assert!(packet.len() + rest.len() <= data.len());
            }
        }
    }
}

//! One stream of sound, decoded to stereo: a file without links, or one link of a chained file.

use std::sync::LazyLock;
use std::time::Duration;

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::well_known::{
    FORMAT_ID_ADTS, FORMAT_ID_MKV, FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3, FORMAT_ID_OGG,
};
use symphonia::core::formats::{FormatOptions, FormatReader, MediaInfo, SeekMode, SeekTo, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::well_known::METADATA_ID_MATROSKA;
use symphonia::core::meta::{MetadataOptions, MetadataRevision, RawValue, StandardTag};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Time, TimeBase};

use super::downmix::Downmix;
use super::file_part::FilePart;
use super::opus_surround::OpusSurround;

/// A run of damaged packets that is longer than this ends the track.
const DAMAGED_PACKETS: u32 = 64;
/// Where the header of Opus has its version, the frames before the music, and the gain (RFC 7845, section 5.1).
const OPUS_VERSION: usize = 8;
const OPUS_PRE_SKIP: usize = 10;
const OPUS_GAIN: usize = 16;

/// How long a decoder must have run before its output is right: Opus needs 80 ms (RFC 7845, section 4.6), more than the
/// bit reservoir of MP3 or the overlap of the others.
pub(super) const PREROLL: Duration = Duration::from_millis(100);

/// All decoders, those of Symphonia and libopus. Analysis and mixer decode with the same ones.
static CODECS: LazyLock<CodecRegistry> = LazyLock::new(|| {
    let mut codecs = CodecRegistry::new();
    symphonia::default::register_enabled_codecs(&mut codecs);
    codecs.register_audio_decoder::<OpusSurround>();
    codecs
});

/// Why there is no stream.
#[derive(Debug, thiserror::Error)]
pub(super) enum SoundStreamError {
    #[error("{0}")]
    Format(#[from] SymphoniaError),
    #[error("it holds no sound")]
    NoSound,
}

/// An open stream.
pub(super) struct SoundStream {
    format: Box<dyn FormatReader>,
    codec: Box<dyn AudioDecoder>,
    track: u32,
    rate: u32,
    length: Option<u64>,
    ticks: Option<TimeBase>,
    /// The time stamp of the first frame of music, in frames.
    origin: i64,
    /// Number of the next frame of music; negative for what an encoder puts before it. `None` after a seek.
    position: Option<i64>,
    /// A packet that was decoded ahead: where its music begins in `stereo`, and the number of its first frame.
    ahead: Option<(usize, u64)>,
    /// Whether packets tell how many frames they hold.
    packets_are_counted: bool,
    gain: f32,
    /// The channels of the last packet, and how they become two.
    layout: Channels,
    downmix: Downmix,
    interleaved: Vec<f32>,
    stereo: Vec<f32>,
}

/// Stereo frames of one packet, left and right in turn. Samples that are not finite are silence.
pub(super) struct StreamPacket<'a> {
    pub(super) samples: &'a [f32],
    /// Number of its first frame in the stream.
    pub(super) first: u64,
}

impl SoundStream {
    /// Opens a part of a file. `ending` is that of its name. An MPEG stream whose header does not tell its length has
    /// none, since the decoder would guess it from the bit rate of the beginning.
    pub(super) fn open(
        part: FilePart,
        ending: Option<&str>,
        tells_mpeg_length: bool,
    ) -> Result<Self, SoundStreamError> {
        let source = MediaSourceStream::new(Box::new(part), MediaSourceStreamOptions::default());
        let mut hint = Hint::new();
        if let Some(ending) = ending {
            hint.with_extension(ending);
        }
        let format = symphonia::default::get_probe().probe(
            &hint,
            source,
            FormatOptions::default(),
            MetadataOptions::default(),
        )?;
        let track = format.default_track(TrackType::Audio).ok_or(SoundStreamError::NoSound)?;
        let params = track.codec_params.as_ref().and_then(|params| params.audio());
        let mut params = params.ok_or(SoundStreamError::NoSound)?.clone();
        let rate = params.sample_rate.filter(|rate| *rate > 0).ok_or(SoundStreamError::NoSound)?;
        let kind = format.format_info().format;
        let opus = OpusHeader::take(&mut params);
        let origin = match &opus {
            // Matroska subtracts the delay of the codec from its time stamps.
            Some(_) if kind == FORMAT_ID_MKV => 0,
            Some(opus) => track.start_ts.get() + i64::from(opus.pre_skip),
            // A recording that was begun in the middle of a stream.
            None if track.start_ts.get() > 0 => track.start_ts.get() + i64::from(track.delay.unwrap_or(0)),
            None => 0,
        };
        let is_mpeg = [FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3].contains(&kind);
        let is_guess = kind == FORMAT_ID_ADTS || (is_mpeg && !tells_mpeg_length);
        let length = length_of(track, format.media_info(), rate, origin).filter(|_| !is_guess);
        let codec = CODECS.make_audio_decoder(&params, &AudioDecoderOptions::default())?;
        let begins_by_stamp = kind == FORMAT_ID_MKV && opus.is_none();
        let mut stream = Self {
            track: track.id,
            ticks: track.time_base,
            codec,
            rate,
            length,
            origin,
            position: Some(opus.as_ref().map_or(0, |opus| -i64::from(opus.pre_skip))),
            ahead: None,
            packets_are_counted: is_mpeg || kind == FORMAT_ID_ADTS || kind == FORMAT_ID_OGG,
            gain: opus.map_or(1.0, |opus| opus.gain),
            format,
            layout: Channels::None,
            downmix: Downmix::of(&Channels::None),
            interleaved: Vec::new(),
            stereo: Vec::new(),
        };
        if begins_by_stamp {
            stream.find_origin();
        }
        Ok(stream)
    }

    /// Of Matroska only the first packet that sounds tells where the music begins: Vorbis gives nothing for its first one,
    /// and a cut may leave the time stamps of the whole. A stamp below 0 is that of what an encoder has put before.
    fn find_origin(&mut self) {
        self.position = None;
        let Some((early, first)) = self.decode() else { return };
        let first = first.cast_signed();
        self.origin += first;
        self.position = self.position.map(|next| next - first);
        self.length = self.length.and_then(|length| length.checked_sub(first.unsigned_abs()));
        self.ahead = Some((early, 0));
    }

    /// Frames per second.
    pub(super) fn rate(&self) -> u32 {
        self.rate
    }

    /// Frames, where the header tells their number.
    pub(super) fn length(&self) -> Option<u64> {
        self.length
    }

    /// Goes to the packet that holds this frame, or a little before; `None` if the format cannot seek, and then the
    /// next packet is undefined.
    pub(super) fn seek(&mut self, frame: u64) -> Option<()> {
        let frame = i64::try_from(frame).ok()?.checked_add(self.origin)?;
        let time = Time::try_from_secs_f64(frame as f64 / f64::from(self.rate))?;
        let target = SeekTo::Time { time, track_id: Some(self.track) };
        self.format.seek(SeekMode::Accurate, target).ok()?;
        self.codec.reset();
        (self.position, self.ahead) = (None, None);
        Some(())
    }

    /// Counts the frames that are left: from the packets alone where they tell it, else by decoding.
    pub(super) fn count_frames(mut self) -> u64 {
        if !self.packets_are_counted {
            let mut frames = 0;
            while let Some(packet) = self.next() {
                frames += packet.samples.len() as u64 / 2;
            }
            return frames;
        }
        let mut frames = self.position.unwrap_or(0);
        while let Ok(Some(packet)) = self.format.next_packet() {
            if packet.track_id == self.track {
                frames = frames.saturating_add(self.in_frames(packet.dur.get().cast_signed()));
            }
        }
        u64::try_from(frames).unwrap_or(0)
    }

    /// The next packet that decodes; `None` at the end of the stream, or where it breaks off.
    pub(super) fn next(&mut self) -> Option<StreamPacket<'_>> {
        let (early, first) = match self.ahead.take() {
            Some(ahead) => ahead,
            None => self.decode()?,
        };
        Some(StreamPacket { samples: &self.stereo[early..], first })
    }

    /// Decodes a packet into `stereo`: where its music begins there, and the number of its first frame.
    fn decode(&mut self) -> Option<(usize, u64)> {
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
                }
                Ok(_) => continue,
                Err(SymphoniaError::DecodeError(_)) if damaged < DAMAGED_PACKETS => {
                    damaged += 1;
                    continue;
                }
                Err(_) => return None,
            }
            for sample in &mut self.interleaved {
                *sample = if sample.is_finite() { *sample * self.gain } else { 0.0 };
            }
            self.stereo.clear();
            self.downmix.mix(&self.interleaved, &mut self.stereo);
            let begin = self.position.unwrap_or_else(|| self.first_frame(&packet));
            self.position = Some(begin + i64::try_from(self.stereo.len() / 2).unwrap_or(i64::MAX));
            // What an encoder has put before the music is cut off.
            let early = usize::try_from(-begin.min(0)).unwrap_or(usize::MAX).saturating_mul(2);
            if early < self.stereo.len() {
                return Some((early, u64::try_from(begin).unwrap_or(0)));
            }
        }
        None
    }

    fn first_frame(&self, packet: &Packet) -> i64 {
        let stamp = packet.pts.get().saturating_add(packet.trim_start.get().cast_signed());
        self.in_frames(stamp).saturating_sub(self.origin)
    }

    /// A number of ticks in frames.
    fn in_frames(&self, ticks: i64) -> i64 {
        match self.ticks {
            Some(base) if base.numer.get() != 1 || base.denom.get() != self.rate => {
                let seconds = ticks as f64 * f64::from(base.numer.get()) / f64::from(base.denom.get());
                (seconds * f64::from(self.rate)).round() as i64
            }
            _ => ticks,
        }
    }

    /// The tags that the container has, by the upper-case names of Vorbis comments where they have one, else by their own.
    pub(super) fn take_tags(&mut self) -> Vec<(String, String)> {
        let mut tags: Vec<ContainerTag> = Vec::new();
        let mut metadata = self.format.metadata();
        while let Some(revision) = metadata.pop() {
            add_tags(&revision, &mut tags);
        }
        if let Some(revision) = metadata.current() {
            add_tags(revision, &mut tags);
        }
        tags.into_iter().map(|tag| (tag.name, tag.value)).collect()
    }
}

/// A header that does not know the length says 0, or counts from another begin than the music.
fn length_of(track: &Track, media: &MediaInfo, rate: u32, origin: i64) -> Option<u64> {
    let (of_track, of_media) = (track.duration.zip(track.time_base), media.duration.zip(media.time_base));
    let frames = match (track.num_frames, of_track.or(of_media)) {
        (Some(frames), _) => frames,
        (None, Some((duration, base))) => {
            let seconds = duration.get() as f64 * f64::from(base.numer.get()) / f64::from(base.denom.get());
            (seconds * f64::from(rate)).round() as u64
        }
        (None, None) => return None,
    };
    let frames = i64::try_from(frames).ok()?.checked_sub(origin)?;
    u64::try_from(frames).ok().filter(|frames| *frames > 0)
}

/// A tag of a container.
struct ContainerTag {
    name: String,
    /// What it describes, in Matroska: "TRACK", "ALBUM"; empty elsewhere.
    level: String,
    value: String,
}

/// Adds the tags of a revision. Matroska puts what a tag describes before its name, "ALBUM@ARTIST", and begins with the
/// narrowest. Of a name only the tags of the first level count, so that a track has its own artist and not that of the
/// album too; those of a single stream are narrower than those of the file.
fn add_tags(revision: &MetadataRevision, tags: &mut Vec<ContainerTag>) {
    let has_levels = revision.info.metadata == METADATA_ID_MATROSKA;
    let of_tracks = revision.per_track.iter().flat_map(|track| &track.metadata.tags);
    for tag in of_tracks.chain(&revision.media.tags) {
        let raw = tag.raw.key.as_str();
        let (level, name) = raw.split_once('@').filter(|_| has_levels).unwrap_or(("", raw));
        // The same name may mean the album or the track.
        let name = match &tag.std {
            Some(StandardTag::TrackTitle(_)) => "TITLE",
            Some(StandardTag::Album(_)) => "ALBUM",
            Some(StandardTag::InitialKey(_)) => "INITIALKEY",
            Some(StandardTag::ReplayGainAlbumGain(_)) => "REPLAYGAIN_ALBUM_GAIN",
            _ => name,
        };
        if tags.iter().any(|other| other.name == name && other.level != level) {
            continue;
        }
        let mut add =
            |value: String| tags.push(ContainerTag { name: name.to_owned(), level: level.to_owned(), value });
        match &tag.raw.value {
            RawValue::Binary(_) | RawValue::Flag => {}
            RawValue::StringList(values) => values.iter().cloned().for_each(add),
            value => add(value.to_string()),
        }
    }
}

/// What the header of an Opus stream says about its sound.
struct OpusHeader {
    /// Frames before the music.
    pre_skip: u16,
    /// Factor on every sample.
    gain: f32,
}

impl OpusHeader {
    /// Takes it out of the parameters of a stream. There, no frame is skipped any more: the decoder would skip them after
    /// a seek too, and never more than the first packet.
    fn take(params: &mut AudioCodecParameters) -> Option<Self> {
        if params.codec != CODEC_ID_OPUS {
            return None;
        }
        let Some(header) = params.extra_data.as_mut().filter(|header| header.len() >= OPUS_GAIN + 2) else {
            return Some(Self { pre_skip: 0, gain: 1.0 });
        };
        // In MP4 the version is 0, and numbers begin with their high byte.
        let number: fn([u8; 2]) -> u16 =
            if header[OPUS_VERSION] == 0 { u16::from_be_bytes } else { u16::from_le_bytes };
        let pre_skip = number([header[OPUS_PRE_SKIP], header[OPUS_PRE_SKIP + 1]]);
        header[OPUS_PRE_SKIP..OPUS_PRE_SKIP + 2].fill(0);
        // In steps of 1/256 dB.
        let decibels = f32::from(number([header[OPUS_GAIN], header[OPUS_GAIN + 1]]).cast_signed()) / 256.0;
        Some(Self { pre_skip, gain: 10.0_f32.powf(decibels / 20.0) })
    }
}

#[cfg(test)]
mod tests {
    use symphonia::core::meta::{MetadataBuilder, MetadataInfo, RawTag, Tag};

    use super::*;

    /// In Matroska the artist of the track counts and not that of the album, and one that only the album names holds for
    /// the track; several of one level all count. The gain of an album is none of the track.
    #[test]
    fn the_narrowest_tags_of_matroska_count() {
        let info = MetadataInfo { metadata: METADATA_ID_MATROSKA, short_name: "mkv", long_name: "Matroska" };
        let mut builder = MetadataBuilder::new(info);
        let gain = "ALBUM@REPLAYGAIN_GAIN";
        for (name, value) in [
            ("TRACK@ARTIST", "Anna"),
            ("TRACK@ARTIST", "Bert"),
            ("ALBUM@ARTIST", "Various"),
            ("ALBUM@GENRE", "Jazz"),
            (gain, "-9 dB"),
        ] {
            let value = value.to_owned();
            let std =
                (name == gain).then(|| StandardTag::ReplayGainAlbumGain(std::sync::Arc::new(value.clone())));
            builder.add_tag(Tag { raw: RawTag::new(name, value), std });
        }
        let mut tags = Vec::new();
        add_tags(&builder.build(), &mut tags);
        let tags: Vec<_> = tags.iter().map(|tag| (tag.name.as_str(), tag.value.as_str())).collect();
        assert_eq!(
            tags,
            [("ARTIST", "Anna"), ("ARTIST", "Bert"), ("GENRE", "Jazz"), ("REPLAYGAIN_ALBUM_GAIN", "-9 dB")]
        );
    }
}

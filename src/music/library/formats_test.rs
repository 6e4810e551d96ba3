//! Each format that can be played, from files that ffmpeg wrote (`tests/support/formats/README.md`): length, tags, sound, and
//! the headers that recorders leave behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lofty::config::WriteOptions;
use lofty::picture::{MimeType, Picture, PictureType};
use lofty::tag::{Accessor as _, Tag, TagExt as _, TagType};

use super::tags;
use super::track_tags::TrackTags;
use crate::music::sound_file::SoundFile;
use crate::music::units::Lufs;

const SUPPORT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support");

fn file(name: &str) -> PathBuf {
    Path::new(SUPPORT).join("formats").join(name)
}

fn read(path: &Path) -> TrackTags {
    tags::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rate, and the left samples of what is decoded from a time on.
fn decode_from(path: &Path, from: f64) -> (u32, u64, Vec<f32>) {
    let mut sound = SoundFile::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if from > 0.0 {
        sound
            .seek(Duration::from_secs_f64(from))
            .unwrap_or_else(|| panic!("{}: cannot seek", path.display()));
    }
    let (mut first, mut samples) = (None, Vec::new());
    while let Some(packet) = sound.next() {
        first.get_or_insert(packet.first);
        samples.extend(packet.samples.iter().step_by(2));
    }
    (sound.rate(), first.unwrap_or(0), samples)
}

fn decode(path: &Path) -> (u32, Vec<f32>) {
    let (rate, _, samples) = decode_from(path, 0.0);
    (rate, samples)
}

/// Frequency of a tone by its upward crossings of zero, in Hz.
fn pitch(samples: &[f32], rate: u32) -> f32 {
    let crossings = samples.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    crossings as f32 * rate as f32 / samples.len() as f32
}

fn level(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32).sqrt()
}

/// Files of four seconds of 440 Hz.
const TONES: [&str; 17] = [
    "glow.opus",
    "gain.opus",
    "glow.mka",
    "glow.webm",
    "live.mka",
    "opus.mp4",
    "glow.aiff",
    "glow.aifc",
    "alac.m4a",
    "alac.caf",
    "pcm.caf",
    "glow.mp2",
    "ima.wav",
    "ms.wav",
    "adts.aac",
    "flac.oga",
    "surround.opus",
];

/// Each format is a track of its length with the tone in it from the beginning to the end, and no silence of an encoder
/// before it; the length that is told is the one that is decoded.
#[test]
fn each_format_is_decoded_from_beginning_to_end() {
    for name in TONES {
        let path = file(name);
        let seconds = read(&path).duration.as_secs_f64();
        assert!((seconds - 4.0).abs() < 0.17, "{name}: {seconds}");
        let (rate, samples) = decode(&path);
        let decoded = samples.len() as f64 / f64::from(rate);
        // ffmpeg counts the last packet of ALAC in CAF as full: 4,096 frames at 16 kHz.
        let slack = if name == "alac.caf" { 0.26 } else { 0.03 };
        assert!((decoded - seconds).abs() < slack, "{name}: {decoded} s of {seconds} s");
        let eighth = rate as usize / 8;
        let body = &samples[eighth..samples.len() - 2 * eighth];
        let heard = pitch(body, rate);
        assert!((heard - 440.0).abs() < 3.0, "{name}: {heard} Hz");
        // Two blocks of AAC without a header are silence of the encoder.
        let begin = &samples[rate as usize / 6..][..eighth];
        assert!(level(begin) > 0.5 * level(body), "{name} begins late");
    }
}

/// A seek leads to the very frame, also in formats whose decoders need a while, and within Matroska to the millisecond.
#[test]
fn a_seek_leads_to_the_frame_in_each_format() {
    // The reader of ADPCM in WAV cannot seek, and Opus in surround takes longer to be the very same.
    for name in TONES.into_iter().filter(|name| !["ima.wav", "ms.wav", "surround.opus"].contains(name)) {
        let path = file(name);
        let (rate, samples) = decode(&path);
        for seconds in [0.6, 2.0, 3.3] {
            let (_, first, found) = decode_from(&path, seconds);
            let wanted = (seconds * f64::from(rate)) as u64;
            assert!(first <= wanted, "{name} at {seconds} s: {first} is after {wanted}");
            let skip = (wanted - first) as usize;
            let slack = if name.ends_with("mka") || name.ends_with("webm") { rate as usize / 500 } else { 0 };
            // A tone looks alike in each period, so what is left counts, too.
            let left = found.len().saturating_sub(skip);
            assert!(
                left.abs_diff(samples.len() - wanted as usize) <= slack,
                "{name} at {seconds} s: {left} left"
            );
            let right = &samples[wanted as usize..][..rate as usize / 4];
            let off = |shift: usize| {
                let heard = found.get(skip + shift - slack..skip + shift - slack + right.len());
                let heard = heard.unwrap_or_else(|| panic!("{name} at {seconds} s ends early"));
                heard.iter().zip(right).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
            };
            let best = (0..=2 * slack).map(off).fold(f32::MAX, f32::min);
            // A decoder that predicts from its own output never forgets quite.
            assert!(best < 0.008, "{name} at {seconds} s is off by {best}");
        }
    }
}

/// Tags are read where each container has them, with the gain of each.
#[test]
fn tags_of_each_format_are_read() {
    for name in [
        "glow.opus",
        "glow.mka",
        "glow.webm",
        "opus.mp4",
        "glow.aiff",
        "alac.m4a",
        "alac.caf",
        "pcm.caf",
        "flac.oga",
        "ima.wav",
    ] {
        let tags = read(&file(name));
        assert_eq!(tags.title.as_deref(), Some("Glow"), "{name}");
        assert_eq!(
            (tags.artists, tags.genres),
            (vec!["Anna".to_owned()], vec!["Ambient".to_owned()]),
            "{name}"
        );
        assert_eq!(tags.album.as_deref(), Some("Lamps"), "{name}");
    }
    for (name, lufs) in [
        ("glow.opus", -21.0),
        ("glow.mka", -11.5),
        ("glow.webm", -11.5),
        ("glow.aiff", -11.5),
        ("flac.oga", -11.5),
    ] {
        let tags = read(&file(name));
        assert_eq!((tags.lufs, tags.moods), (Some(Lufs(lufs)), vec!["calm".to_owned()]), "{name}");
    }
}

/// The output gain in the header of Opus is part of the sound: −6 dB here.
#[test]
fn the_output_gain_of_opus_is_heard() {
    let (plain, quieter) = (decode(&file("glow.opus")).1, decode(&file("gain.opus")).1);
    let decibels = 20.0 * (level(&quieter) / level(&plain)).log10();
    assert!((decibels + 6.0).abs() < 0.05, "{decibels}");
}

/// A chain plays to its end at one rate, whatever rates and channels its links have; its length is the sum, and a seek
/// finds its place in each link.
#[test]
fn a_chain_plays_to_its_end() {
    for name in ["chained.ogg", "chained.opus", "chained.oga"] {
        let path = file(name);
        let seconds = read(&path).duration.as_secs_f64();
        assert!((seconds - 7.0).abs() < 0.02, "{name}: {seconds}");
        let (rate, samples) = decode(&path);
        assert!((samples.len() as f64 / f64::from(rate) - 7.0).abs() < 0.02, "{name}: {}", samples.len());
        let between = |from: f32, to: f32| {
            pitch(&samples[(from * rate as f32) as usize..(to * rate as f32) as usize], rate)
        };
        let (first, second) = (between(0.5, 3.5), between(4.5, 6.5));
        assert!((first - 440.0).abs() < 3.0 && (second - 660.0).abs() < 3.0, "{name}: {first} {second}");
        let (_, first, found) = decode_from(&path, 5.0);
        assert!(first <= 5 * u64::from(rate) && first > 4 * u64::from(rate), "{name}: {first}");
        let heard = pitch(&found[rate as usize / 4..rate as usize], rate);
        assert!((heard - 660.0).abs() < 5.0, "{name}: {heard} Hz after a seek");
    }
}

/// The same file twice has the same numbers in all of its pages, and still plays twice.
#[test]
fn a_chain_of_equal_links_is_a_chain() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let once = fs::read(file("glow.opus")).expect("read");
    let path = dir.path().join("twice.opus");
    fs::write(&path, [&once[..], &once, &once[..once.len() / 2]].concat()).expect("written");
    let seconds = read(&path).duration.as_secs_f64();
    assert!(seconds > 9.0 && seconds < 11.0, "{seconds}");
    assert!((decode(&path).1.len() as f64 / 48_000.0 - seconds).abs() < 0.1);
}

/// Headers that a recorder could not complete: the length is what can be decoded.
#[test]
fn headers_from_a_pipe_are_completed_by_decoding() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let changed = |name: &str, mark: &[u8], skip: usize, bytes: &[u8]| {
        let mut whole = fs::read(file(name)).expect("read");
        let at =
            whole.windows(mark.len()).position(|window| window == mark).expect("a mark") + mark.len() + skip;
        whole[at..at + bytes.len()].copy_from_slice(bytes);
        let path = dir.path().join(name);
        fs::write(&path, whole).expect("written");
        let seconds = read(&path).duration.as_secs_f64();
        // The last block of ADPCM is filled up, and only a header tells how much of it is sound.
        assert!((seconds - 4.0).abs() < 0.1, "{name}: {seconds}");
        assert!(decode(&path).1.len() > 30_000, "{name}");
    };
    changed("glow.aiff", b"SSND", 0, &[0; 4]);
    changed("glow.aifc", b"SSND", 0, &[0xFF; 4]);
    changed("pcm.caf", b"data", 0, &[0xFF; 8]);
    changed("ima.wav", b"data", 0, &[0; 4]);
    changed("ms.wav", b"data", 0, &[0xFF; 4]);
    // A variable bit rate without a header: the beginning is noise and large, the rest a tone and small.
    let seconds = read(&file("vbr-noxing.mp3")).duration.as_secs_f64();
    assert!((seconds - 8.0).abs() < 0.3, "{seconds}");
}

/// Sample rates and formats of samples: 8 and 192 kHz, 37,800 Hz, 24 bit, 32-bit float and integer.
#[test]
fn unusual_rates_and_samples_are_read() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (rate, bits, sample_format) in [
        (8_000, 8, hound::SampleFormat::Int),
        (37_800, 24, hound::SampleFormat::Int),
        (192_000, 32, hound::SampleFormat::Int),
        (44_056, 32, hound::SampleFormat::Float),
    ] {
        let path = dir.path().join(format!("{rate}.wav"));
        let spec = hound::WavSpec { channels: 1, sample_rate: rate, bits_per_sample: bits, sample_format };
        let mut writer = hound::WavWriter::create(&path, spec).expect("made");
        for frame in 0..4 * rate {
            let value = (std::f64::consts::TAU * 440.0 * f64::from(frame) / f64::from(rate)).sin() / 4.0;
            match sample_format {
                hound::SampleFormat::Float => writer.write_sample(value as f32).expect("written"),
                hound::SampleFormat::Int => {
                    writer
                        .write_sample((value * f64::from(1_u32 << (bits - 1))).round() as i32)
                        .expect("written");
                }
            }
        }
        writer.finalize().expect("written");
        assert!((read(&path).duration.as_secs_f64() - 4.0).abs() < 1e-3, "{rate}");
        let (found, samples) = decode(&path);
        assert_eq!((found, samples.len()), (rate, 4 * rate as usize));
        assert!(
            (pitch(&samples, rate) - 440.0).abs() < 1.0 && (level(&samples) - 0.1768).abs() < 0.003,
            "{rate}"
        );
    }
}

/// A cover of many megabytes never makes a file unreadable, wherever a format keeps it.
#[test]
fn large_covers_leave_the_music_alone() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    // FLAC has no room for more than 16 MB.
    for (name, kind, sizes) in [
        ("tone.mp3", TagType::Id3v2, [1, 5, 20]),
        ("tone.flac", TagType::VorbisComments, [1, 5, 15]),
        ("tone.m4a", TagType::Mp4Ilst, [1, 5, 20]),
        ("tone.ogg", TagType::VorbisComments, [1, 5, 20]),
        ("tone.opus", TagType::VorbisComments, [1, 5, 20]),
    ] {
        for megabytes in sizes {
            let path = dir.path().join(name);
            fs::copy(Path::new(SUPPORT).join("music").join(name), &path).expect("copied");
            let plain = decode(&path);
            let mut tag = Tag::new(kind);
            tag.set_title("Covered".to_owned());
            let data = vec![0x5A; megabytes << 20];
            tag.push_picture(
                Picture::unchecked(data).pic_type(PictureType::CoverFront).mime_type(MimeType::Png).build(),
            );
            tag.save_to_path(&path, WriteOptions::default()).expect("written");
            let tags = read(&path);
            assert_eq!(tags.title.as_deref(), Some("Covered"), "{name} with {megabytes} MB");
            assert!(
                (tags.duration.as_secs_f64() - 4.0).abs() < 0.2,
                "{name} with {megabytes} MB: {:?}",
                tags.duration
            );
            let covered = decode(&path);
            assert_eq!((covered.0, covered.1.len()), (plain.0, plain.1.len()), "{name} with {megabytes} MB");
        }
    }
}

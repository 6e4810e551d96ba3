//! From samples to a tagged OGG file, and back to samples.

use crate::level::{CEILING_DBTP, TARGET_LUFS, loudness, master, true_peak};
use crate::piece::Piece;
use crate::synth::dsp::{Frame, RATE};
use anyhow::{Context, Result};
use lofty::config::{ParseOptions, WriteOptions};
use lofty::file::AudioFile;
use lofty::ogg::VorbisFile;
use std::fs::File;
use std::io::Cursor;
use std::num::{NonZeroU8, NonZeroU32};
use std::path::Path;
use vorbis_rs::{VorbisBitrateManagementStrategy, VorbisDecoder, VorbisEncoderBuilder};

/// Vorbis quality, −0.2..1 (0.2 is "quality 2", about 96 kbit/s for full music).
pub const QUALITY: f32 = 0.2;

/// Encodes a mastered piece. The stream's serial number is its seed, so that the same samples
/// give the same bytes.
fn encode(frames: &[Frame], serial: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let rate = NonZeroU32::new(RATE as u32).context("a sample rate")?;
    let two = NonZeroU8::new(2).context("two channels")?;
    let mut builder = VorbisEncoderBuilder::new_with_serial(rate, two, &mut bytes, serial as i32);
    builder
        .bitrate_management_strategy(VorbisBitrateManagementStrategy::QualityVbr { target_quality: QUALITY });
    let mut encoder = builder.build()?;
    for block in frames.chunks(4096) {
        let left: Vec<f32> = block.iter().map(|f| f[0]).collect();
        let right: Vec<f32> = block.iter().map(|f| f[1]).collect();
        encoder.encode_audio_block([left, right])?;
    }
    encoder.finish()?;
    Ok(bytes)
}

/// Decodes a whole OGG Vorbis stream of two channels.
pub fn decode(bytes: &[u8]) -> Result<Vec<Frame>> {
    let mut decoder = VorbisDecoder::new(Cursor::new(bytes.to_vec()))?;
    let mut frames = Vec::new();
    while let Some(block) = decoder.decode_audio_block()? {
        let channels = block.samples();
        frames.extend(channels[0].iter().zip(channels[1]).map(|(l, r)| [*l, *r]));
    }
    Ok(frames)
}

/// Masters and encodes, listens to the decoded result, and corrects: the encoder shifts the
/// loudness by a few hundredths of a LU and adds to the peaks.
pub fn finish(mix: &[Frame], piece: &Piece) -> Result<Vec<u8>> {
    let (mut lufs, mut ceiling) = (TARGET_LUFS, CEILING_DBTP - 0.4);
    let mut bytes = Vec::new();
    for _ in 0..5 {
        bytes = encode(&master(mix, piece.room.drive, lufs, ceiling), piece.seed)?;
        let heard = decode(&bytes)?;
        let (error, peak) = (TARGET_LUFS - loudness(&heard), true_peak(&heard));
        if error.abs() < 0.1 && peak <= CEILING_DBTP {
            break;
        }
        lufs += error;
        ceiling -= (peak - CEILING_DBTP + 0.1).max(0.0);
    }
    Ok(bytes)
}

/// The comments of a piece, in the order they are written.
fn comments(piece: &Piece) -> Vec<(&'static str, String)> {
    vec![
        ("TITLE", piece.title.into()),
        ("ARTIST", "Attune".into()),
        ("ALBUM", "Starter Album".into()),
        ("GENRE", "Ambient".into()),
        ("DATE", "2026".into()),
        ("MOOD", piece.mood.into()),
        ("BPM", format!("{:.0}", piece.bpm())),
        ("INITIALKEY", piece.initial_key()),
        ("MODE", piece.mode.name().into()),
        ("ENERGY", format!("{:.2}", piece.energy)),
        ("VALENCE", format!("{:.2}", piece.valence)),
        ("DANCEABILITY", format!("{:.2}", piece.danceability)),
        ("LICENSE", "CC0-1.0".into()),
        ("COPYRIGHT", "CC0-1.0".into()),
    ]
}

/// Writes the file and its comments.
pub fn write(path: &Path, bytes: &[u8], piece: &Piece) -> Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))?;
    let mut file = VorbisFile::read_from(&mut File::open(path)?, ParseOptions::new())?;
    let tags = file.vorbis_comments_mut();
    for (key, value) in comments(piece) {
        tags.insert(key.to_string(), value);
    }
    file.save_to_path(path, WriteOptions::default())?;
    Ok(())
}

/// One comment of a file, or an empty string.
pub fn read_comments(path: &Path) -> Result<impl Fn(&str) -> String> {
    let file = VorbisFile::read_from(&mut File::open(path)?, ParseOptions::new())?;
    Ok(move |key: &str| file.vorbis_comments().get(key).unwrap_or_default().to_string())
}

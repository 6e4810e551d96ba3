//! From samples to a tagged OGG file, and back to samples.

use crate::fidelity::{Fidelity, fidelity};
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

/// Vorbis quality a piece is first tried at, −0.2..1 (0.1 is "quality 1", about 80 kbit/s for full music).
const USUAL_QUALITY: f32 = 0.1;
/// The qualities that a piece may get in the end.
const QUALITIES: std::ops::RangeInclusive<f32> = 0.02..=0.3;
/// The same noise for all: how far the encoder's noise shall lie from what the music masks, dB. A sparse
/// piece reaches it with fewer bits than a dense one.
const WANTED_NMR: f32 = -6.5;
/// By how much one unit of quality lowers that noise, dB, read off the table that `qualities` prints.
const NMR_PER_QUALITY: f32 = 14.0;
/// The qualities of that table.
const LADDER: [f32; 7] = [0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.6];

/// Encodes a mastered piece. The stream's serial number is its seed, so that the same samples
/// give the same bytes.
fn encode(frames: &[Frame], serial: u64, target_quality: f32) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let rate = NonZeroU32::new(RATE as u32).context("a sample rate")?;
    let two = NonZeroU8::new(2).context("two channels")?;
    let mut builder = VorbisEncoderBuilder::new_with_serial(rate, two, &mut bytes, serial as i32);
    builder
        .bitrate_management_strategy(VorbisBitrateManagementStrategy::QualityVbr { target_quality });
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

/// A finished file, before its comments.
pub struct Finished {
    pub bytes: Vec<u8>,
    pub quality: f32,
    pub fidelity: Fidelity,
}

/// Gain and ceiling that the master aims at, so that the decoded file meets its own.
struct Aim {
    lufs: f32,
    ceiling: f32,
}

/// Masters and encodes, listens to the decoded result, and corrects: the encoder shifts the
/// loudness by a few hundredths of a LU and adds to the peaks.
fn level(mix: &[Frame], piece: &Piece, quality: f32, aim: &mut Aim) -> Result<Finished> {
    let mut round = 0;
    loop {
        let mastered = master(mix, piece.room.drive, aim.lufs, aim.ceiling);
        let bytes = encode(&mastered, piece.seed, quality)?;
        let heard = decode(&bytes)?;
        let (error, peak) = (TARGET_LUFS - loudness(&heard), true_peak(&heard));
        round += 1;
        if round == 5 || (error.abs() < 0.1 && peak <= CEILING_DBTP) {
            return Ok(Finished { bytes, quality, fidelity: fidelity(&mastered, &heard) });
        }
        aim.lufs += error;
        aim.ceiling -= (peak - CEILING_DBTP + 0.1).max(0.0);
    }
}

/// The piece with as many bits as it takes to hide the encoder's noise as well as in the other pieces.
pub fn finish(mix: &[Frame], piece: &Piece) -> Result<Finished> {
    let mut aim = Aim { lufs: TARGET_LUFS, ceiling: CEILING_DBTP - 0.4 };
    let first = level(mix, piece, USUAL_QUALITY, &mut aim)?;
    let more = (first.fidelity.nmr - WANTED_NMR) / NMR_PER_QUALITY;
    let quality = (USUAL_QUALITY + more).clamp(*QUALITIES.start(), *QUALITIES.end());
    if quality == USUAL_QUALITY { Ok(first) } else { level(mix, piece, quality, &mut aim) }
}

/// The piece at every quality, for the table that the choice rests on.
pub fn ladder(mix: &[Frame], piece: &Piece) -> Result<Vec<Finished>> {
    let mut aim = Aim { lufs: TARGET_LUFS, ceiling: CEILING_DBTP - 0.4 };
    LADDER.iter().map(|quality| level(mix, piece, *quality, &mut aim)).collect()
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

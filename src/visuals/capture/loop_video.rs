//! Short seamless loops of scenes as animated WebP files.

use std::f32::consts::TAU;
use std::path::{Path, PathBuf};
use std::time::Duration;

use image::RgbImage;
use webp_animation::{AnimParams, Encoder, EncoderOptions, EncodingConfig, Error};

use super::scene_previews::{PreviewError, PreviewSubject, ScenePreviewRenderer};
use crate::foundation::easing::smoothstep;
use crate::foundation::{OutputFileError, write_output_file};
use crate::mixer::{BeatPhase, SoundLevels};
use crate::visuals::settings::VisualsSettings;

/// How long a loop is, and how finely it is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoopFormat {
    /// Width and height in pixels.
    pub size: (u32, u32),
    pub seconds: f32,
    /// Pictures in a second.
    pub rate: u32,
}

/// The share of a loop in which its end dissolves into its beginning.
const DISSOLVE: f32 = 0.25;
/// Tempo of the sound that the scenes follow, in beats per minute, rounded so that a loop has a whole number of beats.
const BPM: f32 = 92.0;

impl LoopFormat {
    fn count(&self) -> usize {
        ((self.seconds * self.rate as f32).round() as usize).max(2)
    }

    /// How many pictures more are taken, to be dissolved into the first ones.
    fn surplus(&self) -> usize {
        ((self.count() as f32 * DISSOLVE).round() as usize).max(1)
    }

    /// Time of a picture in milliseconds.
    fn time(&self, index: usize) -> i32 {
        (index as f64 * 1e3 / f64::from(self.rate)).round() as i32
    }

    /// Soft music in four-four time: a beat, and bands that swell one after the other.
    fn sound(&self, index: usize) -> SoundLevels {
        let beats = (self.seconds * BPM / 60.0).round().max(1.0);
        let at = beats * index as f32 / self.count() as f32;
        let pulse = (-5.0 * at.fract()).exp();
        let level = [0.62, 0.58, 0.5, 0.46, 0.42, 0.36, 0.3, 0.22];
        let mut bands = level;
        for (band, (value, level)) in bands.iter_mut().zip(level).enumerate() {
            let swell = 1.0 + 0.25 * (TAU * (at / beats + band as f32 / 8.0)).sin();
            *value = level * swell * if band < 2 { 0.75 + 0.5 * pulse } else { 1.0 };
        }
        let bpm = 60.0 * beats / self.seconds;
        let beat = Some(BeatPhase { phase: at.fract(), bpm, from_grid: true });
        SoundLevels { rms: 0.18 + 0.06 * pulse, peak: 0.5, bands, beat, ..SoundLevels::default() }
    }
}

/// Draws a loop of each scene with these people in view, and hands its pictures to `told`.
///
/// # Errors
/// [`PreviewError`] says what is missing or broken; or the error of `told`.
pub fn film<E: From<PreviewError>>(
    settings: &VisualsSettings,
    scenes: &[String],
    subject: &PreviewSubject,
    reel: &LoopFormat,
    mut told: impl FnMut(&str, Vec<RgbImage>) -> Result<(), E>,
) -> Result<(), E> {
    let mut studio = ScenePreviewRenderer::open(settings, reel.size)?;
    studio.set_subject(subject);
    studio.settle()?;
    let step = Duration::from_secs_f64(1.0 / f64::from(reel.rate));
    for scene in scenes {
        studio.set_step(ScenePreviewRenderer::STEP);
        studio.draw(scene)?;
        studio.set_step(step);
        let mut pictures = Vec::new();
        for index in 0..reel.count() + reel.surplus() {
            studio.set_sound(reel.sound(index));
            pictures.push(studio.next_picture()?);
        }
        told(scene, seamless(pictures, reel.count()))?;
    }
    Ok(())
}

/// Dissolves what comes after the first `count` pictures into the beginning, so that the last picture goes over into the
/// first as any picture does into the next.
#[must_use]
pub fn seamless(mut pictures: Vec<RgbImage>, count: usize) -> Vec<RgbImage> {
    let surplus = pictures.split_off(count.min(pictures.len()));
    let steps = surplus.len() as f32;
    for (index, (first, after)) in pictures.iter_mut().zip(surplus).enumerate() {
        let share = smoothstep((index as f32 + 0.5) / steps);
        for (value, other) in first.iter_mut().zip(after.iter()) {
            *value = (f32::from(*value) * share + f32::from(*other) * (1.0 - share)).round() as u8;
        }
    }
    pictures
}

/// Why a loop is not there.
#[derive(Debug, thiserror::Error)]
pub enum LoopError {
    #[error(transparent)]
    Sheet(#[from] PreviewError),
    /// The pictures cannot be put together.
    #[error("{file}: the loop cannot be encoded: {reason:?}")]
    Unencoded { file: PathBuf, reason: Error },
    /// The disk did not take it.
    #[error(transparent)]
    Unwritten(#[from] OutputFileError),
}

/// Writes pictures as an animated WebP that repeats for ever, with a quality of 0 to 100. Gives its size in bytes.
/// Successive pictures that are equal at this quality become one that is shown for longer.
///
/// # Errors
/// [`LoopError`] names the file and the reason.
pub fn write_loop(
    file: &Path,
    pictures: &[RgbImage],
    reel: &LoopFormat,
    quality: f32,
) -> Result<usize, LoopError> {
    let data = encode(pictures, reel, quality)
        .map_err(|reason| LoopError::Unencoded { file: file.to_owned(), reason })?;
    write_output_file(file, &data)?;
    Ok(data.len())
}

fn encode(pictures: &[RgbImage], reel: &LoopFormat, quality: f32) -> Result<Vec<u8>, Error> {
    let mut config = EncodingConfig::new_lossy(quality);
    config.method = 6;
    let options = EncoderOptions {
        anim_params: AnimParams { loop_count: 0 },
        // Every picture stands for itself: where all of it moves, a difference to the last one is no smaller.
        kmax: 1,
        encoding_config: Some(config),
        ..EncoderOptions::default()
    };
    let mut encoder = Encoder::new_with_options(reel.size, options)?;
    for (index, picture) in pictures.iter().enumerate() {
        let rgba: Vec<u8> = picture.pixels().flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
        encoder.add_frame(&rgba, reel.time(index))?;
    }
    Ok(encoder.finalize(reel.time(pictures.len()))?.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REEL: LoopFormat = LoopFormat { size: (16, 16), seconds: 2.0, rate: 15 };

    fn flat(value: u8) -> RgbImage {
        RgbImage::from_pixel(16, 16, image::Rgb([value, value, value]))
    }

    #[test]
    fn the_end_dissolves_into_the_beginning() {
        // A ramp that would jump back by 116 at the seam.
        let pictures: Vec<RgbImage> = (0..37).map(|index| flat(index * 4)).collect();
        let ring = seamless(pictures, 30);
        assert_eq!(ring.len(), 30);
        let value = |index: usize| i32::from(ring[index % 30].get_pixel(3, 3)[0]);
        assert!((value(0) - value(29)).abs() <= 6, "{} {}", value(29), value(0));
        assert!((0..30).all(|index| (value(index + 1) - value(index)).abs() < 116 / 3));
        assert_eq!(value(20), 80);
    }

    #[test]
    fn the_sound_of_a_loop_repeats_with_it() {
        let (first, again) = (REEL.sound(0), REEL.sound(REEL.count()));
        assert!((first.rms - again.rms).abs() < 1e-4);
        assert!(first.bands.iter().zip(again.bands).all(|(a, b)| (a - b).abs() < 1e-4));
        assert!(first.bands.iter().zip(REEL.sound(7).bands).any(|(a, b)| (a - b).abs() > 1e-3));
    }

    #[test]
    fn a_loop_with_no_place_to_go_is_refused_with_its_name() {
        let pictures = vec![flat(10), flat(200)];
        let error = write_loop(Path::new("not-here/orb.webp"), &pictures, &REEL, 60.0).unwrap_err();
        assert!(error.to_string().starts_with("not-here/orb.webp: "), "{error}");
        let error = write_loop(Path::new("orb.webp"), &[], &REEL, 60.0).unwrap_err();
        assert!(error.to_string().starts_with("orb.webp: "), "{error}");
    }
}

//! Key and mode, from the strengths of the pitch classes.
//!
//! The strengths are correlated with profiles of the 24 keys (Krumhansl 1990; Temperley 1999 "What's key for key?").
//! The bass has its own say, because relative keys share their notes and differ in what they rest on.

use super::spectrum::FINE;

/// How well each step of the scale fits, from the tonic up: the mean of Krumhansl–Kessler and Temperley, each
/// divided by its own mean.
const MAJOR: [f32; 12] = [1.69, 0.63, 1.05, 0.65, 1.33, 1.21, 0.67, 1.45, 0.66, 1.07, 0.56, 1.04];
const MINOR: [f32; 12] = [1.63, 0.67, 1.02, 1.43, 0.66, 1.10, 0.65, 1.34, 1.08, 0.67, 0.68, 1.05];
/// Evidence for a key from the bass, for each step of the scale.
const BASS: [f32; 12] = [1.0, 0.0, 0.25, 0.2, 0.2, 0.5, 0.0, 0.65, 0.15, 0.2, 0.15, 0.1];
/// Weights of the bass, and of the bass of the first seconds, relative to the whole spectrum.
const BASS_WEIGHT: f32 = 0.35;
const OPENING_WEIGHT: f32 = 0.15;

/// An estimated key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct KeyEstimate {
    /// 0 is C.
    pub(super) tonic: u8,
    pub(super) minor: bool,
    /// How far the best key is ahead of the mean of all, 0..=1.
    pub(super) clarity: f32,
    /// −1 surely minor ..= 1 surely major.
    pub(super) mode: f32,
}

/// Finds the key of fine pitch classes (the first bin is A); `None` without any pitch.
pub(super) fn key(pitches: &[f32], bass: &[f32], opening: &[f32]) -> Option<KeyEstimate> {
    let off = tuning(pitches)?;
    let [whole, low, first] = [pitches, bass, opening].map(|fine| classes(fine, off));
    let score = |tonic: usize, profile: &[f32; 12]| {
        let turned = |of: &[f32; 12]| std::array::from_fn::<f32, 12, _>(|n| of[(n + tonic) % 12]);
        correlation(&turned(&whole), profile)
            + BASS_WEIGHT * correlation(&turned(&low), &BASS)
            + OPENING_WEIGHT * correlation(&turned(&first), &BASS)
    };
    let major: [f32; 12] = std::array::from_fn(|tonic| score(tonic, &MAJOR));
    let minor: [f32; 12] = std::array::from_fn(|tonic| score(tonic, &MINOR));
    let best = |scores: &[f32; 12]| (0..12).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap_or(0);
    let (bright, dark) = (best(&major), best(&minor));
    let is_minor = minor[dark] > major[bright];
    let (tonic, top) = if is_minor { (dark, minor[dark]) } else { (bright, major[bright]) };
    Some(KeyEstimate {
        // The first class is A, and keys are counted from C.
        tonic: ((tonic + 9) % 12) as u8,
        minor: is_minor,
        clarity: (top / (1.0 + BASS_WEIGHT + OPENING_WEIGHT)).clamp(0.0, 1.0),
        mode: ((major[bright] - minor[dark]) / 0.25).clamp(-1.0, 1.0),
    })
}

/// How far the track is tuned away from 440 Hz, in fine steps, −5..5.
fn tuning(pitches: &[f32]) -> Option<f32> {
    let steps = (FINE / 12) as f32;
    let (mut x, mut y) = (0.0, 0.0);
    for (bin, strength) in pitches.iter().enumerate() {
        let angle = std::f32::consts::TAU * bin as f32 / steps;
        x += strength * angle.cos();
        y += strength * angle.sin();
    }
    (pitches.iter().sum::<f32>() > 0.0).then(|| y.atan2(x) / std::f32::consts::TAU * steps)
}

/// The strength of the twelve pitch classes; what lies between two counts for neither.
fn classes(fine: &[f32], off: f32) -> [f32; 12] {
    let steps = FINE / 12;
    let mut classes = [0.0; 12];
    for (bin, strength) in fine.iter().enumerate() {
        let place = (bin as f32 - off) / steps as f32;
        let away = place - place.round();
        classes[(place.round() as i32).rem_euclid(12) as usize] +=
            strength * (1.0 - (2.0 * away).powi(2)).max(0.0);
    }
    classes
}

fn correlation(a: &[f32; 12], b: &[f32; 12]) -> f32 {
    let (mean_a, mean_b) = (a.iter().sum::<f32>() / 12.0, b.iter().sum::<f32>() / 12.0);
    let (mut both, mut of_a, mut of_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        both += a * b;
        of_a += a * a;
        of_b += b * b;
    }
    both / (of_a * of_b).sqrt().max(f32::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fine pitch classes of notes counted from C, all out of tune by `off` fine steps.
    fn notes(strengths: &[(usize, f32)], off: i32) -> Vec<f32> {
        let mut fine = vec![0.0; FINE];
        for (note, strength) in strengths {
            let bin = ((note + 3) % 12 * 10 + FINE).saturating_add_signed(off as isize);
            fine[bin % FINE] += strength;
        }
        fine
    }

    #[test]
    fn a_cadence_names_its_key_in_any_tuning() {
        // C F G C and c f g c.
        let major = [(0, 3.0), (4, 2.0), (7, 3.0), (5, 1.0), (9, 1.0), (11, 1.0), (2, 1.0)];
        let minor = [(0, 3.0), (3, 2.0), (7, 3.0), (5, 1.0), (8, 1.0), (11, 1.0), (2, 1.0)];
        for off in [-3, 0, 4] {
            let heard = |of: &[(usize, f32)]| {
                let bass = notes(&[(0, 2.0), (5, 1.0), (7, 1.0)], off);
                key(&notes(of, off), &bass, &bass).expect("there is a key")
            };
            assert_eq!((heard(&major).tonic, heard(&major).minor), (0, false));
            assert_eq!((heard(&minor).tonic, heard(&minor).minor), (0, true));
            assert!(heard(&major).mode > 0.2 && heard(&minor).mode < -0.2);
        }
    }

    #[test]
    fn no_pitch_has_no_key() {
        assert_eq!(key(&[0.0; FINE], &[0.0; FINE], &[0.0; FINE]), None);
    }
}

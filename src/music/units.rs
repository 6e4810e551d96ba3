//! Quantities of sound. A gain, a level and a loudness are all told in decibels of something; each has a type of its own
//! here, so that none is taken for another.
//!
//! `Lufs - Lufs` and `Dbfs - Dbfs` are gains, and a gain can be added to each of them. The sum of two levels has no
//! meaning, so there is none.

use std::ops::{Add, Neg, Sub};

use serde::{Deserialize, Serialize};

use crate::settings::quantities;

/// A gain: the ratio of two levels, in decibels. 0 changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Decibels(pub f32);

/// A level relative to full scale, 0: of samples in dBFS, of the signal between them (true peak) in dBTP.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Dbfs(pub f32);

/// Loudness of a K-weighted signal in LUFS (ITU-R BS.1770-4, EBU R 128).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lufs(pub f32);

quantities!(Decibels, Dbfs, Lufs);

/// Offset between the mean square of a K-weighted signal and its loudness, in LU (ITU-R BS.1770-4).
const LOUDNESS_OFFSET_LU: f32 = 0.691;

fn amplitude(decibels: f32) -> f32 {
    10_f32.powf(decibels / 20.0)
}

fn decibels(amplitude: f32) -> f32 {
    20.0 * amplitude.log10()
}

impl Decibels {
    /// The factor for samples: 1 at 0 dB, 0 at −∞ dB.
    #[must_use]
    pub fn amplitude(self) -> f32 {
        amplitude(self.0)
    }

    /// The gain of a factor for samples; −∞ dB for 0.
    #[must_use]
    pub fn of_amplitude(factor: f32) -> Self {
        Self(decibels(factor))
    }

    /// Kept within two gains.
    #[must_use]
    pub fn clamp(self, least: Self, most: Self) -> Self {
        Self(self.0.clamp(least.0, most.0))
    }
}

impl Dbfs {
    /// The amplitude: 1 at full scale, 0 at −∞ dBFS.
    #[must_use]
    pub fn amplitude(self) -> f32 {
        amplitude(self.0)
    }

    /// The level of an amplitude; −∞ dBFS for 0.
    #[must_use]
    pub fn of_amplitude(amplitude: f32) -> Self {
        Self(decibels(amplitude))
    }
}

impl Lufs {
    /// Silence.
    pub const SILENCE: Self = Self(f32::NEG_INFINITY);

    /// The mean square, summed over the channels, of a K-weighted signal with this loudness.
    #[must_use]
    pub fn power(self) -> f32 {
        10_f32.powf((self.0 + LOUDNESS_OFFSET_LU) / 10.0)
    }

    /// The loudness of that mean square; −∞ LUFS for 0.
    #[must_use]
    pub fn of_power(power: f32) -> Self {
        Self(10.0 * power.log10() - LOUDNESS_OFFSET_LU)
    }

    /// Whether it is a number, which silence is not.
    #[must_use]
    pub fn is_finite(self) -> bool {
        self.0.is_finite()
    }
}

impl Add for Decibels {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Neg for Decibels {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

/// The difference of two levels is a gain, and a gain moves a level.
macro_rules! level {
    ($($level:ident),+) => {$(
        impl Sub for $level {
            type Output = Decibels;

            fn sub(self, other: Self) -> Decibels {
                Decibels(self.0 - other.0)
            }
        }

        impl Add<Decibels> for $level {
            type Output = Self;

            fn add(self, gain: Decibels) -> Self {
                Self(self.0 + gain.0)
            }
        }
    )+};
}
level!(Dbfs, Lufs);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Setting as _, SettingContext, SettingKind, SettingNode, SettingRange};

    /// Half the amplitude is 6.02 dB less, for a gain as for a level, and back.
    #[test]
    fn amplitudes_and_decibels_are_converted_both_ways() {
        assert!((Decibels(-6.0206).amplitude() - 0.5).abs() < 1e-4);
        assert!((Dbfs::of_amplitude(0.5).0 + 6.0206).abs() < 1e-3);
        assert_eq!((Decibels(0.0).amplitude(), Decibels(f32::NEG_INFINITY).amplitude()), (1.0, 0.0));
        assert_eq!(Decibels::of_amplitude(0.0), Decibels(f32::NEG_INFINITY));
        assert!(((Dbfs(-1.0) + Decibels(-5.0206)).amplitude() - 0.5).abs() < 1e-4);
    }

    /// A stereo sine of 1 kHz at −23 dBFS has −23 LUFS (EBU Tech 3341): its mean square, summed over the channels.
    #[test]
    fn loudness_and_power_are_converted_both_ways() {
        // K-weighting lifts 1 kHz by 0.691 dB, which the offset takes away.
        let sine = 2.0 * 0.5 * Dbfs(-23.0).amplitude().powi(2) * 10_f32.powf(0.0691);
        assert!((Lufs::of_power(sine).0 + 23.0).abs() < 1e-3, "{:?}", Lufs::of_power(sine));
        assert!((Lufs(-23.0).power() - sine).abs() < 1e-6);
        assert!(Lufs::SILENCE.power().abs() < 1e-12);
    }

    /// The gain between two loudnesses brings the one to the other.
    #[test]
    fn the_difference_of_two_levels_is_the_gain_between_them() {
        let (track, target) = (Lufs(-9.5), Lufs(-16.0));
        assert_eq!(target - track, Decibels(-6.5));
        assert_eq!(track + (target - track), target);
        assert_eq!((Decibels(3.0) + Decibels(-1.0), -Decibels(3.0)), (Decibels(2.0), Decibels(-3.0)));
        assert_eq!(Decibels(30.0).clamp(Decibels(-24.0), Decibels(12.0)), Decibels(12.0));
    }

    /// In a settings file a quantity is a plain number with the range that is declared for it.
    #[test]
    fn a_quantity_is_a_setting_like_a_number() {
        let range = Some(SettingRange { least: -40.0, greatest: -8.0 });
        let context =
            SettingContext { path: "target".into(), range, unit: Some("LUFS"), ..Default::default() };
        let SettingNode::Field(field) = Lufs(-16.0).describe(&Lufs(-14.0), &context) else {
            panic!("a field")
        };
        assert_eq!((field.kind.clone(), field.value.as_str()), (SettingKind::Number, "-16.0"));
        assert_eq!((field.default.as_str(), field.range_text()), ("-14.0", "-40 to -8 LUFS".to_owned()));
        assert!(Lufs(-16.0).check(&context).is_ok());
        let wrong = Lufs(0.0).check(&context).unwrap_err().to_string();
        assert!(wrong.contains("0 is not between -40 and -8 LUFS"), "{wrong}");
        assert_eq!(ron::from_str::<Lufs>("-9.5"), Ok(Lufs(-9.5)));
    }
}

//! Conversions between decibels, amplitudes, powers and loudness.

/// Offset between the mean square of a K-weighted signal and its loudness, in LU (ITU-R BS.1770-4).
const LOUDNESS_OFFSET_LU: f32 = 0.691;

/// The amplitude of a level in decibels: 0 dB is 1.
#[must_use]
pub fn amplitude(decibels: f32) -> f32 {
    10_f32.powf(decibels / 20.0)
}

/// The amplitude of a volume control at 0..=1: its cube, the taper of `PulseAudio`. Half way down is
/// −18 dB; 10 dB less sounds about half as loud.
#[must_use]
pub fn volume_amplitude(position: f32) -> f32 {
    position.clamp(0.0, 1.0).powi(3)
}

/// The mean square, summed over the channels, of a K-weighted signal with a loudness in LUFS.
pub(super) fn power_of_lufs(lufs: f32) -> f32 {
    10_f32.powf((lufs + LOUDNESS_OFFSET_LU) / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_control_goes_from_silence_to_full_in_steps_that_sound_even() {
        assert_eq!((volume_amplitude(0.0), volume_amplitude(1.0)), (0.0, 1.0));
        let decibels = |position| 20.0 * volume_amplitude(position).log10();
        assert!((decibels(0.5) + 18.06).abs() < 0.01);
        assert!((decibels(0.8) + 5.8).abs() < 0.1);
    }
}

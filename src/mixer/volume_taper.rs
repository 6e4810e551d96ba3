//! The taper of the volume control.

/// The amplitude of a volume control at 0..=1: its cube, the taper of `PulseAudio`. Half way down is
/// −18 dB; 10 dB less sounds about half as loud.
#[must_use]
pub fn volume_amplitude(position: f32) -> f32 {
    position.clamp(0.0, 1.0).powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::Decibels;

    /// The taper goes from silence to full, and equal steps sound about equally large.
    #[test]
    fn a_volume_control_goes_from_silence_to_full_in_steps_that_sound_even() {
        assert_eq!((volume_amplitude(0.0), volume_amplitude(1.0)), (0.0, 1.0));
        let decibels = |position| Decibels::of_amplitude(volume_amplitude(position)).0;
        assert!((decibels(0.5) + 18.06).abs() < 0.01);
        assert!((decibels(0.8) + 5.8).abs() < 0.1);
    }
}

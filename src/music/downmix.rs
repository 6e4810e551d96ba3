//! Any number of channels to stereo, by ITU-R BS.775.
//!
//! Everything that reads a file gets the same two channels, so the analysis measures what is played: a mono file is
//! measured as it sounds from two speakers, which is 3 LU louder than from one. The sums are not scaled down, since the
//! gain to the target loudness follows, and the limiter after it.

use std::f32::consts::FRAC_1_SQRT_2;

use symphonia::core::audio::{Channels, Position};

/// How much of each channel goes to the left and to the right.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Downmix {
    weights: Vec<[f32; 2]>,
}

impl Downmix {
    /// For channels in this layout. Channels without a position have those that a WAV file gives to their number.
    pub(super) fn of(channels: &Channels) -> Self {
        let count = channels.count();
        let positions = match channels {
            Channels::Positioned(positions) => Some(*positions),
            _ => u32::try_from(count).ok().and_then(Position::from_wave_channel_count),
        };
        let weights = match (count, positions) {
            (1, _) => vec![[1.0, 1.0]],
            (2, _) => vec![[1.0, 0.0], [0.0, 1.0]],
            (_, Some(positions)) => positions.iter().map(weights).collect(),
            // The layout is unknown: all channels are mixed into the centre.
            (count, None) => vec![[1.0 / count as f32; 2]; count],
        };
        Self { weights }
    }

    /// Appends the stereo frames of interleaved samples of these channels.
    pub(super) fn mix(&self, interleaved: &[f32], out: &mut Vec<f32>) {
        match self.weights.len() {
            0 => {}
            1 => out.extend(interleaved.iter().flat_map(|sample| [*sample; 2])),
            2 => out.extend_from_slice(interleaved),
            channels => out.extend(interleaved.chunks_exact(channels).flat_map(|frame| {
                frame.iter().zip(&self.weights).fold([0.0; 2], |[left, right], (sample, weight)| {
                    [left + sample * weight[0], right + sample * weight[1]]
                })
            })),
        }
    }
}

/// Left and right weight of a position (ITU-R BS.775-4, table 2): the centre and the surrounds at −3 dB, a single
/// surround at −3 dB on both sides again, the channel of low effects not at all.
fn weights(position: Position) -> [f32; 2] {
    const HALF_POWER: f32 = FRAC_1_SQRT_2;
    if position == Position::FRONT_LEFT {
        [1.0, 0.0]
    } else if position == Position::FRONT_RIGHT {
        [0.0, 1.0]
    } else if Position::LFE1.union(Position::LFE2).contains(position) {
        [0.0, 0.0]
    } else if position == Position::FRONT_CENTER {
        [HALF_POWER, HALF_POWER]
    } else if position == Position::REAR_CENTER {
        [0.5, 0.5]
    } else if is_left(position) {
        [HALF_POWER, 0.0]
    } else if is_right(position) {
        [0.0, HALF_POWER]
    } else {
        [0.5, 0.5]
    }
}

fn is_left(position: Position) -> bool {
    [
        Position::REAR_LEFT,
        Position::SIDE_LEFT,
        Position::FRONT_LEFT_CENTER,
        Position::FRONT_LEFT_WIDE,
        Position::TOP_FRONT_LEFT,
        Position::TOP_REAR_LEFT,
        Position::TOP_SIDE_LEFT,
    ]
    .contains(&position)
}

fn is_right(position: Position) -> bool {
    [
        Position::REAR_RIGHT,
        Position::SIDE_RIGHT,
        Position::FRONT_RIGHT_CENTER,
        Position::FRONT_RIGHT_WIDE,
        Position::TOP_FRONT_RIGHT,
        Position::TOP_REAR_RIGHT,
        Position::TOP_SIDE_RIGHT,
    ]
    .contains(&position)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed(channels: &Channels, frame: &[f32]) -> Vec<f32> {
        let mut out = Vec::new();
        Downmix::of(channels).mix(frame, &mut out);
        out
    }

    /// Of 5.1, the centre is heard on both sides, the surrounds on theirs, and the low effects nowhere.
    #[test]
    fn surround_is_mixed_as_bs_775_says() {
        let surround = Channels::Positioned(
            Position::FRONT_LEFT
                | Position::FRONT_RIGHT
                | Position::FRONT_CENTER
                | Position::LFE1
                | Position::REAR_LEFT
                | Position::REAR_RIGHT,
        );
        let h = FRAC_1_SQRT_2;
        for (channel, heard) in
            [[1.0, 0.0], [0.0, 1.0], [h, h], [0.0, 0.0], [h, 0.0], [0.0, h]].into_iter().enumerate()
        {
            let mut frame = [0.0; 6];
            frame[channel] = 1.0;
            assert_eq!(mixed(&surround, &frame), heard, "channel {channel}");
            assert_eq!(mixed(&Channels::Discrete(6), &frame), heard, "channel {channel} by its number");
        }
    }

    #[test]
    fn mono_sounds_from_both_sides_and_stereo_stays() {
        assert_eq!(mixed(&Channels::Discrete(1), &[0.5, -0.5]), [0.5, 0.5, -0.5, -0.5]);
        assert_eq!(mixed(&Channels::Discrete(2), &[0.5, -0.5]), [0.5, -0.5]);
    }
}

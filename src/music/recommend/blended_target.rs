//! What the next track should be like.

use crate::emotion::{Affect, Emotion, Probabilities};
use crate::music::plane::of_plane;
use crate::music::playlists::{MusicTarget, PlaylistName, Playlists};

/// A target, and how far from it is still good.
#[derive(Debug, Clone, PartialEq)]
pub struct BlendedTarget {
    pub target: MusicTarget,
    pub tolerance: MusicTarget,
}

impl BlendedTarget {
    /// The targets of all emotions, mixed by their probabilities. `held` is the playlist of the emotion that
    /// holds; `now` takes the place of its target while it leads from somewhere to it, or stays with what plays.
    /// An empty room has only its own target.
    #[must_use]
    pub fn blend(
        playlists: &Playlists,
        probabilities: &Probabilities,
        held: PlaylistName,
        now: Option<MusicTarget>,
    ) -> Self {
        let own = playlists.get(held);
        let target = now.unwrap_or_else(|| own.target.clone());
        if held == PlaylistName::EMPTY {
            return Self { target, tolerance: own.tolerance.clone() };
        }
        let (mut mixed, mut tolerance) = (WeightedSum::default(), WeightedSum::default());
        for emotion in Emotion::ALL {
            let name = PlaylistName(Some(emotion));
            let playlist = playlists.get(name);
            let p = probabilities.of(emotion);
            mixed.add(p, if name == held { &target } else { &playlist.target });
            tolerance.add(p, &playlist.tolerance);
        }
        Self { target: mixed.into(), tolerance: tolerance.into() }
    }
}

/// The target of a track at a point of the plane: brightness and energy of the point, tempo in step with the energy (a
/// whole range of energy is about 90 BPM), all else as in `base`.
#[must_use]
pub fn target_at(point: Affect, base: &MusicTarget) -> MusicTarget {
    let (valence, energy) = of_plane(point);
    let tempo = (base.tempo + 90.0 * (energy - base.energy)).clamp(40.0, 200.0);
    MusicTarget { valence, energy, danceability: base.danceability, tempo }
}

#[derive(Default)]
struct WeightedSum([f32; 4]);

impl WeightedSum {
    fn add(&mut self, weight: f32, target: &MusicTarget) {
        let MusicTarget { valence, energy, danceability, tempo } = *target;
        for (sum, value) in self.0.iter_mut().zip([valence, energy, danceability, tempo]) {
            *sum += weight * value;
        }
    }
}

impl From<WeightedSum> for MusicTarget {
    fn from(WeightedSum([valence, energy, danceability, tempo]): WeightedSum) -> Self {
        Self { valence, energy, danceability, tempo }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::test_support::playlists;

    #[test]
    fn targets_are_mixed_by_probability_and_not_taken_from_the_winner() {
        let playlists = playlists();
        let mut weights = [0.0; 7];
        weights[Emotion::Happy.index()] = 0.6;
        weights[Emotion::Neutral.index()] = 0.4;
        let p = Probabilities::from_weights(weights);
        let goal = BlendedTarget::blend(&playlists, &p, PlaylistName(Some(Emotion::Happy)), None);
        let wanted = 0.6 * playlists.happy.target.energy + 0.4 * playlists.neutral.target.energy;
        assert!((goal.target.energy - wanted).abs() < 1e-5);
        assert!(goal.target.energy < playlists.happy.target.energy);
    }

    #[test]
    fn an_empty_room_has_its_own_target_whatever_lingers() {
        let playlists = playlists();
        let p = Probabilities::certain(Emotion::Angry);
        let goal = BlendedTarget::blend(&playlists, &p, PlaylistName::EMPTY, None);
        assert_eq!(goal.target, playlists.empty.target);
    }

    #[test]
    fn a_leading_playlist_counts_with_where_it_is_now() {
        let playlists = playlists();
        let p = Probabilities::certain(Emotion::Sad);
        let now = MusicTarget { valence: 0.2, energy: 0.3, danceability: 0.3, tempo: 80.0 };
        let goal = BlendedTarget::blend(&playlists, &p, PlaylistName(Some(Emotion::Sad)), Some(now.clone()));
        assert_eq!(goal.target, now);
    }
}

//! How the gains of two tracks share a crossfade.

use serde::{Deserialize, Serialize};

/// How the gains of two tracks share a fade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FadeCurve {
    /// The powers sum to one: right for different tracks, whose signals are uncorrelated.
    EqualPower,
    /// The amplitudes sum to one: right for a track that fades into itself, whose signals are correlated.
    EqualGain,
}

/// The setting for the curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FadeCurveSetting {
    /// Equal gain for a track that fades into itself, equal power for all others.
    #[default]
    Auto,
    EqualPower,
    EqualGain,
}

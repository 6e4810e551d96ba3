//! The resources that the panel shows.

use bevy::diagnostic::DiagnosticsStore;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::history::OperatorHistory;
use crate::foundation::Faults;
use crate::mixer::{NowPlaying, SoundLevels};
use crate::mood::{Mood, MoodTrail};
use crate::music::LibraryStatus;
use crate::sense::camera::SourceStatus;
use crate::vision::perception::PerceptionStatus;
use crate::visuals::SceneCrossfade;
use crate::visuals::quality::RenderQuality;

/// Everything that the panel shows, read only.
#[derive(SystemParam)]
pub(super) struct PanelData<'w> {
    pub(super) history: Res<'w, OperatorHistory>,
    pub(super) trail: Res<'w, MoodTrail>,
    pub(super) mood: Res<'w, Mood>,
    pub(super) source: Res<'w, SourceStatus>,
    pub(super) perception: Res<'w, PerceptionStatus>,
    pub(super) playing: Res<'w, NowPlaying>,
    pub(super) levels: Res<'w, SoundLevels>,
    pub(super) library: Option<Res<'w, LibraryStatus>>,
    pub(super) crossfade: Option<Res<'w, SceneCrossfade>>,
    pub(super) quality: Option<Res<'w, RenderQuality>>,
    pub(super) faults: Res<'w, Faults>,
    pub(super) diagnostics: Res<'w, DiagnosticsStore>,
    pub(super) time: Res<'w, Time>,
}

//! Music: the library, its analysis, and the choice of the next track by mood.

pub mod analysis;
mod choose;
mod cue_sheet;
mod cue_track;
mod downmix;
pub mod faults;
mod file_finder;
mod file_layout;
mod file_part;
pub mod journey;
pub mod library;
mod loudness_envelope;
mod lyrics;
mod ogg_headers;
mod options;
mod opus_surround;
mod plane;
pub mod playlists;
mod rate_converter;
pub mod recommend;
mod settings;
mod sound_file;
mod sound_formats;
mod sound_stream;
mod starter_album;
pub mod taste;
#[cfg(test)]
mod test_support;
mod text_encoding;
mod theory;
mod track;
mod units;

pub use choose::{Chooser, ChooserContext, ChooserInput, Pick, PickCause, TrackWanted};
pub use library::{
    LibraryEntry, LibraryOptions, LibrarySettings, LibrarySettingsOverlay, LibraryStatus, MusicLibrary,
    ScannedFolder, UnusableFile,
};
pub use loudness_envelope::LoudnessEnvelope;
pub use options::{MusicOptions, TasteOptions};
pub use plane::{distance, in_plane, of_plane};
pub use playlists::{MusicTarget, Playlist, PlaylistName, PlaylistPolicy, Playlists};
pub use recommend::{Contribution, ScoreTerm};
pub use settings::{MusicSettings, MusicSettingsOverlay};
pub(crate) use sound_file::{SoundFile, SoundFileError};
pub use sound_formats::playable_formats;
pub use starter_album::shipped_album;
pub use theory::{FARTHEST_KEYS, MusicalKey, PREFERRED_BPM, key_distance};
pub use track::{BeatGrid, FactSource, Sourced, Track, TrackEdges, TrackFacts, artist_id, track_id};
pub use units::{Dbfs, Decibels, Lufs};

use bevy::prelude::*;

use crate::command;
use crate::foundation::{ClockMode, FrameStage};
use crate::mood::{Mood, Presence};
use crate::settings::AddSettings as _;

/// Chooses tracks by the slow mood, and learns the taste of the household.
///
/// Takes [`MusicOptions`], [`LibraryOptions`], [`TasteOptions`], [`ClockMode`], [`MusicSettings`] and [`LibrarySettings`]: insert
/// them before this plugin.
pub struct MusicPlugin;

impl Plugin for MusicPlugin {
    fn build(&self, app: &mut App) {
        command::plugin(app);
        crate::event::plugin(app);
        app.add_settings::<MusicSettings>("music").add_settings::<LibrarySettings>("library");
        app.init_resource::<ClockMode>()
            .init_resource::<Mood>()
            .init_resource::<Presence>()
            .init_resource::<MusicOptions>()
            .init_resource::<LibraryOptions>()
            .init_resource::<LibraryStatus>()
            .init_resource::<MusicLibrary>()
            .init_resource::<TasteOptions>()
            .add_message::<Pick>()
            .add_message::<TrackWanted>()
            .add_systems(Startup, (library::set_up, choose::set_up).chain())
            .add_systems(
                Update,
                (
                    library::take_news,
                    choose::take_playlists,
                    (library::apply_settings, choose::apply_settings, choose::relearn),
                    choose::take_taste,
                    choose::collect_inputs,
                    choose::write_feedback,
                    choose::learn_feedback,
                    choose::update_catalogue,
                    choose::choose_track,
                    choose::answer_feedback,
                    choose::report_nothing_to_play,
                )
                    .chain()
                    .in_set(FrameStage::Choose),
            );
    }
}

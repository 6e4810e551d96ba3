//! Tells the other rooms what changed in the music that is heard.

use bevy::prelude::*;

use super::now_playing::NowPlaying;
use crate::event::Event;
use crate::foundation::show_name;
use crate::music::Pick;

/// Compares what plays with what played in the last frame.
pub(super) fn write_music_events(
    playing: Res<NowPlaying>,
    mut last: Local<NowPlaying>,
    mut events: MessageWriter<Event>,
) {
    if playing.paused != last.paused {
        events.write(Event::PauseChanged { paused: playing.paused });
    }
    let crossfaded = playing.crossfades != last.crossfades;
    if crossfaded {
        events.write(Event::CrossfadeBegan { count: playing.crossfades });
    }
    // A track that plays again after itself is the same pick with another crossfade.
    if crossfaded || playing.pick != last.pick {
        if let Some(pick) = &last.pick {
            events.write(track_ended(pick, &last));
        }
        if let Some(pick) = &playing.pick {
            events.write(track_began(pick));
        }
        last.pick.clone_from(&playing.pick);
    }
    last.paused = playing.paused;
    last.crossfades = playing.crossfades;
    last.position = playing.position;
}

fn file_name(pick: &Pick) -> String {
    let path = &pick.track.path;
    show_name(path.file_name().unwrap_or(path.as_os_str()))
}

fn track_began(pick: &Pick) -> Event {
    Event::TrackBegan {
        file: file_name(pick),
        title: pick.track.title.clone(),
        artist: pick.track.artist.clone(),
        emotion: pick.emotion,
        reason: pick.reason.clone(),
        why: pick.why.iter().map(|why| (why.term.name(), why.points())).collect(),
    }
}

fn track_ended(pick: &Pick, last: &NowPlaying) -> Event {
    Event::TrackEnded { file: file_name(pick), title: pick.track.title.clone(), position: last.position }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::music::{PickCause, Track, TrackFacts};

    fn pick(title: &str) -> Pick {
        let track = Track {
            path: format!("/music/{title}.ogg").into(),
            title: title.into(),
            artist: None,
            duration: Duration::from_secs(90),
            facts: TrackFacts::default(),
        };
        Pick { track, emotion: None, cause: PickCause::Silence, reason: "chosen".into(), why: vec![] }
    }

    /// Each change of what is heard is one event of its kind, and a frame without a change is none.
    #[test]
    fn a_change_of_what_plays_is_an_event() {
        let mut app = App::new();
        crate::event::plugin(&mut app);
        app.init_resource::<NowPlaying>().add_systems(Update, write_music_events);
        let mut events = |change: &dyn Fn(&mut NowPlaying)| {
            change(&mut app.world_mut().resource_mut::<NowPlaying>());
            app.update();
            let events: Vec<Event> = app.world_mut().resource_mut::<Messages<Event>>().drain().collect();
            events
        };
        assert_eq!(events(&|_| {}), []);
        let began = events(&|playing| playing.pick = Some(pick("a")));
        assert!(matches!(&began[..], [Event::TrackBegan { file, .. }] if file == "a.ogg"), "{began:?}");
        assert_eq!(events(&|playing| playing.position = Duration::from_secs(5)), []);
        let changed = events(&|playing| {
            playing.pick = Some(pick("b"));
            playing.crossfades = 1;
            playing.position = Duration::ZERO;
        });
        let [
            Event::CrossfadeBegan { count: 1 },
            Event::TrackEnded { title, position, .. },
            Event::TrackBegan { .. },
        ] = &changed[..]
        else {
            panic!("{changed:?}")
        };
        assert_eq!((title.as_str(), *position), ("a", Duration::from_secs(5)));
        assert_eq!(events(&|playing| playing.crossfades = 2).len(), 3, "the same track again");
        assert_eq!(events(&|playing| playing.paused = true), [Event::PauseChanged { paused: true }]);
        assert!(matches!(events(&|playing| playing.pick = None)[..], [Event::TrackEnded { .. }]));
    }
}

//! What the mixer tells other rooms, and what is state and not a setting.

use attune::command::{Command, Request};
use attune::mixer::{AmbientSwitch, AmbientWhen, MixerSettings, NowPlaying};

use super::hall::{Hall, STEP, Tone};

fn playing(hall: &Hall) -> NowPlaying {
    hall.app.world().resource::<NowPlaying>().clone()
}

/// The time until the next fade is the one that the mixer plans, and the time of the newest one stays.
#[test]
fn the_next_and_the_newest_fade_are_told() {
    let mut hall = Hall::mixer_only();
    let [a, b] = [400.0, 600.0].map(|hz| hall.tone(&format!("{hz}.wav"), &Tone::new(hz, 20.0)));
    hall.play(&a);
    hall.run(2.0);
    let now = playing(&hall);
    // A track of 20 s without an outro, and crossfades of 3 s.
    let left = now.next_fade_in.expect("its end is known").as_secs_f64();
    assert!((left - (17.0 - now.position.as_secs_f64())).abs() < 0.05, "{left} at {:?}", now.position);
    let began = now.last_fade_at.expect("it has begun").as_secs_f64();
    assert!(began < 0.2, "{began}");
    hall.run(13.5);
    hall.play(&b);
    hall.run(1.0);
    let before = playing(&hall);
    let left = before.next_fade_in.expect("it is planned").as_secs_f64();
    assert!(left < 1.0, "{left}");
    let expected = hall.seconds() + left;
    hall.run(4.5);
    let after = playing(&hall);
    assert_eq!((before.crossfades, after.crossfades), (0, 1));
    let began = after.last_fade_at.expect("it has begun").as_secs_f64();
    assert!((began - expected).abs() < 2.0 * STEP.as_secs_f64(), "{began}, not {expected}");
    hall.run(2.0);
    assert_eq!(playing(&hall).last_fade_at, after.last_fade_at, "it stays");
}

/// A switch of the pad is state: the setting stays as it was loaded, and a changed setting wins.
#[test]
fn switching_the_pad_leaves_the_settings_alone() {
    let mut hall = Hall::mixer_only();
    hall.mixer_settings().ambient.when = AmbientWhen::Silences;
    hall.run(0.1);
    let switch = |hall: &Hall| hall.app.world().resource::<AmbientSwitch>().0;
    assert_eq!(switch(&hall), AmbientWhen::Silences);
    hall.app.world_mut().write_message(Request::script(Command::SwitchAmbientPad));
    hall.run(0.1);
    assert_eq!(switch(&hall), AmbientWhen::Always);
    let setting = hall.app.world().resource::<MixerSettings>().ambient.when;
    assert_eq!(setting, AmbientWhen::Silences);
    hall.mixer_settings().volume = 0.5;
    hall.run(0.1);
    assert_eq!(switch(&hall), AmbientWhen::Always, "another setting has changed");
    hall.mixer_settings().ambient.when = AmbientWhen::Off;
    hall.run(0.1);
    assert_eq!(switch(&hall), AmbientWhen::Off);
}

//! What the mixer tells other rooms, and what is state and not a setting.

use attune::command::{Command, Request};
use attune::mixer::{AmbientSwitch, AmbientWhen, MixerSettings, NowPlaying};

use super::test_rig::{MixerTestRig, STEP, Tone};

fn playing(rig: &MixerTestRig) -> NowPlaying {
    rig.app.world().resource::<NowPlaying>().clone()
}

/// The time until the next fade is the one that the mixer plans, and the time of the newest one stays.
#[test]
fn the_next_and_the_newest_fade_are_told() {
    let mut rig = MixerTestRig::mixer_only();
    let [a, b] = [400.0, 600.0].map(|hz| rig.tone(&format!("{hz}.wav"), &Tone::new(hz, 20.0)));
    rig.play(&a);
    rig.run(2.0);
    let now = playing(&rig);
    // A track of 20 s without an outro, and crossfades of 3 s.
    let left = now.next_fade_in.expect("its end is known").as_secs_f64();
    assert!((left - (17.0 - now.position.as_secs_f64())).abs() < 0.05, "{left} at {:?}", now.position);
    let began = now.last_fade_at.expect("it has begun").as_secs_f64();
    assert!(began < 0.2, "{began}");
    rig.run(13.5);
    rig.play(&b);
    rig.run(1.0);
    let before = playing(&rig);
    let left = before.next_fade_in.expect("it is planned").as_secs_f64();
    assert!(left < 1.0, "{left}");
    let expected = rig.seconds() + left;
    rig.run(4.5);
    let after = playing(&rig);
    assert_eq!((before.crossfades, after.crossfades), (0, 1));
    let began = after.last_fade_at.expect("it has begun").as_secs_f64();
    assert!((began - expected).abs() < 2.0 * STEP.as_secs_f64(), "{began}, not {expected}");
    rig.run(2.0);
    assert_eq!(playing(&rig).last_fade_at, after.last_fade_at, "it stays");
}

/// A switch of the pad is state: the setting stays as it was loaded, and a changed setting wins.
#[test]
fn switching_the_pad_leaves_the_settings_alone() {
    let mut rig = MixerTestRig::mixer_only();
    rig.mixer_settings().ambient.when = AmbientWhen::Silences;
    rig.run(0.1);
    let switch = |rig: &MixerTestRig| rig.app.world().resource::<AmbientSwitch>().0;
    assert_eq!(switch(&rig), AmbientWhen::Silences);
    rig.app.world_mut().write_message(Request::script(Command::SwitchAmbientPad));
    rig.run(0.1);
    assert_eq!(switch(&rig), AmbientWhen::Always);
    let setting = rig.app.world().resource::<MixerSettings>().ambient.when;
    assert_eq!(setting, AmbientWhen::Silences);
    rig.mixer_settings().volume = 0.5;
    rig.run(0.1);
    assert_eq!(switch(&rig), AmbientWhen::Always, "another setting has changed");
    rig.mixer_settings().ambient.when = AmbientWhen::Off;
    rig.run(0.1);
    assert_eq!(switch(&rig), AmbientWhen::Off);
}

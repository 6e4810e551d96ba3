//! The ambient pad and the bell, as they are heard.

use std::time::Duration;

use attune::command::{Command, Request};
use attune::emotion::PersonId;
use attune::mixer::{AmbientWhen, Cue, MixerSettings, NowPlaying, OfflineMixer};
use attune::mood::{Mood, Presence};
use attune::music::{Dbfs, Decibels, Lufs, MusicalKey, Pick, Sourced, TrackEdges, TrackFacts};
use ebur128::{EbuR128, Mode};

use super::test_rig::{MixerTestRig, RATE, Tone, between, longest_silence, pick, power, steepest};

const D_MINOR: MusicalKey = MusicalKey { tonic: 2, minor: true };

/// A rig with neither music nor album.
fn empty(when: AmbientWhen) -> MixerTestRig {
    let mut rig = MixerTestRig::with_music(|_| {});
    rig.mixer_settings().ambient.when = when;
    rig
}

fn feel(rig: &mut MixerTestRig, valence: f32, arousal: f32) {
    let mut mood = rig.app.world_mut().resource_mut::<Mood>();
    (mood.slow.valence, mood.slow.arousal) = (valence, arousal);
}

fn pad_key(rig: &MixerTestRig) -> Option<MusicalKey> {
    rig.app.world().resource::<NowPlaying>().ambient_key
}

/// A pick of a tone of which the analysis knows the key.
fn in_key(file: &std::path::Path, key: MusicalKey) -> Pick {
    let edges = TrackEdges { intro_end: 0.0, outro_start: 1e3, sound_end: 1e3 };
    let mut pick = pick(file);
    pick.track.facts = TrackFacts {
        key: Some(Sourced::measured(key)),
        ..TrackFacts::of_scan(Lufs(-20.0), Dbfs(-3.0), edges)
    };
    pick
}

/// Loudness of one channel played by both, in LUFS.
fn lufs(samples: &[f64]) -> f64 {
    let mut meter = EbuR128::new(2, RATE as u32, Mode::I).expect("a meter");
    let both: Vec<f64> = samples.iter().flat_map(|sample| [*sample, *sample]).collect();
    meter.add_frames_f64(&both).expect("measured");
    meter.loudness_global().expect("measured")
}

#[test]
fn without_any_music_the_pad_is_heard_and_never_falls_silent() {
    let mut rig = empty(AmbientWhen::Silences);
    for n in 0..5_u8 {
        let turn = f32::from(n) / 2.0 - 1.0;
        feel(&mut rig, turn, -turn);
        rig.run(9.0);
    }
    assert!(pad_key(&rig).is_some());
    assert_eq!(rig.faults("mixer"), [] as [String; 0]);
    let heard = rig.listen();
    assert!(longest_silence(&heard[4 * RATE..]) < 0.01, "{} s", longest_silence(&heard[4 * RATE..]));
    let loudness = lufs(between(&heard, 6.0, 45.0));
    // One of two channels that differ.
    assert!((-22.5..-18.0).contains(&loudness), "{loudness} LUFS");
    assert!(heard.iter().all(|sample| sample.abs() < 0.89));
}

#[test]
fn switched_off_there_is_silence_and_the_menu_switches_it_on() {
    let mut rig = empty(AmbientWhen::Off);
    rig.run(5.0);
    assert_eq!(pad_key(&rig), None);
    rig.app.world_mut().write_message(Request::script(Command::SwitchAmbientPad));
    rig.run(6.0);
    assert!(pad_key(&rig).is_some());
    for _ in 0..2 {
        rig.app.world_mut().write_message(Request::script(Command::SwitchAmbientPad));
    }
    rig.run(16.0);
    assert_eq!(pad_key(&rig), None);
    let heard = rig.listen();
    assert!(heard[..5 * RATE].iter().all(|sample| *sample == 0.0));
    assert!(power(between(&heard, 9.0, 10.5)) > 1e-4);
    assert!(heard[25 * RATE..].iter().all(|sample| sample.abs() < 1e-4), "the room has rung out");
}

#[test]
fn it_steps_back_for_music_and_comes_in_a_pause_if_it_is_asked_to() {
    let mut rig = MixerTestRig::mixer_only();
    rig.mixer_settings().ambient.when = AmbientWhen::Silences;
    rig.mixer_settings().ambient.in_pauses = true;
    rig.run(8.0);
    let file = rig.tone("tone.wav", &Tone { amplitude: 0.1, ..Tone::new(500.0, 60.0) });
    rig.play(&file);
    rig.run(20.0);
    assert_eq!(pad_key(&rig), None);
    rig.app.world_mut().write_message(Request::script(Command::Pause));
    rig.run(7.0);
    assert!(pad_key(&rig).is_some());
    let heard = rig.listen();
    let tone = 0.5 * 0.1 * 0.1;
    let music = power(between(&heard, 24.0, 28.0));
    assert!((10.0 * (music / tone).log10()).abs() < 0.05, "the music is alone: {music} for {tone}");
    assert!(power(between(&heard, 33.0, 35.0)) > 1e-4, "the pad in the pause");
    assert!(longest_silence(&heard[4 * RATE..28 * RATE]) < 0.01);
}

#[test]
fn under_music_it_is_quiet_and_a_change_of_key_is_no_click() {
    let mut rig = MixerTestRig::mixer_only();
    rig.mixer_settings().ambient.when = AmbientWhen::Always;
    // So soft that what is measured is the pad.
    let soft = Tone { amplitude: 0.004, ..Tone::new(440.0, 60.0) };
    let files = [rig.tone("a.wav", &soft), rig.tone("b.wav", &soft)];
    rig.app.world_mut().write_message(in_key(&files[0], D_MINOR));
    rig.run(20.0);
    rig.app.world_mut().write_message(in_key(&files[1], MusicalKey { tonic: 8, minor: false }));
    rig.run(15.0);
    assert_eq!(pad_key(&rig), None, "the screen tells of the music");
    let heard = rig.listen();
    for (from, to) in [(7.0, 20.0), (24.0, 35.0)] {
        let loudness = lufs(between(&heard, from, to));
        assert!((-33.0..-27.5).contains(&loudness), "{loudness} LUFS");
    }
    let own = steepest(between(&heard, 7.0, 19.0));
    assert!(steepest(&heard) < 1.5 * own, "{} and {own}", steepest(&heard));
}

#[test]
fn the_same_seed_makes_the_same_pad() {
    let play = || {
        let mut rig = empty(AmbientWhen::Silences);
        rig.run(6.0);
        feel(&mut rig, 0.6, 0.4);
        rig.run(6.0);
        rig.listen()
    };
    assert_eq!(play(), play());
}

fn quiet_bell(settings: MixerSettings) -> MixerSettings {
    MixerSettings { normalise: false, bell_volume_db: Decibels(-60.0), ..settings }
}

#[test]
fn music_steps_back_under_the_bell_along_its_curve_and_returns_to_its_level() {
    let settings = quiet_bell(MixerSettings::default());
    let duck = settings.bell_duck.clone();
    let dir = tempfile::tempdir().expect("a temporary folder");
    let tone = Tone { amplitude: 0.3, ..Tone::new(1_000.0, 60.0) }.write(&dir.path().join("tone.wav"));
    let mut mixer = OfflineMixer::new(&settings, RATE as u32).expect("a graph");
    mixer.play(pick(&tone));
    let left = |samples: Vec<f32>| samples.chunks_exact(2).map(|f| f64::from(f[0])).collect::<Vec<_>>();
    let before = left(mixer.seconds(2.0));
    mixer.cue(Cue::Bell);
    let heard = left(mixer.seconds(30.0));
    let own = power(&before[RATE..]).sqrt();
    let deep = f64::from(duck.db.amplitude());
    let (fall, back, hold) =
        (f64::from(duck.fall_seconds), f64::from(duck.return_seconds), f64::from(duck.hold_seconds));
    let down = |t: f64| deep + (1.0 - deep) * (-t / fall).exp();
    // Over whole periods of the tone, so that a mean is the gain in their middle. The limiter is 2 ms late.
    for (n, stretch) in heard.chunks_exact(480).enumerate() {
        let t = (n as f64 + 0.5) * 0.01 - 0.002;
        let expected =
            if t < hold { down(t.max(0.0)) } else { 1.0 - (1.0 - down(hold)) * (-(t - hold) / back).exp() };
        let gain = power(stretch).sqrt() / own;
        assert!((gain - expected).abs() < 0.01, "{t:.2} s: {gain}, not {expected}");
    }
    assert!(steepest(&heard) <= 1.01 * steepest(&before[RATE..]), "no click");
    let end = power(&heard[29 * RATE..]).sqrt() / own;
    assert!((end - 1.0).abs() < 2e-3, "{end}");
}

#[test]
fn the_bell_rings_in_a_rendered_run_while_a_person_is_present() {
    let mut rig = MixerTestRig::mixer_only();
    rig.mixer_settings().bell_minutes = 0.25;
    rig.mixer_settings().greet = false;
    let file = rig.tone("tone.wav", &Tone { amplitude: 0.02, ..Tone::new(3_000.0, 60.0) });
    rig.play(&file);
    rig.run(5.0);
    let now = Duration::from_secs(5);
    rig.app.world_mut().insert_resource(Presence::of(vec![PersonId(1)], now));
    rig.run(26.0);
    let heard = rig.listen();
    let level = |at: f64| power(between(&heard, at, at + 0.5)).sqrt();
    assert!(level(19.0) < 0.02, "not before its time: {}", level(19.0));
    assert!(level(20.5) > 0.05, "it rings after a quarter of a minute: {}", level(20.5));
    assert!(level(30.4) < 0.02, "and has rung out: {}", level(30.4));
    // The tone's own step is larger than that of the bell; together they are no click.
    assert!(steepest(&heard) < 0.03, "{}", steepest(&heard));
}

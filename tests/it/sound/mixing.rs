//! Decks, crossfades and the file, sample by sample.

use attune::command::{Command, Request};
use attune::mixer::{Cue, NowPlaying, SoundLevels};
use attune::music::{BeatGrid, Sourced, TrackWanted};
use std::f64::consts::TAU;

use super::test_rig::{
    MixerTestRig, RATE, Tone, between, longest_silence, pick, pitch, power, steepest, worst_decibels,
};

/// Long enough that tones of 400, 600 and 900 Hz are orthogonal in it.
const WINDOW: usize = RATE / 20;

/// The steepest step that tones of these frequencies can make together at equal power, with 16-bit rounding.
fn steepest_of(tones: &[f64], amplitude: f64) -> f64 {
    let slope = |hz: &f64| amplitude * TAU * hz / RATE as f64;
    tones.iter().map(|hz| slope(hz).powi(2)).sum::<f64>().sqrt() + 4.0 / 32_768.0
}

#[test]
fn total_power_stays_the_same_through_a_crossfade_and_no_step_is_added() {
    let mut rig = MixerTestRig::mixer_only();
    let a = rig.tone("a.wav", &Tone::new(400.0, 20.0));
    let b = rig.tone("b.wav", &Tone::new(600.0, 20.0));
    rig.play(&a);
    rig.run(3.0);
    rig.play(&b);
    rig.run(0.5);
    let playing = rig.app.world().resource::<NowPlaying>().clone();
    assert_eq!(playing.pick.expect("plays").track.title, "b");
    let progress = playing.crossfade.expect("a crossfade is under way");
    assert!((0.1..0.3).contains(&progress), "{progress}");
    rig.run(4.5);
    assert_eq!(rig.app.world().resource::<NowPlaying>().crossfade, None);
    assert_eq!(rig.app.world().resource::<NowPlaying>().crossfades, 1);
    let heard = rig.listen();
    let reference = 0.4_f64.powi(2) / 2.0;
    let worst = worst_decibels(between(&heard, 1.0, 8.0), WINDOW, reference);
    assert!(worst < 0.05, "total power strays by {worst} dB");
    let step = steepest(between(&heard, 0.0, 8.0));
    assert!(step <= steepest_of(&[400.0, 600.0], 0.4), "a step of {step}");
    assert!((pitch(between(&heard, 1.0, 3.0)) - 400.0).abs() < 0.1);
    assert!((pitch(between(&heard, 6.5, 8.0)) - 600.0).abs() < 0.1);
}

#[test]
fn a_pick_in_the_middle_of_a_fade_goes_on_from_the_gains_of_that_moment() {
    let mut rig = MixerTestRig::mixer_only();
    let files = [400.0, 600.0, 900.0].map(|hz| rig.tone(&format!("{hz}.wav"), &Tone::new(hz, 20.0)));
    rig.play(&files[0]);
    rig.run(2.0);
    rig.play(&files[1]);
    rig.run(1.5);
    rig.play(&files[2]);
    rig.run(1.0);
    // Back to one that is still going out.
    rig.play(&files[1]);
    rig.run(5.0);
    assert_eq!(rig.app.world().resource::<NowPlaying>().crossfades, 3);
    let heard = rig.listen();
    let worst = worst_decibels(between(&heard, 1.0, 9.0), WINDOW, 0.08);
    assert!(worst < 0.05, "total power strays by {worst} dB");
    let step = steepest(between(&heard, 0.0, 9.0));
    assert!(step <= steepest_of(&[400.0, 600.0, 900.0], 0.4), "a step of {step}");
    assert!((pitch(between(&heard, 8.0, 9.0)) - 600.0).abs() < 0.1);
}

#[test]
fn a_fourth_pick_in_the_same_fade_waits_for_a_channel_and_is_heard() {
    let mut rig = MixerTestRig::mixer_only();
    let tones = [300.0, 400.0, 500.0, 700.0];
    let files = tones.map(|hz| rig.tone(&format!("{hz}.wav"), &Tone::new(hz, 20.0)));
    for file in &files {
        rig.play(file);
        rig.run(0.8);
    }
    rig.run(8.0);
    let heard = rig.listen();
    assert!((pitch(between(&heard, 10.0, 11.0)) - 700.0).abs() < 0.1);
    let step = steepest(&heard);
    assert!(step <= steepest_of(&tones, 0.4), "a step of {step}");
}

#[test]
fn decks_sound_at_the_right_pitch_and_loudness_whatever_the_rate_of_the_file() {
    for rate in [44_100, 48_000, 22_050, 96_000] {
        let mut rig = MixerTestRig::mixer_only();
        let tone = Tone { rate, ..Tone::new(1_000.0, 6.0) };
        let file = rig.tone("tone.wav", &tone);
        rig.play(&file);
        rig.run(4.0);
        let heard = rig.listen();
        let heard = between(&heard, 1.0, 4.0);
        assert!((pitch(heard) - 1_000.0).abs() < 0.05, "{rate}: {} Hz", pitch(heard));
        let loudness = 10.0 * (power(heard) / 0.08).log10();
        assert!(loudness.abs() < 0.1, "{rate}: {loudness} dB");
    }
}

#[test]
fn every_kind_of_file_sounds() {
    let support = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/music");
    for (file, hz) in [("tone.ogg", 440.0), ("tone.flac", 400.0), ("tone.mp3", 440.0)] {
        let mut rig = MixerTestRig::mixer_only();
        rig.play(&std::path::Path::new(support).join(file));
        rig.run(2.5);
        let heard = rig.listen();
        let heard = pitch(between(&heard, 1.0, 2.5));
        assert!((heard - hz).abs() < 0.5, "{file}: {heard} Hz");
    }
}

#[test]
fn a_track_that_nothing_follows_begins_again_without_a_hole() {
    let mut rig = MixerTestRig::mixer_only();
    let file = rig.tone("short.wav", &Tone::new(500.0, 4.0));
    rig.play(&file);
    rig.run(11.0);
    let asked = rig.asked();
    assert_eq!(asked.iter().filter(|wanted| **wanted == TrackWanted::EndNear).count(), 3, "{asked:?}");
    let position = rig.app.world().resource::<NowPlaying>().position.as_secs_f64();
    assert!((position - 3.0).abs() < 0.1, "{position}");
    let heard = rig.listen();
    assert!(longest_silence(&heard[RATE / 10..]) < 0.005);
    // The tone is whole at the end of its file, so even the seam is no step.
    assert!(steepest(&heard) <= steepest_of(&[500.0], 0.4));
}

#[test]
fn a_track_that_follows_begins_one_crossfade_before_the_end() {
    let mut rig = MixerTestRig::mixer_only();
    let a = rig.tone("a.wav", &Tone::new(400.0, 10.0));
    let b = rig.tone("b.wav", &Tone::new(600.0, 10.0));
    rig.play(&a);
    rig.run(5.5);
    assert_eq!(rig.asked().last(), Some(&TrackWanted::EndNear));
    rig.play(&b);
    rig.run(1.0);
    assert_eq!(rig.app.world().resource::<NowPlaying>().crossfades, 0, "the fade began too early");
    rig.run(1.0);
    assert_eq!(rig.app.world().resource::<NowPlaying>().crossfades, 1);
    rig.run(4.0);
    let heard = rig.listen();
    let worst = worst_decibels(between(&heard, 1.0, 11.0), WINDOW, 0.08);
    assert!(worst < 0.1, "total power strays by {worst} dB");
}

#[test]
fn files_that_cannot_be_played_are_named_and_asked_for_again() {
    let whole =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/music/tone.ogg")).expect("read");
    let garbage: Vec<u8> = (0..60_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let files: [(&str, &[u8]); 4] =
        [("cut.ogg", &whole[..200]), ("garbage.ogg", &garbage), ("garbage.mp3", &garbage), ("none.wav", &[])];
    for (name, bytes) in files {
        let mut rig = MixerTestRig::mixer_only();
        let file = rig.file(name);
        std::fs::write(&file, bytes).expect("written");
        let good = rig.tone("good.wav", &Tone::new(400.0, 20.0));
        rig.play(&good);
        rig.run(1.0);
        rig.play(&file);
        rig.run(0.5);
        assert!(rig.asked().contains(&TrackWanted::Unplayable), "{name}: {:?}", rig.asked());
        let faults = rig.faults("mixer");
        assert!(matches!(&faults[..], [fault] if fault.contains(name)), "{faults:?}");
        let heard = rig.listen();
        assert!(longest_silence(&heard[RATE / 10..]) < 0.005, "{name}: the good track went silent");
    }
}

/// Events under one fault key are reported one by one, also while the one before is still shown.
#[test]
fn each_file_that_cannot_be_played_is_reported() {
    let mut rig = MixerTestRig::mixer_only();
    let good = rig.tone("good.wav", &Tone::new(400.0, 20.0));
    rig.play(&good);
    rig.run(1.0);
    for name in ["first.wav", "second.wav"] {
        let file = rig.file(name);
        std::fs::write(&file, "this is no sound").expect("written");
        rig.play(&file);
        rig.run(0.5);
    }
    let faults = rig.faults("mixer");
    assert!(
        matches!(&faults[..], [first, second] if first.contains("first.wav") && second.contains("second.wav")),
        "{faults:?}"
    );
}

#[test]
fn an_ogg_that_breaks_off_plays_as_far_as_it_goes_and_asks_for_another() {
    let whole =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/music/tone.ogg")).expect("read");
    let mut rig = MixerTestRig::mixer_only();
    let file = rig.file("cut.ogg");
    // Three of its four seconds are left.
    std::fs::write(&file, &whole[..whole.len() - 1_000]).expect("written");
    rig.play(&file);
    rig.run(6.0);
    assert!(rig.asked().contains(&TrackWanted::EndNear), "{:?}", rig.asked());
    let heard = rig.listen();
    assert!(longest_silence(&heard[RATE / 2..]) < 0.05, "{}", longest_silence(&heard[RATE / 2..]));
}

#[test]
fn loud_music_and_a_cue_never_get_louder_than_the_ceiling() {
    let mut rig = MixerTestRig::mixer_only();
    let loud = rig.tone("loud.wav", &Tone { amplitude: 0.99, ..Tone::new(300.0, 10.0) });
    rig.play(&loud);
    rig.run(1.0);
    rig.app.world_mut().write_message(Cue::Welcome);
    rig.run(1.0);
    let peak = rig.listen().into_iter().map(f64::abs).fold(0.0, f64::max);
    assert!((0.84..=0.8913).contains(&peak), "{peak}");
}

#[test]
fn a_cue_is_mixed_into_the_file() {
    let mut rig = MixerTestRig::mixer_only();
    rig.run(0.5);
    rig.app.world_mut().write_message(Cue::Welcome);
    rig.run(1.0);
    let heard = rig.listen();
    assert!(power(between(&heard, 0.0, 0.5)) < 1e-9);
    assert!(power(between(&heard, 0.52, 0.9)) > 1e-4);
}

#[test]
fn the_file_is_as_long_as_the_run_and_the_same_each_time() {
    let run = || {
        let mut rig = MixerTestRig::mixer_only();
        let a = rig.tone("a.wav", &Tone { rate: 44_100, ..Tone::new(440.0, 5.0) });
        rig.play(&a);
        rig.run(2.0);
        rig.listen()
    };
    let (first, second) = (run(), run());
    // One more step ends the app.
    assert_eq!(first.len(), (2.02 * RATE as f64).round() as usize);
    assert!(first == second);
}

#[test]
fn levels_follow_the_music() {
    let mut rig = MixerTestRig::mixer_only();
    rig.run(0.2);
    assert!(rig.app.world().resource::<SoundLevels>().rms < 1e-6);
    let a = rig.tone("a.wav", &Tone::new(1_000.0, 5.0));
    rig.play(&a);
    rig.run(1.5);
    let levels = *rig.app.world().resource::<SoundLevels>();
    assert!((f64::from(levels.rms) - 0.4 / 2.0_f64.sqrt()).abs() < 0.005, "{levels:?}");
    let loudest = levels.bands.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(band, _)| band);
    assert_eq!(loudest, Some(4), "{levels:?}");
}

#[test]
fn a_file_that_cannot_be_written_is_a_fault_and_the_music_goes_on() {
    let mut rig = MixerTestRig::mixer_only();
    let blocked = rig.tone("blocked", &Tone::new(1.0, 0.1)).join("mix.wav");
    rig.app.insert_resource(attune::mixer::SoundOutput::File(blocked));
    let a = rig.tone("a.wav", &Tone::new(400.0, 5.0));
    rig.play(&a);
    rig.run(1.0);
    assert_eq!(rig.faults("mixer").len(), 1, "{:?}", rig.faults("mixer"));
    assert!(rig.app.world().resource::<SoundLevels>().rms > 0.1);
}

#[test]
fn music_steps_back_under_a_cue_and_returns() {
    let mut rig = MixerTestRig::mixer_only();
    let a = rig.tone("a.wav", &Tone::new(2_000.0, 10.0));
    rig.play(&a);
    rig.run(2.0);
    rig.app.world_mut().write_message(Cue::Welcome);
    rig.run(4.0);
    let heard = rig.listen();
    // The amplitude of the music alone, in a stretch of a tenth of a second.
    let music = |from: f64| {
        let stretch = between(&heard, from, from + 0.1);
        let part = |phase: fn(f64) -> f64| {
            let turn = |n: usize| phase(TAU * 2_000.0 * n as f64 / RATE as f64);
            stretch.iter().enumerate().map(|(n, sample)| sample * turn(n)).sum::<f64>()
        };
        part(f64::sin).hypot(part(f64::cos)) * 2.0 / stretch.len() as f64
    };
    assert!((music(1.5) - 0.4).abs() < 0.002, "{}", music(1.5));
    assert!((music(2.4) - 0.2).abs() < 0.01, "{}", music(2.4));
    assert!((music(5.5) - 0.4).abs() < 0.002, "{}", music(5.5));
}

#[test]
fn pause_and_seek_are_messages() {
    let mut rig = MixerTestRig::mixer_only();
    let a = rig.tone("a.wav", &Tone::new(400.0, 30.0));
    rig.play(&a);
    rig.run(2.0);
    rig.app.world_mut().write_message(Request::script(Command::Pause));
    rig.run(2.0);
    let playing = rig.app.world().resource::<NowPlaying>().clone();
    assert!(playing.paused && (2.0..2.4).contains(&playing.position.as_secs_f64()), "{playing:?}");
    rig.app.world_mut().write_message(Request::script(Command::Resume));
    rig.app.world_mut().write_message(Request::script(Command::SeekTo(20.0)));
    rig.run(1.0);
    let position = rig.app.world().resource::<NowPlaying>().position.as_secs_f64();
    assert!((20.8..21.1).contains(&position), "{position}");
    let heard = rig.listen();
    assert!((1.6..2.0).contains(&longest_silence(&heard)), "{}", longest_silence(&heard));
}

#[test]
fn keys_pause_and_seek_and_presses_in_a_row_add_up() {
    let mut rig = MixerTestRig::mixer_only();
    let a = rig.tone("a.wav", &Tone::new(400.0, 60.0));
    rig.play(&a);
    rig.run(2.0);
    let playing = |rig: &MixerTestRig| rig.app.world().resource::<NowPlaying>().clone();
    rig.app.world_mut().write_message(Request::script(Command::TogglePause));
    rig.run(1.0);
    assert!(playing(&rig).paused);
    rig.app.world_mut().write_message(Request::script(Command::TogglePause));
    rig.run(0.5);
    assert!(!playing(&rig).paused);
    // Ten seconds each, pressed in neighbouring frames and in the same one.
    rig.app.world_mut().write_message(Request::script(Command::SeekForward));
    rig.run(0.02);
    rig.app
        .world_mut()
        .write_message_batch([Command::SeekForward, Command::SeekForward].map(Request::script));
    rig.run(1.0);
    let position = playing(&rig).position.as_secs_f64();
    assert!((33.0..34.5).contains(&position), "{position}");
    rig.app.world_mut().write_message(Request::script(Command::SeekBack));
    rig.run(1.0);
    let position = playing(&rig).position.as_secs_f64();
    assert!((24.0..25.5).contains(&position), "{position}");
    for _ in 0..9 {
        rig.app.world_mut().write_message(Request::script(Command::SeekBack));
    }
    rig.run(1.0);
    let position = playing(&rig).position.as_secs_f64();
    assert!((0.5..1.5).contains(&position), "from the beginning again: {position}");
}

#[test]
fn volume_and_night_can_be_changed_while_music_plays() {
    let mut rig = MixerTestRig::mixer_only();
    let a = rig.tone("a.wav", &Tone::new(400.0, 30.0));
    rig.play(&a);
    rig.run(2.0);
    rig.mixer_settings().volume = 0.5;
    rig.run(2.0);
    let levels = *rig.app.world().resource::<SoundLevels>();
    rig.mixer_settings().volume = 1.0;
    rig.mixer_settings().night = true;
    rig.run(6.0);
    let heard = rig.listen();
    let decibels = |from, to| 10.0 * (power(between(&heard, from, to)) / 0.08).log10();
    assert!((decibels(3.0, 4.0) + 18.06).abs() < 0.1, "{}", decibels(3.0, 4.0));
    assert!(decibels(8.0, 9.0) < -4.0, "{}", decibels(8.0, 9.0));
    assert!(
        (f64::from(levels.rms) - 0.283).abs() < 0.01,
        "the pictures hear it as loud as before: {levels:?}"
    );
}

#[test]
fn the_beat_comes_from_the_grid_of_the_track_where_it_is_trusted() {
    let mut rig = MixerTestRig::mixer_only();
    let mut pick = pick(&rig.tone("a.wav", &Tone::new(400.0, 30.0)));
    let grid = BeatGrid { first: 0.25, bpm: 90.0, metre: 4, confidence: 0.9 };
    pick.track.facts.beats = Some(Sourced::measured(grid));
    rig.app.world_mut().write_message(pick);
    rig.run(3.0);
    let beat = rig.app.world().resource::<SoundLevels>().beat.expect("there is one");
    let position = rig.app.world().resource::<NowPlaying>().position.as_secs_f32();
    let phase = ((position - 0.25) * 1.5).fract();
    assert!(beat.from_grid && (beat.bpm - 90.0).abs() < 0.01, "{beat:?}");
    assert!((beat.phase - phase).abs() < 0.04, "{beat:?} at {position} s");
}

#[test]
fn without_a_grid_the_beat_is_heard_from_the_onsets() {
    let mut rig = MixerTestRig::mixer_only();
    let file = rig.file("clicks.wav");
    // A struck low note twice a second.
    let wave = (0..48_000 * 20).map(|n| {
        let time = f64::from(n) / 48_000.0;
        let since = (time * 2.0).fract() / 2.0;
        0.6 * (-since * 18.0).exp() * (TAU * 110.0 * since).sin()
    });
    super::fades::write(&file, 48_000, wave);
    rig.play(&file);
    rig.run(12.0);
    let beat = rig.app.world().resource::<SoundLevels>().beat.expect("there is one");
    assert!(!beat.from_grid && (beat.bpm - 120.0).abs() < 1.5, "{beat:?}");
    let position = rig.app.world().resource::<NowPlaying>().position.as_secs_f32();
    let away = (beat.phase - (position * 2.0).fract() + 1.5).rem_euclid(1.0) - 0.5;
    assert!(away.abs() < 0.15, "{beat:?} at {position} s");
}

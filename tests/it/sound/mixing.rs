//! Decks, crossfades and the file, sample by sample.

use attune::command::{Command, Request};
use attune::mixer::{Cue, NowPlaying, SoundLevels};
use attune::music::{BeatGrid, Sourced, TrackWanted};
use std::f64::consts::TAU;

use super::hall::{Hall, RATE, Tone, between, longest_silence, pick, pitch, power, steepest, worst_decibels};

/// Long enough that tones of 400, 600 and 900 Hz are orthogonal in it.
const WINDOW: usize = RATE / 20;

/// The steepest step that tones of these frequencies can make together at equal power, with 16-bit rounding.
fn steepest_of(tones: &[f64], amplitude: f64) -> f64 {
    let slope = |hz: &f64| amplitude * TAU * hz / RATE as f64;
    tones.iter().map(|hz| slope(hz).powi(2)).sum::<f64>().sqrt() + 4.0 / 32_768.0
}

#[test]
fn total_power_stays_the_same_through_a_crossfade_and_no_step_is_added() {
    let mut hall = Hall::mixer_only();
    let a = hall.tone("a.wav", &Tone::new(400.0, 20.0));
    let b = hall.tone("b.wav", &Tone::new(600.0, 20.0));
    hall.play(&a);
    hall.run(3.0);
    hall.play(&b);
    hall.run(0.5);
    let playing = hall.app.world().resource::<NowPlaying>().clone();
    assert_eq!(playing.pick.expect("plays").track.title, "b");
    let progress = playing.crossfade.expect("a crossfade is under way");
    assert!((0.1..0.3).contains(&progress), "{progress}");
    hall.run(4.5);
    assert_eq!(hall.app.world().resource::<NowPlaying>().crossfade, None);
    assert_eq!(hall.app.world().resource::<NowPlaying>().crossfades, 1);
    let heard = hall.listen();
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
    let mut hall = Hall::mixer_only();
    let files = [400.0, 600.0, 900.0].map(|hz| hall.tone(&format!("{hz}.wav"), &Tone::new(hz, 20.0)));
    hall.play(&files[0]);
    hall.run(2.0);
    hall.play(&files[1]);
    hall.run(1.5);
    hall.play(&files[2]);
    hall.run(1.0);
    // Back to one that is still going out.
    hall.play(&files[1]);
    hall.run(5.0);
    assert_eq!(hall.app.world().resource::<NowPlaying>().crossfades, 3);
    let heard = hall.listen();
    let worst = worst_decibels(between(&heard, 1.0, 9.0), WINDOW, 0.08);
    assert!(worst < 0.05, "total power strays by {worst} dB");
    let step = steepest(between(&heard, 0.0, 9.0));
    assert!(step <= steepest_of(&[400.0, 600.0, 900.0], 0.4), "a step of {step}");
    assert!((pitch(between(&heard, 8.0, 9.0)) - 600.0).abs() < 0.1);
}

#[test]
fn a_fourth_pick_in_the_same_fade_waits_for_a_lane_and_is_heard() {
    let mut hall = Hall::mixer_only();
    let tones = [300.0, 400.0, 500.0, 700.0];
    let files = tones.map(|hz| hall.tone(&format!("{hz}.wav"), &Tone::new(hz, 20.0)));
    for file in &files {
        hall.play(file);
        hall.run(0.8);
    }
    hall.run(8.0);
    let heard = hall.listen();
    assert!((pitch(between(&heard, 10.0, 11.0)) - 700.0).abs() < 0.1);
    let step = steepest(&heard);
    assert!(step <= steepest_of(&tones, 0.4), "a step of {step}");
}

#[test]
fn decks_sound_at_the_right_pitch_and_loudness_whatever_the_rate_of_the_file() {
    for rate in [44_100, 48_000, 22_050, 96_000] {
        let mut hall = Hall::mixer_only();
        let tone = Tone { rate, ..Tone::new(1_000.0, 6.0) };
        let file = hall.tone("tone.wav", &tone);
        hall.play(&file);
        hall.run(4.0);
        let heard = hall.listen();
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
        let mut hall = Hall::mixer_only();
        hall.play(&std::path::Path::new(support).join(file));
        hall.run(2.5);
        let heard = hall.listen();
        let heard = pitch(between(&heard, 1.0, 2.5));
        assert!((heard - hz).abs() < 0.5, "{file}: {heard} Hz");
    }
}

#[test]
fn a_track_that_nothing_follows_begins_again_without_a_hole() {
    let mut hall = Hall::mixer_only();
    let file = hall.tone("short.wav", &Tone::new(500.0, 4.0));
    hall.play(&file);
    hall.run(11.0);
    let asked = hall.asked();
    assert_eq!(asked.iter().filter(|wanted| **wanted == TrackWanted::EndNear).count(), 3, "{asked:?}");
    let position = hall.app.world().resource::<NowPlaying>().position.as_secs_f64();
    assert!((position - 3.0).abs() < 0.1, "{position}");
    let heard = hall.listen();
    assert!(longest_silence(&heard[RATE / 10..]) < 0.005);
    // The tone is whole at the end of its file, so even the seam is no step.
    assert!(steepest(&heard) <= steepest_of(&[500.0], 0.4));
}

#[test]
fn a_track_that_follows_begins_one_crossfade_before_the_end() {
    let mut hall = Hall::mixer_only();
    let a = hall.tone("a.wav", &Tone::new(400.0, 10.0));
    let b = hall.tone("b.wav", &Tone::new(600.0, 10.0));
    hall.play(&a);
    hall.run(5.5);
    assert_eq!(hall.asked().last(), Some(&TrackWanted::EndNear));
    hall.play(&b);
    hall.run(1.0);
    assert_eq!(hall.app.world().resource::<NowPlaying>().crossfades, 0, "the fade began too early");
    hall.run(1.0);
    assert_eq!(hall.app.world().resource::<NowPlaying>().crossfades, 1);
    hall.run(4.0);
    let heard = hall.listen();
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
        let mut hall = Hall::mixer_only();
        let file = hall.file(name);
        std::fs::write(&file, bytes).expect("written");
        let good = hall.tone("good.wav", &Tone::new(400.0, 20.0));
        hall.play(&good);
        hall.run(1.0);
        hall.play(&file);
        hall.run(0.5);
        assert!(hall.asked().contains(&TrackWanted::Unplayable), "{name}: {:?}", hall.asked());
        let faults = hall.faults("mixer");
        assert!(matches!(&faults[..], [fault] if fault.contains(name)), "{faults:?}");
        let heard = hall.listen();
        assert!(longest_silence(&heard[RATE / 10..]) < 0.005, "{name}: the good track went silent");
    }
}

/// Events under one fault key are reported one by one, also while the one before is still shown.
#[test]
fn each_file_that_cannot_be_played_is_reported() {
    let mut hall = Hall::mixer_only();
    let good = hall.tone("good.wav", &Tone::new(400.0, 20.0));
    hall.play(&good);
    hall.run(1.0);
    for name in ["first.wav", "second.wav"] {
        let file = hall.file(name);
        std::fs::write(&file, "this is no sound").expect("written");
        hall.play(&file);
        hall.run(0.5);
    }
    let faults = hall.faults("mixer");
    assert!(
        matches!(&faults[..], [first, second] if first.contains("first.wav") && second.contains("second.wav")),
        "{faults:?}"
    );
}

#[test]
fn an_ogg_that_breaks_off_plays_as_far_as_it_goes_and_asks_for_another() {
    let whole =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/music/tone.ogg")).expect("read");
    let mut hall = Hall::mixer_only();
    let file = hall.file("cut.ogg");
    // Three of its four seconds are left.
    std::fs::write(&file, &whole[..whole.len() - 1_000]).expect("written");
    hall.play(&file);
    hall.run(6.0);
    assert!(hall.asked().contains(&TrackWanted::EndNear), "{:?}", hall.asked());
    let heard = hall.listen();
    assert!(longest_silence(&heard[RATE / 2..]) < 0.05, "{}", longest_silence(&heard[RATE / 2..]));
}

#[test]
fn loud_music_and_a_cue_never_get_louder_than_the_ceiling() {
    let mut hall = Hall::mixer_only();
    let loud = hall.tone("loud.wav", &Tone { amplitude: 0.99, ..Tone::new(300.0, 10.0) });
    hall.play(&loud);
    hall.run(1.0);
    hall.app.world_mut().write_message(Cue::Welcome);
    hall.run(1.0);
    let peak = hall.listen().into_iter().map(f64::abs).fold(0.0, f64::max);
    assert!((0.84..=0.8913).contains(&peak), "{peak}");
}

#[test]
fn a_cue_is_mixed_into_the_file() {
    let mut hall = Hall::mixer_only();
    hall.run(0.5);
    hall.app.world_mut().write_message(Cue::Welcome);
    hall.run(1.0);
    let heard = hall.listen();
    assert!(power(between(&heard, 0.0, 0.5)) < 1e-9);
    assert!(power(between(&heard, 0.52, 0.9)) > 1e-4);
}

#[test]
fn the_file_is_as_long_as_the_run_and_the_same_each_time() {
    let run = || {
        let mut hall = Hall::mixer_only();
        let a = hall.tone("a.wav", &Tone { rate: 44_100, ..Tone::new(440.0, 5.0) });
        hall.play(&a);
        hall.run(2.0);
        hall.listen()
    };
    let (first, second) = (run(), run());
    // One more step ends the app.
    assert_eq!(first.len(), (2.02 * RATE as f64).round() as usize);
    assert!(first == second);
}

#[test]
fn levels_follow_the_music() {
    let mut hall = Hall::mixer_only();
    hall.run(0.2);
    assert!(hall.app.world().resource::<SoundLevels>().rms < 1e-6);
    let a = hall.tone("a.wav", &Tone::new(1_000.0, 5.0));
    hall.play(&a);
    hall.run(1.5);
    let levels = *hall.app.world().resource::<SoundLevels>();
    assert!((f64::from(levels.rms) - 0.4 / 2.0_f64.sqrt()).abs() < 0.005, "{levels:?}");
    let loudest = levels.bands.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(band, _)| band);
    assert_eq!(loudest, Some(4), "{levels:?}");
}

#[test]
fn a_file_that_cannot_be_written_is_a_fault_and_the_music_goes_on() {
    let mut hall = Hall::mixer_only();
    let blocked = hall.tone("blocked", &Tone::new(1.0, 0.1)).join("mix.wav");
    hall.app.insert_resource(attune::mixer::SoundOutput::File(blocked));
    let a = hall.tone("a.wav", &Tone::new(400.0, 5.0));
    hall.play(&a);
    hall.run(1.0);
    assert_eq!(hall.faults("mixer").len(), 1, "{:?}", hall.faults("mixer"));
    assert!(hall.app.world().resource::<SoundLevels>().rms > 0.1);
}

#[test]
fn music_steps_back_under_a_cue_and_returns() {
    let mut hall = Hall::mixer_only();
    let a = hall.tone("a.wav", &Tone::new(2_000.0, 10.0));
    hall.play(&a);
    hall.run(2.0);
    hall.app.world_mut().write_message(Cue::Welcome);
    hall.run(4.0);
    let heard = hall.listen();
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
    let mut hall = Hall::mixer_only();
    let a = hall.tone("a.wav", &Tone::new(400.0, 30.0));
    hall.play(&a);
    hall.run(2.0);
    hall.app.world_mut().write_message(Request::script(Command::Pause));
    hall.run(2.0);
    let playing = hall.app.world().resource::<NowPlaying>().clone();
    assert!(playing.paused && (2.0..2.4).contains(&playing.position.as_secs_f64()), "{playing:?}");
    hall.app.world_mut().write_message(Request::script(Command::Resume));
    hall.app.world_mut().write_message(Request::script(Command::SeekTo(20.0)));
    hall.run(1.0);
    let position = hall.app.world().resource::<NowPlaying>().position.as_secs_f64();
    assert!((20.8..21.1).contains(&position), "{position}");
    let heard = hall.listen();
    assert!((1.6..2.0).contains(&longest_silence(&heard)), "{}", longest_silence(&heard));
}

#[test]
fn keys_pause_and_seek_and_presses_in_a_row_add_up() {
    let mut hall = Hall::mixer_only();
    let a = hall.tone("a.wav", &Tone::new(400.0, 60.0));
    hall.play(&a);
    hall.run(2.0);
    let playing = |hall: &Hall| hall.app.world().resource::<NowPlaying>().clone();
    hall.app.world_mut().write_message(Request::script(Command::TogglePause));
    hall.run(1.0);
    assert!(playing(&hall).paused);
    hall.app.world_mut().write_message(Request::script(Command::TogglePause));
    hall.run(0.5);
    assert!(!playing(&hall).paused);
    // Ten seconds each, pressed in neighbouring frames and in the same one.
    hall.app.world_mut().write_message(Request::script(Command::SeekForward));
    hall.run(0.02);
    hall.app
        .world_mut()
        .write_message_batch([Command::SeekForward, Command::SeekForward].map(Request::script));
    hall.run(1.0);
    let position = playing(&hall).position.as_secs_f64();
    assert!((33.0..34.5).contains(&position), "{position}");
    hall.app.world_mut().write_message(Request::script(Command::SeekBack));
    hall.run(1.0);
    let position = playing(&hall).position.as_secs_f64();
    assert!((24.0..25.5).contains(&position), "{position}");
    for _ in 0..9 {
        hall.app.world_mut().write_message(Request::script(Command::SeekBack));
    }
    hall.run(1.0);
    let position = playing(&hall).position.as_secs_f64();
    assert!((0.5..1.5).contains(&position), "from the beginning again: {position}");
}

#[test]
fn volume_and_night_can_be_changed_while_music_plays() {
    let mut hall = Hall::mixer_only();
    let a = hall.tone("a.wav", &Tone::new(400.0, 30.0));
    hall.play(&a);
    hall.run(2.0);
    hall.mixer_settings().volume = 0.5;
    hall.run(2.0);
    let levels = *hall.app.world().resource::<SoundLevels>();
    hall.mixer_settings().volume = 1.0;
    hall.mixer_settings().night = true;
    hall.run(6.0);
    let heard = hall.listen();
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
    let mut hall = Hall::mixer_only();
    let mut pick = pick(&hall.tone("a.wav", &Tone::new(400.0, 30.0)));
    let grid = BeatGrid { first: 0.25, bpm: 90.0, metre: 4, confidence: 0.9 };
    pick.track.facts.beats = Some(Sourced::measured(grid));
    hall.app.world_mut().write_message(pick);
    hall.run(3.0);
    let beat = hall.app.world().resource::<SoundLevels>().beat.expect("there is one");
    let position = hall.app.world().resource::<NowPlaying>().position.as_secs_f32();
    let phase = ((position - 0.25) * 1.5).fract();
    assert!(beat.from_grid && (beat.bpm - 90.0).abs() < 0.01, "{beat:?}");
    assert!((beat.phase - phase).abs() < 0.04, "{beat:?} at {position} s");
}

#[test]
fn without_a_grid_the_beat_is_heard_from_the_onsets() {
    let mut hall = Hall::mixer_only();
    let file = hall.file("clicks.wav");
    // A struck low note twice a second.
    let wave = (0..48_000 * 20).map(|n| {
        let time = f64::from(n) / 48_000.0;
        let since = (time * 2.0).fract() / 2.0;
        0.6 * (-since * 18.0).exp() * (TAU * 110.0 * since).sin()
    });
    super::fades::write(&file, 48_000, wave);
    hall.play(&file);
    hall.run(12.0);
    let beat = hall.app.world().resource::<SoundLevels>().beat.expect("there is one");
    assert!(!beat.from_grid && (beat.bpm - 120.0).abs() < 1.5, "{beat:?}");
    let position = hall.app.world().resource::<NowPlaying>().position.as_secs_f32();
    let away = (beat.phase - (position * 2.0).fract() + 1.5).rem_euclid(1.0) - 0.5;
    assert!(away.abs() < 0.15, "{beat:?} at {position} s");
}

//! Moods to sound: what is chosen, and that the room is never without music.

use std::path::Path;

use attune::command::{Command, Request};
use attune::emotion::Emotion;
use attune::mixer::{NowPlaying, SoundOutput};
use attune::mood::Mood;
use attune::music::{MusicOptions, Pick};

use super::test_rig::{MixerTestRig, RATE, Tone, longest_silence, worst_decibels};

fn album(folder: &Path, seconds: f64) {
    for (n, name) in ["happy", "sad", "neutral", "empty"].iter().enumerate() {
        for m in 0..2_u32 {
            let hz = 400.0 + 200.0 * n as f64 + 100.0 * f64::from(m);
            Tone::new(hz, seconds).write(&folder.join(name).join(format!("{name}-{m}.wav")));
        }
    }
}

fn feel(rig: &mut MixerTestRig, emotion: Option<Emotion>) {
    rig.app.world_mut().resource_mut::<Mood>().slow.emotion = emotion;
}

fn playing(rig: &MixerTestRig) -> Pick {
    rig.app.world().resource::<NowPlaying>().pick.clone().expect("something plays")
}

#[test]
fn music_begins_at_once_and_follows_the_slow_mood_but_not_too_often() {
    let mut rig = MixerTestRig::with_music(|folder| album(folder, 40.0));
    rig.run(0.1);
    assert!(playing(&rig).track.title.starts_with("empty"));
    feel(&mut rig, Some(Emotion::Happy));
    rig.run(5.0);
    assert!(playing(&rig).track.title.starts_with("empty"), "changed too soon");
    rig.run(8.0);
    assert!(playing(&rig).track.title.starts_with("happy"));
    assert_eq!(playing(&rig).reason, "Chosen for a happy mood");
    feel(&mut rig, Some(Emotion::Sad));
    rig.run(13.0);
    assert!(playing(&rig).track.title.starts_with("sad"));
    assert_eq!(playing(&rig).emotion, Some(Emotion::Sad));
    assert_eq!(playing(&rig).reason, "Lifting the mood, gently");
    let heard = rig.listen();
    assert!(longest_silence(&heard[RATE / 10..]) < 0.005);
}

#[test]
fn track_after_track_hands_over_without_a_hole() {
    let mut rig = MixerTestRig::with_music(|folder| album(folder, 9.0));
    rig.run(40.0);
    assert!(rig.app.world().resource::<NowPlaying>().crossfades >= 5);
    assert_eq!(rig.faults("mixer"), [""; 0]);
    let heard = rig.listen();
    assert!(longest_silence(&heard[RATE / 10..]) < 0.005);
    let worst = worst_decibels(&heard[RATE..], RATE / 20, 0.08);
    assert!(worst < 0.5, "total power strays by {worst} dB");
}

#[test]
fn a_person_can_skip_a_track() {
    let mut rig = MixerTestRig::with_music(|folder| album(folder, 40.0));
    rig.run(1.0);
    let before = playing(&rig).track.path;
    rig.app.world_mut().write_message(Request::script(Command::NextTrack));
    rig.run(0.5);
    assert_ne!(playing(&rig).track.path, before);
}

#[test]
fn a_broken_file_is_passed_over_and_another_track_plays() {
    let mut rig = MixerTestRig::with_music(|folder| {
        let empty = folder.join("empty");
        Tone::new(400.0, 6.0).write(&empty.join("good.wav"));
        // Its tags are whole, and its sound is not.
        let tone = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/music/tone.ogg");
        let mut bytes = std::fs::read(tone).expect("read");
        bytes[1_000..6_000].fill(0x55);
        std::fs::write(empty.join("odd.ogg"), bytes).expect("written");
        std::fs::write(empty.join("words.ogg"), "no music").expect("written");
    });
    rig.run(20.0);
    assert_eq!(playing(&rig).track.title, "good");
    let music = rig.faults("music");
    let named = |fault: &String| fault.contains("2 music files") && fault.contains("odd.ogg");
    assert!(music.iter().any(named), "{music:?}");
    let heard = rig.listen();
    assert!(longest_silence(&heard[RATE / 2..]) < 0.05);
}

#[test]
fn a_missing_folder_is_a_fault_with_a_remedy_and_the_album_plays() {
    let mut rig = MixerTestRig::with_music(|_| {});
    let album_folder = rig.file("album");
    album(&album_folder, 10.0);
    let folder = Some(rig.file("nowhere"));
    rig.app.insert_resource(MusicOptions { folder, album: Some(album_folder), playlists: None, seed: 1 });
    rig.run(1.0);
    assert!(playing(&rig).track.title.starts_with("empty"));
    let faults = rig.faults("music");
    assert!(
        matches!(&faults[..], [fault] if fault.contains("nowhere") && fault.contains("--music")),
        "{faults:?}"
    );
}

#[test]
fn an_empty_folder_and_no_album_is_a_fault_and_no_crash() {
    let mut rig = MixerTestRig::with_music(|_| {});
    rig.run(3.0);
    assert_eq!(rig.app.world().resource::<NowPlaying>().pick, None);
    assert_eq!(rig.faults("music").len(), 1, "{:?}", rig.faults("music"));
}

#[test]
fn a_broken_playlist_file_is_one_line_and_the_shipped_playlists_are_used() {
    let mut rig = MixerTestRig::with_music(|folder| album(folder, 10.0));
    let file = rig.file("mine.ron");
    std::fs::write(&file, "(\n  happy: (targit: (energy: 0.5)),\n)").expect("written");
    rig.app.world_mut().resource_mut::<MusicOptions>().playlists = Some(file);
    rig.run(0.5);
    let faults = rig.faults("music");
    assert!(
        matches!(&faults[..], [fault] if fault.contains("mine.ron:2") && fault.contains("targit")),
        "{faults:?}"
    );
    assert!(playing(&rig).track.title.starts_with("empty"));
}

#[test]
fn the_same_seed_gives_the_same_sound() {
    let run = |seed| {
        let mut rig = MixerTestRig::with_music(|folder| album(folder, 9.0));
        rig.app.world_mut().resource_mut::<MusicOptions>().seed = seed;
        rig.music_settings().minimum_seconds_between_changes = 2.0;
        rig.run(3.0);
        feel(&mut rig, Some(Emotion::Happy));
        rig.run(10.0);
        rig.listen()
    };
    assert!(run(3) == run(3));
}

#[test]
fn nothing_is_written_where_the_sound_goes_nowhere() {
    let mut rig = MixerTestRig::with_music(|folder| album(folder, 9.0));
    rig.app.insert_resource(SoundOutput::Silent);
    rig.run(3.0);
    assert!(rig.app.world().resource::<NowPlaying>().position.as_secs_f32() > 2.5);
    assert!(!rig.file("mix.wav").exists());
}

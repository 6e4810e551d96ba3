//! The audio callback neither allocates nor frees memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use attune::emotion::Affect;
use attune::mixer::MixerSettings;
use attune::mixer::{AmbientWhen, AudioGraph, Cue, GraphSettings, OfflineMixer, Transport, pick_of};
use attune::music::{Dbfs, Lufs, MusicalKey, Sourced, TrackEdges, TrackFacts};
use kira::backend::Renderer;

use super::fake_device::{FakeBackend, FakeDevice, render};
use super::test_rig::Tone;

/// Counts what a thread allocates and frees while it is asked to.
pub struct Counting;

thread_local! {
    static COUNT: Cell<Option<u64>> = const { Cell::new(None) };
}

fn count() {
    // A thread that ends has no counter any more.
    let _ = COUNT.try_with(|cell| cell.set(cell.get().map(|count| count + 1)));
}

#[expect(unsafe_code, reason = "an allocator cannot be written without; it hands everything to the system's")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count();
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(memory, layout, size) }
    }
}

/// How often memory was asked for or given back by this thread.
fn allocations(work: impl FnOnce()) -> u64 {
    COUNT.with(|cell| cell.set(Some(0)));
    work();
    COUNT.with(|cell| cell.replace(None)).unwrap_or(0)
}

/// A mixer whose output the test renders, as a device would.
fn mixer(when: AmbientWhen) -> (OfflineMixer, Renderer) {
    let mut settings = MixerSettings::default();
    settings.ambient.when = when;
    settings.ambient.in_pauses = true;
    settings.ambient.silence_seconds = 0.3;
    let fake = FakeDevice::default();
    let output = GraphSettings { night: true, ..GraphSettings::from(&settings) };
    let graph = AudioGraph::with_backend::<FakeBackend>(fake.clone(), &output).expect("a graph");
    (OfflineMixer::with_graph(graph, &settings), fake.renderer())
}

const MEASURED: TrackFacts = TrackFacts::of_scan(
    Lufs(-4.0),
    Dbfs(0.0),
    TrackEdges { intro_end: 0.0, outro_start: 40.0, sound_end: 40.0 },
);

#[test]
fn the_audio_callback_neither_allocates_nor_frees() {
    assert!(allocations(|| drop(std::hint::black_box(vec![1_u8; 100]))) >= 2, "the counter counts");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let files = [400.0, 600.0, 900.0].map(|hz| {
        Tone { rate: 44_100, amplitude: 0.9, ..Tone::new(hz, 40.0) }
            .write(&dir.path().join(format!("{hz}.wav")))
    });
    let (mut mixer, mut renderer) = mixer(AmbientWhen::Always);
    let mut block = [0.0_f32; 512];
    let (mut made, mut peak, mut in_pause) = (0, 0.0_f32, 0.0_f32);
    let in_key = |file: usize, tonic| {
        let mut pick = pick_of(files[file].clone());
        let key = Some(Sourced::measured(MusicalKey { tonic, minor: tonic > 5 }));
        pick.track.facts = TrackFacts { key, ..MEASURED };
        pick
    };
    // Twenty seconds with crossfades, one of them interrupted, a pause, a seek and the limiter at work; under
    // it all the ambient pad in changing keys and moods, alone in the pause, and the bell.
    for n in 0..3_750 {
        match n {
            0 | 3_000 => mixer.play(in_key(0, 2)),
            600 => mixer.play(in_key(1, 9)),
            900 => mixer.play_now(in_key(2, 4)),
            1_100 => mixer.set_mood(Affect { valence: 1.0, arousal: 1.0 }),
            1_500 | 2_100 => mixer.cue(Cue::Bell),
            2_000 => mixer.transport(Transport::Pause),
            2_200 => mixer.transport(Transport::Resume),
            2_500 => mixer.transport(Transport::Seek(std::time::Duration::from_secs(20))),
            _ => {}
        }
        mixer.update();
        made += allocations(|| {
            renderer.on_start_processing();
            renderer.process(&mut block, 2);
        });
        let loudest = block.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        peak = peak.max(loudest);
        if n == 2_199 {
            in_pause = loudest;
        }
    }
    assert!(mixer.crossfades() >= 3 && peak > 0.1, "{} crossfades, peak {peak}", mixer.crossfades());
    assert!(in_pause > 1e-3, "the pad is heard in the pause: {in_pause}");
    assert_eq!(made, 0);
}

/// Renders blocks as a device takes them, and gives the left channel.
fn take(mixer: &mut OfflineMixer, renderer: &mut Renderer, blocks: usize) -> Vec<f64> {
    let mut heard = Vec::new();
    for _ in 0..blocks {
        mixer.update();
        heard.extend(render(renderer, 256).into_iter().map(f64::from));
    }
    heard
}

#[test]
fn after_a_change_of_the_device_rate_the_music_has_its_pitch() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (mut mixer, mut renderer) = mixer(AmbientWhen::Off);
    mixer.play(pick_of(Tone::new(400.0, 40.0).write(&dir.path().join("tone.wav"))));
    for rate in [48_000_u32, 44_100, 96_000, 48_000] {
        renderer.on_change_sample_rate(rate);
        let before = mixer.position().as_secs_f64();
        let heard = take(&mut mixer, &mut renderer, rate as usize * 2 / 256);
        let pitch =
            super::test_rig::pitch(&heard[rate as usize..]) * f64::from(rate) / super::test_rig::RATE as f64;
        assert!((pitch - 400.0).abs() < 0.1, "{rate}: {pitch} Hz");
        let passed = mixer.position().as_secs_f64() - before;
        assert!((passed - 2.0).abs() < 0.2, "{rate}: {passed} s of two");
    }
}

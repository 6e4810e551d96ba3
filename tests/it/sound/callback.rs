//! What the audio callback may not do.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use attune::config::Settings;
use attune::mixer::{Booth, Console, OutputSettings, pick_of};
use kira::backend::Renderer;

use super::hall::Tone;
use super::pretended::{Pretended, Socket, render};

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

/// A booth whose output the test renders, as a device would.
fn booth() -> (Booth, Renderer) {
    let settings = Settings::shipped().expect("valid").mixer;
    let socket = Socket::default();
    let output = OutputSettings { night: true, ..OutputSettings::of(&settings) };
    let Ok(console) = Console::with_backend::<Pretended>(socket.clone(), &output);
    (Booth::at(console, &settings), socket.renderer())
}

#[test]
fn the_audio_callback_neither_allocates_nor_frees() {
    assert!(allocations(|| drop(std::hint::black_box(vec![1_u8; 100]))) >= 2, "the counter counts");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let files = [400.0, 600.0, 900.0].map(|hz| {
        Tone { rate: 44_100, amplitude: 0.9, ..Tone::new(hz, 40.0) }
            .write(&dir.path().join(format!("{hz}.wav")))
    });
    let (mut booth, mut renderer) = booth();
    let mut block = [0.0_f32; 512];
    let (mut made, mut peak) = (0, 0.0_f32);
    // Twenty seconds with crossfades, one of them interrupted, a pause, a seek and the limiter at work.
    for n in 0..3_750 {
        match n {
            0 | 3_000 => booth.play(pick_of(files[0].clone())),
            600 => booth.play(pick_of(files[1].clone())),
            900 => booth.play_now(pick_of(files[2].clone())),
            2_000 => booth.pause(true),
            2_200 => booth.pause(false),
            2_500 => booth.seek(std::time::Duration::from_secs(20)),
            _ => {}
        }
        booth.look();
        made += allocations(|| {
            renderer.on_start_processing();
            renderer.process(&mut block, 2);
        });
        peak = block.iter().fold(peak, |peak, sample| peak.max(sample.abs()));
    }
    assert!(booth.crossfades() >= 3 && peak > 0.1, "{} crossfades, peak {peak}", booth.crossfades());
    assert_eq!(made, 0);
}

/// Renders blocks as a device takes them, and gives the left channel.
fn take(booth: &mut Booth, renderer: &mut Renderer, blocks: usize) -> Vec<f64> {
    let mut heard = Vec::new();
    for _ in 0..blocks {
        booth.look();
        heard.extend(render(renderer, 256).into_iter().map(f64::from));
    }
    heard
}

#[test]
fn after_a_change_of_the_device_rate_the_music_has_its_pitch() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (mut booth, mut renderer) = booth();
    booth.play(pick_of(Tone::new(400.0, 40.0).write(&dir.path().join("tone.wav"))));
    for rate in [48_000_u32, 44_100, 96_000, 48_000] {
        renderer.on_change_sample_rate(rate);
        let before = booth.position().as_secs_f64();
        let heard = take(&mut booth, &mut renderer, rate as usize * 2 / 256);
        let pitch = super::hall::pitch(&heard[rate as usize..]) * f64::from(rate) / super::hall::RATE as f64;
        assert!((pitch - 400.0).abs() < 0.1, "{rate}: {pitch} Hz");
        let passed = booth.position().as_secs_f64() - before;
        assert!((passed - 2.0).abs() < 0.2, "{rate}: {passed} s of two");
    }
}

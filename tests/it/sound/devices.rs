//! Sound devices that are missing, fail and come back. The device is a fake: the test decides whether it takes sound.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use attune::foundation::{ClockMode, Faults};
use attune::mixer::{AudioGraph, DeviceOpener, NowPlaying, OutputError, SoundLevels, SoundOutput, faults};
use bevy::time::TimeUpdateStrategy;

use super::album::resident_mb;
use super::fake_device::{FakeBackend, FakeDevice};
use super::test_rig::{MixerTestRig, RATE, STEP, Tone, pitch};

/// What the test holds of its device.
#[derive(Clone, Default)]
pub struct Device {
    pub backend: FakeDevice,
    /// Whether it can be opened.
    pub there: Arc<AtomicBool>,
    /// The name that was asked for last.
    pub name: Arc<Mutex<String>>,
    pub opened: Arc<AtomicU32>,
}

impl Device {
    pub fn opener(&self) -> DeviceOpener {
        let device = self.clone();
        DeviceOpener(Arc::new(move |settings| {
            if !device.there.load(Ordering::SeqCst) {
                return Err(OutputError::Backend("nothing is plugged in".to_owned()));
            }
            device.opened.fetch_add(1, Ordering::SeqCst);
            device.name.lock().expect("whole").clone_from(&settings.device);
            AudioGraph::with_backend::<FakeBackend>(device.backend.clone(), settings)
        }))
    }
}

fn rig(device: &Device) -> MixerTestRig {
    let mut rig = MixerTestRig::with_music(|folder| {
        Tone::new(400.0, 60.0).write(&folder.join("empty").join("long.wav"));
    });
    rig.app
        .insert_resource(ClockMode::Live)
        .insert_resource(SoundOutput::Device)
        .insert_resource(device.opener());
    rig
}

/// What passes in one update.
fn step(rig: &MixerTestRig) -> Duration {
    match rig.app.world().resource::<TimeUpdateStrategy>() {
        TimeUpdateStrategy::ManualDuration(step) => *step,
        _ => panic!("the rig runs on a clock of its own"),
    }
}

/// Runs until something holds, with a deadline that only a broken program reaches.
pub fn run_until(
    rig: &mut MixerTestRig,
    device: Option<&Device>,
    mut holds: impl FnMut(&MixerTestRig) -> bool,
) {
    let deadline = Instant::now() + Duration::from_mins(2);
    while !holds(rig) {
        assert!(Instant::now() < deadline, "it never came: {:?}", rig.app.world().resource::<Faults>());
        if let Some(device) = device {
            device.backend.take_sound(step(rig).as_secs_f64());
        }
        rig.app.update();
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn position(rig: &MixerTestRig) -> f64 {
    rig.app.world().resource::<NowPlaying>().position.as_secs_f64()
}

fn fault_holds(rig: &MixerTestRig) -> bool {
    rig.app.world().resource::<Faults>().holds(faults::DEVICE)
}

fn is_heard(rig: &MixerTestRig) -> bool {
    rig.app.world().resource::<SoundLevels>().rms > 0.2
}

#[test]
fn a_device_that_dies_is_opened_again_and_the_track_goes_on_where_it_was() {
    let device = Device::default();
    device.there.store(true, Ordering::SeqCst);
    let mut rig = rig(&device);
    run_until(&mut rig, Some(&device), |rig| position(rig) > 3.0);
    assert!(is_heard(&rig) && !fault_holds(&rig));
    let died = position(&rig);
    // It stops taking sound and says nothing.
    device.there.store(false, Ordering::SeqCst);
    run_until(&mut rig, None, fault_holds);
    run_until(&mut rig, None, |rig| position(rig) > died + 1.0 && is_heard(rig));
    assert!(position(&rig) < died + 10.0);
    let before = position(&rig);
    device.there.store(true, Ordering::SeqCst);
    run_until(&mut rig, Some(&device), |rig| !fault_holds(rig));
    assert_eq!(device.opened.load(Ordering::SeqCst), 2);
    run_until(&mut rig, Some(&device), |rig| position(rig) > before && is_heard(rig));
    assert_eq!(rig.app.world().resource::<NowPlaying>().pick.as_ref().expect("plays").track.title, "long");
}

#[test]
fn without_a_device_the_music_goes_on_unheard_until_there_is_one() {
    let device = Device::default();
    let mut rig = rig(&device);
    run_until(&mut rig, None, |rig| position(rig) > 1.0);
    assert!(fault_holds(&rig));
    let words = rig.faults("mixer").concat();
    assert!(words.contains("nothing is plugged in") && words.contains("loudspeakers"), "{words}");
    let before = position(&rig);
    device.there.store(true, Ordering::SeqCst);
    run_until(&mut rig, Some(&device), |rig| !fault_holds(rig));
    run_until(&mut rig, Some(&device), |rig| position(rig) > before && is_heard(rig));
}

#[test]
fn a_device_of_another_rate_plays_the_same_pitch() {
    let device = Device::default();
    device.there.store(true, Ordering::SeqCst);
    let mut rig = rig(&device);
    rig.mixer_settings().device_frozen_seconds = 0.5;
    run_until(&mut rig, Some(&device), is_heard);
    for rate in [44_100_u32, 96_000, 22_050, 48_000] {
        device.there.store(false, Ordering::SeqCst);
        run_until(&mut rig, None, fault_holds);
        let before = position(&rig);
        device.backend.set_rate(rate);
        device.there.store(true, Ordering::SeqCst);
        run_until(&mut rig, Some(&device), |rig| !fault_holds(rig) && device.backend.sounds());
        let mut heard = Vec::new();
        while heard.len() < rate as usize {
            heard.extend(device.backend.take_sound(STEP.as_secs_f64()).into_iter().map(f64::from));
            rig.app.update();
        }
        let hertz = pitch(&heard) * f64::from(rate) / RATE as f64;
        assert!((hertz - 400.0).abs() < 0.5, "{rate}: {hertz} Hz");
        assert!(position(&rig) > before, "the track goes on");
    }
}

#[test]
fn a_device_that_returns_is_heard_within_three_seconds_however_long_it_was_gone() {
    let device = Device::default();
    device.there.store(true, Ordering::SeqCst);
    let mut rig = rig(&device);
    run_until(&mut rig, Some(&device), is_heard);
    device.there.store(false, Ordering::SeqCst);
    run_until(&mut rig, None, fault_holds);
    // Some seconds later the waits between tries are the longest.
    let lost = position(&rig);
    run_until(&mut rig, None, |rig| position(rig) > lost + 8.0);
    // A millisecond of the app's time for each that the opening thread really has, at least.
    rig.app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(1)));
    device.there.store(true, Ordering::SeqCst);
    let mut passed = 0;
    run_until(&mut rig, Some(&device), |rig| {
        passed += 1;
        !fault_holds(rig) && device.backend.sounds()
    });
    assert!(passed < 3_000, "{passed} ms");
}

#[test]
fn two_hundred_losses_are_survived() {
    let device = Device::default();
    device.there.store(true, Ordering::SeqCst);
    let mut rig = rig(&device);
    rig.mixer_settings().device_frozen_seconds = 0.5;
    rig.app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(100)));
    run_until(&mut rig, Some(&device), is_heard);
    let mut early = None;
    for loss in 1..=200 {
        device.there.store(false, Ordering::SeqCst);
        run_until(&mut rig, None, fault_holds);
        device.there.store(true, Ordering::SeqCst);
        run_until(&mut rig, Some(&device), |rig| !fault_holds(rig) && device.backend.sounds());
        let playing = rig.app.world().resource::<NowPlaying>();
        assert_eq!(playing.pick.as_ref().expect("plays").track.title, "long");
        assert_eq!(device.opened.load(Ordering::SeqCst), loss + 1);
        if loss == 50 {
            early = resident_mb();
        }
    }
    let late = resident_mb();
    // Only telling where this test runs alone: other tests ask for memory, too.
    eprintln!("200 losses, sound back each time; memory after 50: {early:?} MB, at the end: {late:?} MB");
}

#[test]
fn a_device_that_is_lost_again_at_once_keeps_the_place_in_the_track() {
    let device = Device::default();
    device.there.store(true, Ordering::SeqCst);
    let mut rig = rig(&device);
    run_until(&mut rig, Some(&device), |rig| position(rig) > 3.0);
    let before = position(&rig);
    for name in ["kitchen", "garden", "attic"] {
        rig.mixer_settings().device = name.to_owned();
        run_until(&mut rig, Some(&device), |_| *device.name.lock().expect("whole") == name);
        run_until(&mut rig, Some(&device), |rig| !fault_holds(rig));
        assert!(rig.app.world().resource::<NowPlaying>().pick.is_some(), "it says what plays all the while");
        assert!(position(&rig) >= before, "{} s after {before}", position(&rig));
    }
    run_until(&mut rig, Some(&device), |_| device.backend.sounds());
    assert!(position(&rig) >= before);
}

#[test]
fn another_device_can_be_chosen_while_music_plays() {
    let device = Device::default();
    device.there.store(true, Ordering::SeqCst);
    let mut rig = rig(&device);
    rig.mixer_settings().device = "kitchen".to_owned();
    run_until(&mut rig, Some(&device), is_heard);
    assert_eq!(*device.name.lock().expect("whole"), "kitchen");
    let before = position(&rig);
    rig.mixer_settings().device = "garden".to_owned();
    run_until(&mut rig, Some(&device), |_| *device.name.lock().expect("whole") == "garden");
    run_until(&mut rig, Some(&device), |rig| is_heard(rig) && !fault_holds(rig));
    assert!(position(&rig) >= before, "the track goes on");
}

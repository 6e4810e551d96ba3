//! Sound devices that are missing, die and come back. The device is a pretended one: the test
//! decides whether it takes sound.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use attune::foundation::{Faults, Pace, Room};
use attune::mixer::{Console, DeviceOpener, NowPlaying, SoundLevels, SoundOutput};
use kira::backend::{Backend, Renderer};

use super::hall::{Hall, STEP, Tone};

/// Where the renderer of the newest pretended device is.
type Slot = Arc<Mutex<Option<Renderer>>>;

struct Pretended(Slot);

impl Backend for Pretended {
    type Settings = Slot;
    type Error = Infallible;

    fn setup(slot: Slot, _buffer: usize) -> Result<(Self, u32), Infallible> {
        Ok((Self(slot), 48_000))
    }

    fn start(&mut self, renderer: Renderer) -> Result<(), Infallible> {
        *self.0.lock().expect("whole") = Some(renderer);
        Ok(())
    }
}

/// What the test holds of its device.
#[derive(Clone, Default)]
struct Device {
    slot: Slot,
    /// Whether it can be opened.
    there: Arc<AtomicBool>,
    /// The name that was asked for last.
    name: Arc<Mutex<String>>,
    opened: Arc<AtomicU32>,
}

impl Device {
    fn opener(&self) -> DeviceOpener {
        let device = self.clone();
        DeviceOpener(Arc::new(move |settings| {
            if !device.there.load(Ordering::SeqCst) {
                return Err("nothing is plugged in".to_owned());
            }
            device.opened.fetch_add(1, Ordering::SeqCst);
            device.name.lock().expect("whole").clone_from(&settings.device);
            Console::with_backend::<Pretended>(device.slot.clone(), settings).map_err(|never| match never {})
        }))
    }

    /// Takes one step of sound, as a device that works does.
    fn take_sound(&self) {
        if let Some(renderer) = self.slot.lock().expect("whole").as_mut() {
            renderer.on_start_processing();
            renderer.process(&mut vec![0.0; (48_000.0 * STEP.as_secs_f64()) as usize * 2], 2);
        }
    }
}

fn hall(device: &Device) -> Hall {
    let mut hall = Hall::with_music(|folder| {
        Tone::new(400.0, 60.0).write(&folder.join("empty").join("long.wav"));
    });
    hall.app
        .insert_resource(Pace::Live)
        .insert_resource(SoundOutput::Device)
        .insert_resource(device.opener());
    hall
}

/// Runs until something holds, with a deadline that only a broken program reaches.
fn run_until(hall: &mut Hall, device: Option<&Device>, mut holds: impl FnMut(&Hall) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds(hall) {
        assert!(Instant::now() < deadline, "it never came: {:?}", hall.app.world().resource::<Faults>());
        if let Some(device) = device {
            device.take_sound();
        }
        hall.app.update();
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn position(hall: &Hall) -> f64 {
    hall.app.world().resource::<NowPlaying>().position.as_secs_f64()
}

fn fault_holds(hall: &Hall) -> bool {
    hall.app.world().resource::<Faults>().holds(Room::Mixer, "device")
}

fn is_heard(hall: &Hall) -> bool {
    hall.app.world().resource::<SoundLevels>().rms > 0.2
}

#[test]
fn a_device_that_dies_is_opened_again_and_the_track_goes_on_where_it_was() {
    let device = Device::default();
    device.there.store(true, Ordering::SeqCst);
    let mut hall = hall(&device);
    run_until(&mut hall, Some(&device), |hall| position(hall) > 3.0);
    assert!(is_heard(&hall) && !fault_holds(&hall));
    let died = position(&hall);
    // It stops taking sound and says nothing.
    device.there.store(false, Ordering::SeqCst);
    run_until(&mut hall, None, fault_holds);
    run_until(&mut hall, None, |hall| position(hall) > died + 1.0 && is_heard(hall));
    assert!(position(&hall) < died + 10.0);
    let before = position(&hall);
    device.there.store(true, Ordering::SeqCst);
    run_until(&mut hall, Some(&device), |hall| !fault_holds(hall));
    assert_eq!(device.opened.load(Ordering::SeqCst), 2);
    run_until(&mut hall, Some(&device), |hall| position(hall) > before && is_heard(hall));
    assert_eq!(hall.app.world().resource::<NowPlaying>().pick.as_ref().expect("plays").track.title, "long");
}

#[test]
fn without_a_device_the_music_goes_on_unheard_until_there_is_one() {
    let device = Device::default();
    let mut hall = hall(&device);
    run_until(&mut hall, None, |hall| position(hall) > 1.0);
    assert!(fault_holds(&hall));
    let words = hall.faults(Room::Mixer).concat();
    assert!(words.contains("nothing is plugged in") && words.contains("loudspeakers"), "{words}");
    let before = position(&hall);
    device.there.store(true, Ordering::SeqCst);
    run_until(&mut hall, Some(&device), |hall| !fault_holds(hall));
    run_until(&mut hall, Some(&device), |hall| position(hall) > before && is_heard(hall));
}

#[test]
#[ignore = "takes minutes on a busy machine: cargo test --test it -- --ignored two_hundred"]
fn two_hundred_losses_are_survived() {
    let device = Device::default();
    device.there.store(true, Ordering::SeqCst);
    let mut hall = hall(&device);
    hall.mixer_settings().device_frozen_seconds = 0.5;
    run_until(&mut hall, Some(&device), is_heard);
    for loss in 1..=200 {
        device.there.store(false, Ordering::SeqCst);
        run_until(&mut hall, None, fault_holds);
        device.there.store(true, Ordering::SeqCst);
        run_until(&mut hall, Some(&device), |hall| !fault_holds(hall) && is_heard(hall));
        assert_eq!(device.opened.load(Ordering::SeqCst), loss + 1);
    }
    assert_eq!(hall.app.world().resource::<NowPlaying>().pick.as_ref().expect("plays").track.title, "long");
}

#[test]
fn another_device_can_be_chosen_while_music_plays() {
    let device = Device::default();
    device.there.store(true, Ordering::SeqCst);
    let mut hall = hall(&device);
    hall.mixer_settings().device = "kitchen".to_owned();
    run_until(&mut hall, Some(&device), is_heard);
    assert_eq!(*device.name.lock().expect("whole"), "kitchen");
    let before = position(&hall);
    hall.mixer_settings().device = "garden".to_owned();
    run_until(&mut hall, Some(&device), |_| *device.name.lock().expect("whole") == "garden");
    run_until(&mut hall, Some(&device), |hall| is_heard(hall) && !fault_holds(hall));
    assert!(position(&hall) >= before, "the track goes on");
}

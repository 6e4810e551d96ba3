//! Cues and the bell in an app with Bevy's assets and a sound device, as `attune run` has them.

use std::sync::atomic::Ordering;

use attune::foundation::{ClockMode, Faults};
use attune::mixer::{Cue, SoundOutput, faults};
use attune::music::{Dbfs, Decibels};

use super::devices::{Device, run_until};
use super::test_rig::{MixerTestRig, RATE, STEP, Tone, pitch};

/// An app with assets whose device works, without music.
fn rig(device: &Device) -> MixerTestRig {
    device.there.store(true, Ordering::SeqCst);
    let mut rig = MixerTestRig::mixer_with_assets();
    rig.app
        .insert_resource(ClockMode::Live)
        .insert_resource(SoundOutput::Device)
        .insert_resource(device.opener());
    rig
}

/// What the device gets of a cue within `seconds`, the left channel.
fn play(rig: &mut MixerTestRig, device: &Device, cue: Cue, seconds: f64) -> Vec<f64> {
    rig.app.world_mut().write_message(cue);
    let mut heard = Vec::new();
    for _ in 0..(seconds / STEP.as_secs_f64()).round() as usize {
        rig.app.update();
        heard.extend(device.backend.take_sound(STEP.as_secs_f64()).into_iter().map(f64::from));
    }
    heard
}

fn peak(samples: &[f64]) -> f64 {
    samples.iter().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// The bell of a session rings on the device of the settings, and volume 0 silences it.
#[test]
fn the_bell_is_heard_on_the_chosen_device_at_the_volume() {
    let device = Device::default();
    let mut rig = rig(&device);
    rig.mixer_settings().device = "kitchen".to_owned();
    run_until(&mut rig, Some(&device), |_| device.opened.load(Ordering::SeqCst) > 0);
    assert_eq!(*device.name.lock().expect("whole"), "kitchen");
    let heard = play(&mut rig, &device, Cue::Bell, 2.0);
    assert!(peak(&heard) > 0.05, "{}", peak(&heard));
    rig.mixer_settings().volume = 0.0;
    play(&mut rig, &device, Cue::Press, 1.0);
    let heard = play(&mut rig, &device, Cue::Bell, 2.0);
    assert!(peak(&heard) < 1e-4, "{}", peak(&heard));
}

/// A loud cue stays below the ceiling of the limiter.
#[test]
fn a_cue_passes_the_limiter() {
    let device = Device::default();
    let mut rig = rig(&device);
    rig.mixer_settings().ceiling_dbtp = Dbfs(-20.0);
    rig.mixer_settings().bell_volume_db = Decibels(6.0);
    run_until(&mut rig, Some(&device), |_| device.opened.load(Ordering::SeqCst) > 0);
    let heard = play(&mut rig, &device, Cue::Bell, 2.0);
    assert!((0.05..=0.1).contains(&peak(&heard)), "{}", peak(&heard));
}

/// A changed cue volume holds for the next cue.
#[test]
fn a_changed_cue_volume_is_heard_at_once() {
    let device = Device::default();
    let mut rig = rig(&device);
    run_until(&mut rig, Some(&device), |_| device.opened.load(Ordering::SeqCst) > 0);
    rig.mixer_settings().cue_volume_db = Decibels(0.0);
    let loud = peak(&play(&mut rig, &device, Cue::Press, 1.0));
    rig.mixer_settings().cue_volume_db = Decibels(-20.0);
    let soft = peak(&play(&mut rig, &device, Cue::Press, 1.0));
    let decibels = 20.0 * (soft / loud).log10();
    assert!((decibels + 20.0).abs() < 0.1, "{decibels} dB");
}

/// A person's own file takes the place of the bell, and a file that cannot be played is a fault.
#[test]
fn a_file_of_ones_own_is_the_bell() {
    let device = Device::default();
    let mut rig = rig(&device);
    let file = rig.tone("bell.wav", &Tone::new(1_000.0, 1.0));
    rig.mixer_settings().cue_files.bell = file.display().to_string();
    run_until(&mut rig, Some(&device), |_| device.opened.load(Ordering::SeqCst) > 0);
    let mut heard_hz = 0.0;
    for _ in 0..100 {
        let heard = play(&mut rig, &device, Cue::Bell, 1.0);
        heard_hz = pitch(&heard[RATE / 4..RATE * 3 / 4]);
        if (heard_hz - 1_000.0).abs() < 1.0 {
            break;
        }
        // The file is read on another thread.
        play(&mut rig, &device, Cue::Press, 10.0);
    }
    assert!((heard_hz - 1_000.0).abs() < 1.0, "{heard_hz} Hz");
    rig.mixer_settings().cue_files.bell = "nowhere.ogg".to_owned();
    run_until(&mut rig, Some(&device), |rig| rig.app.world().resource::<Faults>().holds(faults::CUE_FILE));
    assert!(rig.faults("mixer").concat().contains("nowhere.ogg"), "{:?}", rig.faults("mixer"));
    let heard = play(&mut rig, &device, Cue::Bell, 1.0);
    assert!(peak(&heard) > 0.05 && (pitch(&heard[RATE / 4..]) - 1_000.0).abs() > 100.0);
}

//! The numbers that the audio thread and the rest of the mixer exchange, without a lock.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// Clocks and switches of one audio graph.
#[derive(Debug)]
pub(super) struct AudioControls {
    /// Frames rendered since the graph was built. Stands still when the device takes no sound.
    pub(super) clock: AtomicU64,
    /// Frames of music rendered since then. Stands still in a pause, too.
    pub(super) music: AtomicU64,
    /// The music is paused and the ramp of the pause is over.
    pub(super) held: AtomicBool,
    /// The music is to pause.
    pub(super) paused: AtomicBool,
    pub(super) night: AtomicBool,
    /// Value of `clock` until which music and pad are lowered under a cue.
    pub(super) duck_until: AtomicU64,
    /// The same for the bell, under which they are lowered more slowly.
    pub(super) bell_until: AtomicU64,
    /// Value of `clock` at which everything has faded to silence, at the end of a run; `u64::MAX` before that.
    pub(super) silent_at: AtomicU64,
    /// Frames per second of the output.
    pub(super) rate: AtomicU32,
    /// Bits of an `f32`: the amplitude that the volume asks for.
    volume: AtomicU32,
    /// Bits of an `f32`: mean square of the recent music, summed over both channels.
    music_power: AtomicU32,
}

impl AudioControls {
    /// `volume` is an amplitude, 0..=1.
    pub(super) fn new(volume: f32, night: bool) -> Self {
        Self {
            clock: AtomicU64::new(0),
            music: AtomicU64::new(0),
            held: AtomicBool::new(false),
            paused: AtomicBool::new(false),
            night: AtomicBool::new(night),
            duck_until: AtomicU64::new(0),
            bell_until: AtomicU64::new(0),
            silent_at: AtomicU64::new(u64::MAX),
            rate: AtomicU32::new(48_000),
            volume: AtomicU32::new(volume.to_bits()),
            music_power: AtomicU32::new(0.0_f32.to_bits()),
        }
    }

    pub(super) fn set_volume(&self, amplitude: f32) {
        self.volume.store(amplitude.to_bits(), Ordering::Relaxed);
    }

    pub(super) fn volume(&self) -> f32 {
        f32::from_bits(self.volume.load(Ordering::Relaxed))
    }

    pub(super) fn set_music_power(&self, power: f32) {
        self.music_power.store(power.to_bits(), Ordering::Relaxed);
    }

    /// Mean square of the recent music, summed over both channels, before ducking.
    pub(super) fn music_power(&self) -> f32 {
        f32::from_bits(self.music_power.load(Ordering::Relaxed))
    }
}

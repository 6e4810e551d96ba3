//! A sound device that takes sound only when a test says so.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use kira::backend::{Backend, Renderer};

/// The handle of a test to the fake device: holds the renderer of the newest one that was opened.
#[derive(Clone)]
pub struct FakeDevice {
    renderer: Arc<Mutex<Option<Renderer>>>,
    /// Frames per second of the next device.
    rate: Arc<AtomicU32>,
    /// The largest sample that it was given last, as bits of an `f32`.
    peak: Arc<AtomicU32>,
}

impl Default for FakeDevice {
    fn default() -> Self {
        Self { renderer: Arc::default(), rate: Arc::new(AtomicU32::new(48_000)), peak: Arc::default() }
    }
}

impl FakeDevice {
    pub fn set_rate(&self, rate: u32) {
        self.rate.store(rate, Ordering::SeqCst);
    }

    /// Takes the renderer out, for a test that renders by itself.
    pub fn renderer(&self) -> Renderer {
        self.renderer.lock().expect("whole").take().expect("it was started")
    }

    /// Takes a number of seconds of sound, as a working device does. Returns the left channel.
    pub fn take_sound(&self, seconds: f64) -> Vec<f32> {
        let frames = (seconds * f64::from(self.rate.load(Ordering::SeqCst))) as usize;
        let mut renderer = self.renderer.lock().expect("whole");
        let heard = renderer.as_mut().map_or_else(Vec::new, |renderer| render(renderer, frames));
        let peak = heard.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        self.peak.store(peak.to_bits(), Ordering::SeqCst);
        heard
    }

    /// Whether there was music in what the newest device took last.
    pub fn sounds(&self) -> bool {
        f32::from_bits(self.peak.load(Ordering::SeqCst)) > 0.2
    }
}

/// Renders a number of frames and returns the left channel.
pub fn render(renderer: &mut Renderer, frames: usize) -> Vec<f32> {
    let mut block = vec![0.0; 2 * frames];
    renderer.on_start_processing();
    renderer.process(&mut block, 2);
    block.chunks_exact(2).map(|frame| frame[0]).collect()
}

pub struct FakeBackend(FakeDevice);

impl Backend for FakeBackend {
    type Settings = FakeDevice;
    type Error = Infallible;

    fn setup(fake: FakeDevice, _buffer: usize) -> Result<(Self, u32), Infallible> {
        let rate = fake.rate.load(Ordering::SeqCst);
        fake.peak.store(0, Ordering::SeqCst);
        Ok((Self(fake), rate))
    }

    fn start(&mut self, renderer: Renderer) -> Result<(), Infallible> {
        *self.0.renderer.lock().expect("whole") = Some(renderer);
        Ok(())
    }
}

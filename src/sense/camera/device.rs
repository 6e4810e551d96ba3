//! A V4L2 camera through nokhwa, with our own conversion to RGB.
//!
//! nokhwa's decoder panics on a corrupt JPEG and is twelve times slower on YUYV.
//! Its `Camera` is not `Send`, so a source is opened on the thread that uses it.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nokhwa::Camera;
use nokhwa::utils::{
    CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType, Resolution,
};

use super::convert::{jpeg_to_rgb, yuyv_to_rgb};
use super::device_facts::{Offer, Packing, best_offer, device_error, devices};
use super::worker::Stop;
use super::{CameraSettings, FrameSource, Pacing, SourceError};
use crate::frame::Frame;

const FORMATS: [FrameFormat; 2] = [FrameFormat::YUYV, FrameFormat::MJPEG];

/// Devices that a thread of this process holds open. nokhwa hands the same open
/// device to whoever asks for its number, so two threads must never hold one:
/// a thread that a stalled driver keeps asleep would end the stream of the next.
static HELD: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// How long a new attempt waits for the last one to let go of the device.
const CLOSING: Duration = Duration::from_millis(500);

fn held() -> MutexGuard<'static, BTreeSet<u32>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The cameras that this process holds open now, by number.
#[must_use]
pub fn open_cameras() -> Vec<u32> {
    held().iter().copied().collect()
}

struct Claim(u32);

impl Claim {
    fn new(index: u32) -> Option<Self> {
        // Lazily: a claim that is made and dropped would end the one that holds.
        held().insert(index).then(|| Self(index))
    }

    /// An earlier thread may be about to close the device: that takes one frame at most.
    fn wait(index: u32) -> Option<Self> {
        let began = Instant::now();
        loop {
            let claim = Self::new(index);
            if claim.is_some() || began.elapsed() > CLOSING {
                return claim;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        held().remove(&self.0);
    }
}

/// A camera that is streaming.
pub struct CameraSource {
    // Fields drop in this order: the device is closed before its claim ends.
    camera: Camera,
    claim: Claim,
    offer: Offer,
    most_pixels: u64,
    began: Instant,
    broken: BrokenRun,
}

impl CameraSource {
    /// Opens `/dev/videoN` and starts its stream.
    ///
    /// # Errors
    /// [`SourceError::Missing`], `Busy`, `Denied`, `Unsuitable`; `Stalled` while
    /// an earlier attempt of this process is still stuck in the driver.
    pub fn open(index: u32, settings: &CameraSettings) -> Result<Self, SourceError> {
        let claim = Claim::wait(index).ok_or_else(|| SourceError::Stalled(format!("camera {index}")))?;
        let failed = |error: nokhwa::NokhwaError| device_error(index, &error.to_string());
        let any = RequestedFormat::with_formats(RequestedFormatType::None, &FORMATS);
        let mut camera = Camera::new(CameraIndex::Index(index), any).map_err(failed)?;
        let formats = camera.compatible_camera_formats().map_err(failed)?;
        let offers: Vec<Offer> = formats.into_iter().filter_map(offer).collect();
        let offer = best_offer(&offers, settings).ok_or_else(|| device_error(index, "Failed to Fufill"))?;
        let exact = RequestedFormatType::Exact(format(offer));
        camera.set_camera_requset(RequestedFormat::with_formats(exact, &FORMATS)).map_err(failed)?;
        camera.open_stream().map_err(failed)?;
        Ok(Self {
            camera,
            claim,
            offer,
            most_pixels: u64::from(settings.megapixels) * 1_000_000,
            began: Instant::now(),
            broken: BrokenRun::new(settings.broken_in_a_row),
        })
    }
}

impl FrameSource for CameraSource {
    fn next_frame(&mut self) -> Result<Frame, SourceError> {
        let index = self.claim.0;
        let buffer = self.camera.frame_raw().map_err(|error| lost(index, &error.to_string()))?;
        let decoded = match self.offer.packing {
            Packing::Yuyv => yuyv_to_rgb(&buffer, self.offer.width, self.offer.height)
                .map(|rgb| (self.offer.width, self.offer.height, rgb))
                .ok_or_else(|| format!("{} bytes are too few", buffer.len())),
            Packing::Jpeg => jpeg_to_rgb(&buffer, self.most_pixels),
        };
        let frame = decoded.and_then(|(width, height, rgb)| {
            Frame::new(width, height, rgb, self.began.elapsed()).ok_or_else(|| "it has no pixels".into())
        });
        self.broken.note(frame.is_ok());
        frame.map_err(|reason| SourceError::BrokenFrame { index, reason })
    }

    fn description(&self) -> String {
        let (index, Offer { width, height, .. }) = (self.claim.0, self.offer);
        format!("camera {index} ({}, {width}×{height})", self.camera.info().human_name())
    }

    fn pacing(&self) -> Pacing {
        Pacing::Live
    }

    fn complaint(&self) -> Option<String> {
        let index = self.claim.0;
        self.broken.is_fault().then(|| {
            format!("camera {index} sends broken pictures, which are skipped; try another cable or another USB port")
        })
    }
}

/// Opens the cameras one after the other and takes the first that sends a picture.
///
/// # Errors
/// The error of the first camera that is there but cannot be used,
/// [`SourceError::NoCamera`] if there is none.
pub fn open_first(settings: &CameraSettings, stop: &Stop) -> Result<Box<dyn FrameSource>, SourceError> {
    let mut errors = Vec::new();
    for device in devices() {
        if stop.is_set() {
            return Err(SourceError::Stopped);
        }
        match CameraSource::open(device.index, settings).and_then(Primed::new) {
            Ok(source) => return Ok(Box::new(source)),
            Err(error) => errors.push(error),
        }
    }
    // Webcams have nodes that carry no pictures: that those do not suit says least.
    let says_less =
        |error: &SourceError| error.is_absence() || matches!(error, SourceError::Unsuitable { .. });
    Err(errors.into_iter().min_by_key(says_less).unwrap_or(SourceError::NoCamera))
}

/// A camera that has proved that it sends pictures.
struct Primed {
    source: CameraSource,
    first: Option<Frame>,
}

impl Primed {
    fn new(mut source: CameraSource) -> Result<Self, SourceError> {
        loop {
            match source.next_frame() {
                Ok(frame) => return Ok(Self { source, first: Some(frame) }),
                Err(error) if error.is_skippable() && !source.broken.is_fault() => {}
                Err(error) if error.is_skippable() => return Err(SourceError::Garbled(source.description())),
                Err(error) => return Err(error),
            }
        }
    }
}

impl FrameSource for Primed {
    fn next_frame(&mut self) -> Result<Frame, SourceError> {
        self.first.take().map_or_else(|| self.source.next_frame(), Ok)
    }

    fn description(&self) -> String {
        self.source.description()
    }

    fn pacing(&self) -> Pacing {
        self.source.pacing()
    }

    fn complaint(&self) -> Option<String> {
        self.source.complaint()
    }
}

/// Broken pictures are a fault once so many come in a row, until as many whole ones did.
struct BrokenRun {
    limit: u32,
    broken: u32,
    whole: u32,
    fault: bool,
}

impl BrokenRun {
    fn new(limit: u32) -> Self {
        Self { limit, broken: 0, whole: 0, fault: false }
    }

    fn note(&mut self, whole: bool) {
        if whole {
            (self.whole, self.broken) = (self.whole.saturating_add(1), 0);
        } else {
            (self.whole, self.broken) = (0, self.broken.saturating_add(1));
        }
        if self.broken >= self.limit {
            self.fault = true;
        } else if self.whole >= self.limit {
            self.fault = false;
        }
    }

    fn is_fault(&self) -> bool {
        self.fault
    }
}

fn lost(index: u32, text: &str) -> SourceError {
    let reason = match device_error(index, text) {
        SourceError::Missing(_) => "it is unplugged".to_owned(),
        _ => text.to_owned(),
    };
    SourceError::Lost { index, reason }
}

fn offer(format: CameraFormat) -> Option<Offer> {
    let packing = match format.format() {
        FrameFormat::YUYV => Packing::Yuyv,
        FrameFormat::MJPEG => Packing::Jpeg,
        _ => return None,
    };
    let (width, height, frames_per_second) = (format.width(), format.height(), format.frame_rate());
    Some(Offer { width, height, frames_per_second, packing })
}

fn format(offer: Offer) -> CameraFormat {
    let packing = match offer.packing {
        Packing::Yuyv => FrameFormat::YUYV,
        Packing::Jpeg => FrameFormat::MJPEG,
    };
    CameraFormat::new(Resolution::new(offer.width, offer.height), packing, offer.frames_per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_pictures_are_a_fault_once_they_repeat_and_until_whole_ones_do() {
        let mut run = BrokenRun::new(3);
        let mut after = |pictures: &[bool]| {
            for whole in pictures {
                run.note(*whole);
            }
            run.is_fault()
        };
        assert!(!after(&[true, false, false, true, false]));
        assert!(after(&[false, false]));
        assert!(after(&[true, true]));
        assert!(!after(&[true]));
    }

    #[test]
    fn a_device_is_held_by_one_at_a_time() {
        let claim = Claim::new(7_001);
        assert!(claim.is_some() && open_cameras().contains(&7_001));
        assert!(Claim::new(7_001).is_none());
        drop(claim);
        assert!(Claim::new(7_001).is_some());
    }
}

//! A V4L2 camera through nokhwa, with conversion to RGB by [`crate::frame`].
//!
//! The decoder of nokhwa panics on a corrupt JPEG and is twelve times slower on YUYV. Its `Camera`
//! is not `Send`, so a source is opened on the thread that uses it.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nokhwa::Camera;
use nokhwa::utils::{
    CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType, Resolution,
};

use super::error::SourceError;
use super::settings::CameraSettings;
use super::source::{FrameSource, Pacing};
use super::v4l2_devices::{PixelFormat, VideoFormat, best_format, device_error, devices};
use crate::foundation::StopSignal;
use crate::frame::{Frame, PictureError, jpeg_to_rgb, yuyv_to_rgb};

const FORMATS: [FrameFormat; 2] = [FrameFormat::YUYV, FrameFormat::MJPEG];

/// Devices that a thread of this process holds open. nokhwa shares one open device between all who
/// open its number, so two threads must never hold one: an abandoned thread that is blocked in the
/// driver would end the stream of the next.
static HELD: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// How long a new attempt waits for the last one to close the device.
const CLOSING: Duration = Duration::from_millis(500);

fn held() -> MutexGuard<'static, BTreeSet<u32>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The cameras that this process holds open now, by number.
#[must_use]
pub fn open_cameras() -> Vec<u32> {
    held().iter().copied().collect()
}

struct DeviceClaim(u32);

impl DeviceClaim {
    fn new(index: u32) -> Option<Self> {
        // Lazily, since dropping a second claim would end the first.
        held().insert(index).then(|| Self(index))
    }

    /// Waits for an earlier thread to close the device, which takes one frame at most.
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

impl Drop for DeviceClaim {
    fn drop(&mut self) {
        held().remove(&self.0);
    }
}

/// A camera that is streaming.
pub struct CameraSource {
    // Fields drop in this order: the device is closed before its claim ends.
    camera: Camera,
    claim: DeviceClaim,
    format: VideoFormat,
    most_pixels: u64,
    began: Instant,
    broken: BrokenFrameRun,
}

impl CameraSource {
    /// Opens `/dev/videoN` and starts its stream.
    ///
    /// # Errors
    /// [`SourceError::Missing`], `Busy`, `Denied`, `Unsuitable`; `Stalled` while
    /// an earlier attempt of this process is still stuck in the driver.
    pub fn open(index: u32, settings: &CameraSettings) -> Result<Self, SourceError> {
        let claim =
            DeviceClaim::wait(index).ok_or_else(|| SourceError::Stalled(format!("camera {index}")))?;
        let failed = |error: nokhwa::NokhwaError| device_error(index, &error.to_string());
        let any = RequestedFormat::with_formats(RequestedFormatType::None, &FORMATS);
        let mut camera = Camera::new(CameraIndex::Index(index), any).map_err(failed)?;
        let formats = camera.compatible_camera_formats().map_err(failed)?;
        let formats: Vec<VideoFormat> = formats.into_iter().filter_map(supported_format).collect();
        let format =
            best_format(&formats, settings).ok_or_else(|| device_error(index, "Failed to Fufill"))?;
        let exact = RequestedFormatType::Exact(nokhwa_format(format));
        camera.set_camera_requset(RequestedFormat::with_formats(exact, &FORMATS)).map_err(failed)?;
        camera.open_stream().map_err(failed)?;
        Ok(Self {
            camera,
            claim,
            format,
            most_pixels: u64::from(settings.megapixels) * 1_000_000,
            began: Instant::now(),
            broken: BrokenFrameRun::new(settings.broken_in_a_row),
        })
    }
}

impl FrameSource for CameraSource {
    fn next_frame(&mut self) -> Result<Frame, SourceError> {
        let index = self.claim.0;
        let buffer = self.camera.frame_raw().map_err(|error| lost(index, &error.to_string()))?;
        let decoded = match self.format.pixels {
            PixelFormat::Yuyv => yuyv_to_rgb(&buffer, self.format.width, self.format.height)
                .map(|rgb| (self.format.width, self.format.height, rgb))
                .ok_or(PictureError::TooFewBytes(buffer.len())),
            PixelFormat::Jpeg => jpeg_to_rgb(&buffer, self.most_pixels),
        };
        let frame = decoded.and_then(|(width, height, rgb)| {
            Frame::new(width, height, rgb, self.began.elapsed()).ok_or(PictureError::NoPixels)
        });
        self.broken.note(frame.is_ok());
        frame.map_err(|error| SourceError::BrokenFrame { index, reason: error.to_string() })
    }

    fn description(&self) -> String {
        let (index, VideoFormat { width, height, .. }) = (self.claim.0, self.format);
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
pub fn open_first(settings: &CameraSettings, stop: &StopSignal) -> Result<Box<dyn FrameSource>, SourceError> {
    let mut errors = Vec::new();
    for device in devices() {
        if stop.is_set() {
            return Err(SourceError::Stopped);
        }
        match CameraSource::open(device.index, settings).and_then(PrimedCamera::new) {
            Ok(source) => return Ok(Box::new(source)),
            Err(error) => errors.push(error),
        }
    }
    // Webcams have nodes without pictures, so an unsuitable device explains least.
    let explains_little =
        |error: &SourceError| error.is_absence() || matches!(error, SourceError::Unsuitable { .. });
    Err(errors.into_iter().min_by_key(explains_little).unwrap_or(SourceError::NoCamera))
}

/// A camera that has sent a whole picture.
struct PrimedCamera {
    source: CameraSource,
    first: Option<Frame>,
}

impl PrimedCamera {
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

impl FrameSource for PrimedCamera {
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

/// Broken pictures become a fault after `limit` in a row, and stop being one after `limit` whole ones.
struct BrokenFrameRun {
    limit: u32,
    broken: u32,
    whole: u32,
    fault: bool,
}

impl BrokenFrameRun {
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

fn supported_format(format: CameraFormat) -> Option<VideoFormat> {
    let pixels = match format.format() {
        FrameFormat::YUYV => PixelFormat::Yuyv,
        FrameFormat::MJPEG => PixelFormat::Jpeg,
        _ => return None,
    };
    let (width, height, frames_per_second) = (format.width(), format.height(), format.frame_rate());
    Some(VideoFormat { width, height, frames_per_second, pixels })
}

fn nokhwa_format(format: VideoFormat) -> CameraFormat {
    let pixels = match format.pixels {
        PixelFormat::Yuyv => FrameFormat::YUYV,
        PixelFormat::Jpeg => FrameFormat::MJPEG,
    };
    CameraFormat::new(Resolution::new(format.width, format.height), pixels, format.frames_per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_pictures_are_a_fault_once_they_repeat_and_until_whole_ones_do() {
        let mut run = BrokenFrameRun::new(3);
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
        let claim = DeviceClaim::new(7_001);
        assert!(claim.is_some() && open_cameras().contains(&7_001));
        assert!(DeviceClaim::new(7_001).is_none());
        drop(claim);
        assert!(DeviceClaim::new(7_001).is_some());
    }
}

//! A V4L2 camera through the `v4l` crate, with conversion to RGB by [`crate::frame`].
//!
//! nokhwa, which lists the devices, opens only formats that it can decode itself, takes lines without a gap and whole
//! numbers of pictures per second for granted, and panics on a torn JPEG. So the streams are read one layer below it,
//! from memory that the driver fills: a picture is copied once, by its conversion.

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use v4l::buffer::{Flags, Type};
use v4l::io::traits::CaptureStream as _;
use v4l::prelude::MmapStream;
use v4l::video::Capture as _;
use v4l::video::capture::Parameters;
use v4l::{Device, Format};

use super::camera_choice::CameraChoice;
use super::error::SourceError;
use super::settings::CameraSettings;
use super::source::{FrameSource, Pacing};
use super::v4l2_devices::{device_error, device_number, devices, sends_pictures};
use super::v4l2_formats::{PixelFormat, VideoFormat, best_format, colour_coding, formats_of};
use crate::foundation::StopSignal;
use crate::frame::{Frame, PictureError, RawPicture, Turn, check_pixels, jpeg_to_rgb};

/// Buffers that the driver fills in turn.
const BUFFERS: u32 = 4;

/// Devices that a thread of this process holds open. A device has one stream, and an abandoned thread that is blocked in
/// the driver still has it: to say then that another program uses the camera would be wrong.
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

/// How the bytes of a buffer become a picture.
#[derive(Debug, Clone, Copy)]
enum BufferDecoder {
    Raw(RawPicture),
    Jpeg { most_pixels: u64 },
}

impl BufferDecoder {
    /// For what a driver has agreed to; `None` if it is not understood.
    fn new(format: &Format, most_pixels: u64) -> Option<Self> {
        let layout = match PixelFormat::of(format.fourcc)? {
            PixelFormat::Jpeg => return Some(Self::Jpeg { most_pixels }),
            PixelFormat::Raw(layout) => layout,
        };
        let (standard, range) = colour_coding(format, layout);
        let Format { width, height, stride, .. } = *format;
        Some(Self::Raw(RawPicture { width, height, layout, stride, standard, range }))
    }

    fn decode(&self, bytes: &[u8], at: Duration) -> Result<Frame, PictureError> {
        let (width, height, rgb) = match self {
            Self::Raw(raw) => (raw.width, raw.height, raw.convert(bytes)?),
            Self::Jpeg { most_pixels } => jpeg_to_rgb(bytes, *most_pixels)?,
        };
        Frame::new(width, height, rgb, at).ok_or(PictureError::NoPixels)
    }
}

/// A camera that is streaming.
pub struct CameraSource {
    // Fields drop in this order: the device is closed before its claim ends.
    stream: MmapStream<'static>,
    claim: DeviceClaim,
    name: String,
    /// Width and height as the driver sends them, before they are turned.
    size: [u32; 2],
    decoder: BufferDecoder,
    turn: Turn,
    mirror: bool,
    began: Instant,
    has_begun: bool,
    broken: BrokenFrameRun,
}

impl CameraSource {
    /// Opens `/dev/videoN` for its stream, which begins with the first frame.
    ///
    /// # Errors
    /// [`SourceError::Missing`], `Busy`, `Denied`, `Unsuitable`; `Stalled` while
    /// an earlier attempt of this process is still stuck in the driver.
    pub fn open(index: u32, settings: &CameraSettings) -> Result<Self, SourceError> {
        let claim =
            DeviceClaim::wait(index).ok_or_else(|| SourceError::Stalled(format!("camera {index}")))?;
        let failed = |error: io::Error| device_error(index, &error);
        let device = Device::new(index as usize).map_err(failed)?;
        let offered = formats_of(&device, settings);
        let unsuitable = |reason: String| SourceError::Unsuitable { index, reason };
        let wanted = best_format(&offered.usable, settings).ok_or_else(|| unsuitable(offered.offer))?;
        let format = agree(&device, &wanted).map_err(failed)?;
        let most_pixels = u64::from(settings.megapixels) * 1_000_000;
        let decoder = BufferDecoder::new(&format, most_pixels).ok_or_else(|| {
            unsuitable(format!(
                "asked for {}, it sends {}, which is not understood",
                wanted.fourcc, format.fourcc
            ))
        })?;
        check_pixels(format.width, format.height, most_pixels)
            .map_err(|error| unsuitable(error.to_string()))?;
        let stream = MmapStream::with_buffers(&device, Type::VideoCapture, BUFFERS).map_err(failed)?;
        let named = devices().into_iter().find(|device| device.index == index);
        Ok(Self {
            stream,
            claim,
            name: named.map_or_else(|| "camera".into(), |device| device.name),
            size: [format.width, format.height],
            decoder,
            turn: settings.turn(),
            mirror: settings.mirror,
            began: Instant::now(),
            has_begun: false,
            broken: BrokenFrameRun::new(settings.broken_in_a_row),
        })
    }

    /// Opens the camera that a person means.
    ///
    /// # Errors
    /// [`SourceError::NotFound`] or [`SourceError::Ambiguous`], else as [`CameraSource::open`].
    pub(super) fn open_choice(choice: &CameraChoice, settings: &CameraSettings) -> Result<Self, SourceError> {
        Self::open(choice.find(&devices(), device_number, sends_pictures)?, settings)
    }

    fn is_grey(&self) -> bool {
        matches!(self.decoder, BufferDecoder::Raw(RawPicture { layout, .. }) if layout.is_grey())
    }

    fn next_picture(&mut self) -> Result<Result<Frame, PictureError>, SourceError> {
        let index = self.claim.0;
        let begun = std::mem::replace(&mut self.has_begun, true);
        let failed = |error| if begun { lost(index, &error) } else { device_error(index, &error) };
        let (buffer, meta) = self.stream.next().map_err(failed)?;
        let used = buffer.len().min(meta.bytesused as usize);
        Ok(if meta.flags.contains(Flags::ERROR) {
            Err(PictureError::MarkedDamaged)
        } else {
            self.decoder.decode(&buffer[..used], self.began.elapsed())
        })
    }
}

/// Sets format and rate. The driver may answer with others than asked for.
fn agree(device: &Device, wanted: &VideoFormat) -> io::Result<Format> {
    let format = device.set_format(&Format::new(wanted.width, wanted.height, wanted.fourcc))?;
    if let Some(interval) = wanted.interval {
        // Not every driver can set a rate; its own is taken then.
        let _ = device.set_params(&Parameters::new(interval));
    }
    Ok(format)
}

impl FrameSource for CameraSource {
    fn next_frame(&mut self) -> Result<Frame, SourceError> {
        let picture = self.next_picture()?;
        self.broken.note(picture.is_ok());
        let frame = picture
            .map_err(|error| SourceError::BrokenFrame { index: self.claim.0, reason: error.to_string() })?;
        Ok(frame.oriented(self.turn, self.mirror).into_live())
    }

    fn description(&self) -> String {
        let [width, height] = self.size;
        format!("camera {} ({}, {width}×{height})", self.claim.0, self.name)
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

/// Opens the cameras one after the other and takes the first that sends a picture. Those without colours come last: the
/// infrared camera of a laptop stands beside another.
///
/// # Errors
/// The error of the first camera that is there but cannot be used,
/// [`SourceError::NoCamera`] if there is none.
pub fn open_first(settings: &CameraSettings, stop: &StopSignal) -> Result<Box<dyn FrameSource>, SourceError> {
    let (mut grey, mut errors) = (Vec::new(), Vec::new());
    let mut tries: VecDeque<(u32, bool)> = devices().iter().map(|device| (device.index, false)).collect();
    while let Some((index, takes_grey)) = tries.pop_front() {
        if stop.is_set() {
            return Err(SourceError::Stopped);
        }
        match CameraSource::open(index, settings) {
            Ok(source) if source.is_grey() && !takes_grey => grey.push((index, true)),
            opened => match opened.and_then(PrimedCamera::new) {
                Ok(source) => return Ok(Box::new(source)),
                Err(error) => errors.push(error),
            },
        }
        if tries.is_empty() {
            tries.extend(grey.drain(..));
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

fn lost(index: u32, error: &io::Error) -> SourceError {
    let reason = match device_error(index, error) {
        SourceError::Missing(_) => "it is unplugged".to_owned(),
        _ => error.to_string(),
    };
    SourceError::Lost { index, reason }
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

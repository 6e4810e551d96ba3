//! Pictures of a run at equal intervals, with the text on them, named by app time: written as PNG files or handed over.
//!
//! Each picture is read back in the same update that drew it, before the next one begins. So it shows
//! the state at its time, and none is outstanding when the run ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::{
    BufferDescriptor, BufferUsages, CommandEncoderDescriptor, Extent3d, MapMode, PollType,
    TexelCopyBufferInfo, TexelCopyBufferLayout, TextureFormat, TextureUsages,
};
use bevy::render::renderer::{RenderDevice, RenderQueue};
use bevy::render::texture::GpuImage;
use bevy::render::{Extract, ExtractSchedule, Render, RenderApp, RenderSystems};
use bevy::time::{TimeSystems, Virtual};
use image::ImageEncoder as _;

use crate::foundation::{Faults, FrameStage, OutputFileError, write_output_file};
use crate::visuals::display::PictureTarget;
use crate::visuals::draw::{PipelineReadiness, PipelineState, watch_pipelines};
use crate::visuals::faults;

/// Why a picture is missing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CaptureError {
    /// The graphics device did not hand it over.
    #[error("the picture at {at:?} could not be read from the graphics device: {reason}")]
    Unread { at: Duration, reason: ReadBackError },
    /// The disk did not take it.
    #[error("{file}: the picture could not be written: {reason}")]
    Unwritten { file: PathBuf, reason: String },
}

/// Why the graphics device does not hand over a picture.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadBackError {
    /// The image was not prepared for drawing.
    #[error("the image is not there")]
    NoImage,
    /// The device did not finish its work.
    #[error(transparent)]
    Poll(#[from] Arc<wgpu::PollError>),
    /// The buffer cannot be read.
    #[error(transparent)]
    Map(#[from] wgpu::BufferAsyncError),
    /// The device went away before it answered.
    #[error(transparent)]
    NoAnswer(#[from] std::sync::mpsc::RecvError),
}

/// Writes a PNG of the screen at intervals of `every`, from app time 0 on: `frame-0012.50s.png`.
///
/// Needs [`crate::visuals::plugins`] with [`crate::visuals::PictureOutput::Pictures`] before it. Until every shader is ready, app time
/// stands still and no [`FrameStage`] runs, so a run with pictures has the same moments as one without.
pub struct CapturePlugin {
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Made if it does not exist.
    pub folder: PathBuf,
    /// App time between pictures.
    pub every: Duration,
}

impl Plugin for CapturePlugin {
    fn build(&self, app: &mut App) {
        let captured = CaptureLog::default();
        watch_pipelines(app);
        let sink = app.world().get_resource::<PictureSink>().cloned();
        let Some(render) = app.get_sub_app_mut(RenderApp) else {
            warn!("no pictures are written: this run draws none");
            return;
        };
        render
            .insert_resource(captured.clone())
            .init_resource::<DueCapture>()
            .add_systems(ExtractSchedule, extract_due_capture)
            .add_systems(Render, write_picture.in_set(RenderSystems::Cleanup));

        if let Some(sink) = sink {
            render.insert_resource(sink);
        }
        let mut image =
            Image::new_target_texture(self.size.0, self.size.1, TextureFormat::Rgba8UnormSrgb, None);
        image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
        let target = app.world_mut().resource_mut::<Assets<Image>>().add(image);
        app.world_mut().get_resource_or_init::<Time<Virtual>>().pause();
        app.insert_resource(PictureTarget(target))
            .insert_resource(CaptureSchedule {
                folder: self.folder.clone(),
                every: self.every,
                next: Duration::ZERO,
            })
            .insert_resource(captured)
            .init_resource::<DueCapture>()
            .init_resource::<CaptureReady>()
            .configure_sets(
                Update,
                (
                    FrameStage::Sense,
                    FrameStage::Feel,
                    FrameStage::Choose,
                    FrameStage::Mix,
                    FrameStage::Present,
                    FrameStage::Record,
                )
                    .run_if(|ready: Res<CaptureReady>| ready.0),
            )
            .add_systems(First, wait_for_pipelines.before(TimeSystems))
            .add_systems(First, (schedule_capture, draw_only_when_due).chain().after(TimeSystems))
            .add_systems(Last, report);
    }
}

/// A picture in memory: 8-bit sRGB, row by row.
pub struct CapturedPicture<'a> {
    /// App time.
    pub at: Duration,
    /// Width and height in pixels.
    pub size: (u32, u32),
    pub rgb: &'a [u8],
}

/// Takes every picture in place of the folder. Insert it before [`CapturePlugin`].
#[derive(Resource, Clone)]
pub struct PictureSink(Arc<Mutex<PictureCallback>>);

type PictureCallback = dyn FnMut(&CapturedPicture<'_>) + Send;

impl PictureSink {
    /// Calls `take` for every picture, before the next one is drawn.
    pub fn new(take: impl FnMut(&CapturedPicture<'_>) + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(take)))
    }

    fn take(&self, picture: &CapturedPicture<'_>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)(picture);
    }
}

/// What has been written. Clones share their contents, so one can be kept beyond the end of the app.
#[derive(Resource, Debug, Clone, Default)]
pub struct CaptureLog(Arc<Mutex<CaptureTally>>);

#[derive(Debug, Default)]
struct CaptureTally {
    written: Vec<PathBuf>,
    lost: usize,
    error: Option<CaptureError>,
}

impl CaptureLog {
    /// The pictures that lie on disk, oldest first.
    #[must_use]
    pub fn written(&self) -> Vec<PathBuf> {
        self.tally().written.clone()
    }

    /// How many pictures are missing, and why the last of them is.
    #[must_use]
    pub fn lost(&self) -> (usize, Option<CaptureError>) {
        let tally = self.tally();
        (tally.lost, tally.error.clone())
    }

    fn tally(&self) -> MutexGuard<'_, CaptureTally> {
        // The list is whole whenever the lock is free, even after a panic elsewhere.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, result: Result<PathBuf, CaptureError>) {
        let mut tally = self.tally();
        match result {
            Ok(file) => {
                tally.written.push(file);
                tally.error = None;
            }
            Err(error) => {
                tally.lost += 1;
                tally.error = Some(error);
            }
        }
    }
}

#[derive(Resource)]
struct CaptureSchedule {
    folder: PathBuf,
    every: Duration,
    next: Duration,
}

/// The picture that is due in this update.
#[derive(Resource, Clone, Default)]
struct DueCapture(Option<CaptureRequest>);

#[derive(Clone)]
struct CaptureRequest {
    at: Duration,
    file: PathBuf,
    target: Handle<Image>,
}

/// Whether all pipelines are compiled, so that the app's time runs.
#[derive(Resource, Default)]
struct CaptureReady(bool);

fn wait_for_pipelines(
    mut ready: ResMut<CaptureReady>,
    readiness: Res<PipelineReadiness>,
    mut time: ResMut<Time<Virtual>>,
    mut faults: ResMut<Faults>,
    mut begun: Local<Option<Instant>>,
) {
    if ready.0 {
        return;
    }
    let pipelines = readiness.state(*begun.get_or_insert_with(Instant::now));
    if pipelines == PipelineState::TimedOut {
        let what = "A shader of the picture does not compile; see the log. Pictures may be incomplete.";
        faults.raise(faults::PIPELINES, what, Duration::ZERO);
    }
    if pipelines != PipelineState::Compiling {
        ready.0 = true;
        time.unpause();
    }
}

fn schedule_capture(
    time: Res<Time>,
    ready: Res<CaptureReady>,
    target: Res<PictureTarget>,
    mut schedule: ResMut<CaptureSchedule>,
    mut due: ResMut<DueCapture>,
) {
    let now = time.elapsed();
    due.0 = None;
    if !ready.0 || now < schedule.next {
        return;
    }
    let every = schedule.every;
    while schedule.next <= now && !every.is_zero() {
        schedule.next += every;
    }
    due.0 = Some(CaptureRequest {
        at: now,
        file: schedule.folder.join(file_name(now)),
        target: target.0.clone(),
    });
}

/// Drawing is most of the work of a run without a window, and nobody sees the other updates.
fn draw_only_when_due(due: Res<DueCapture>, ready: Res<CaptureReady>, mut cameras: Query<&mut Camera>) {
    let wanted = due.0.is_some() || !ready.0;
    for mut camera in &mut cameras {
        if camera.is_active != wanted {
            camera.is_active = wanted;
        }
    }
}

fn file_name(at: Duration) -> String {
    format!("frame-{:07.2}s.png", at.as_secs_f64())
}

fn extract_due_capture(mut wanted: ResMut<DueCapture>, due: Extract<Res<DueCapture>>) {
    wanted.0.clone_from(&due.0);
}

fn write_picture(
    mut due: ResMut<DueCapture>,
    images: Res<RenderAssets<GpuImage>>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
    captured: Res<CaptureLog>,
    sink: Option<Res<PictureSink>>,
) {
    let Some(wanted) = due.0.take() else { return };
    let result = images
        .get(&wanted.target)
        .ok_or(ReadBackError::NoImage)
        .and_then(|image| read_back(image, &device, &queue))
        .map_err(|reason| CaptureError::Unread { at: wanted.at, reason })
        .and_then(|(size, rgb)| match &sink {
            Some(sink) => {
                sink.take(&CapturedPicture { at: wanted.at, size, rgb: &rgb });
                Ok(wanted.file.clone())
            }
            None => save(&wanted.file, size, &rgb),
        });
    captured.note(result);
}

/// Waits for the drawing to end and gives width, height and RGB bytes.
fn read_back(
    image: &GpuImage,
    device: &RenderDevice,
    queue: &RenderQueue,
) -> Result<((u32, u32), Vec<u8>), ReadBackError> {
    let Extent3d { width, height, .. } = image.texture_descriptor.size;
    let row = RenderDevice::align_copy_bytes_per_row(width as usize * 4);
    let buffer = device.create_buffer(&BufferDescriptor {
        label: Some("picture"),
        size: (row * height as usize) as u64,
        usage: BufferUsages::COPY_DST | BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor { label: Some("picture") });
    let layout = TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row as u32), rows_per_image: None };
    encoder.copy_texture_to_buffer(
        image.texture.as_image_copy(),
        TexelCopyBufferInfo { buffer: &buffer, layout },
        image.texture_descriptor.size,
    );
    queue.submit([encoder.finish()]);
    let (sender, receiver) = std::sync::mpsc::channel();
    let slice = buffer.slice(..);
    slice.map_async(MapMode::Read, move |result| {
        // The other end waits below, unless the device is gone.
        let _ = sender.send(result);
    });
    device.poll(PollType::wait_indefinitely()).map_err(Arc::new)?;
    receiver.recv()??;
    let bytes = slice.get_mapped_range();
    let rgb = bytes
        .chunks_exact(row)
        .flat_map(|line| line[..width as usize * 4].chunks_exact(4))
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect();
    Ok(((width, height), rgb))
}

fn save(file: &Path, (width, height): (u32, u32), rgb: &[u8]) -> Result<PathBuf, CaptureError> {
    let unwritten =
        |reason: &dyn ToString| CaptureError::Unwritten { file: file.to_owned(), reason: reason.to_string() };
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|error| unwritten(&error))?;
    }
    let mut png = Vec::new();
    image::codecs::png::PngEncoder::new(&mut png)
        .write_image(rgb, width, height, image::ExtendedColorType::Rgb8)
        .map_err(|error| unwritten(&error))?;
    write_output_file(file, &png).map_err(|error| match error {
        OutputFileError::Unwritten { source, .. } => unwritten(&source),
        error => unwritten(&error),
    })?;
    Ok(file.to_owned())
}

/// Pictures that were lost are a fault until one is written again.
fn report(captured: Res<CaptureLog>, time: Res<Time>, mut faults: ResMut<Faults>) {
    if let (_, Some(error)) = captured.lost() {
        faults.raise(faults::CAPTURE, error.to_string(), time.elapsed());
    } else if faults.holds(faults::CAPTURE) {
        faults.clear(faults::CAPTURE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// File names hold the app time and sort in its order.
    #[test]
    fn pictures_are_named_by_app_time_and_sort_by_it() {
        assert_eq!(file_name(Duration::from_millis(12_500)), "frame-0012.50s.png");
        assert!(file_name(Duration::from_secs(9)) < file_name(Duration::from_secs(10)));
    }
}

//! Screenshots: what the scene shows, without the interface, and never anything of the camera.

use std::path::{Path, PathBuf};

use bevy::camera::{ImageRenderTarget, RenderTarget};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::render::render_resource::TextureFormat;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};

use crate::command::{Command, Request};
use crate::foundation::{
    Faults, Folders, FrameStage, OutputFileError, Worker, WorkerEvent, WorkerOptions, encode_picture,
    write_output_file,
};
use crate::visuals::draw::{ScreenCamera, screenshot_camera};
use crate::visuals::faults;

pub(in crate::visuals) fn plugin(app: &mut App) {
    app.add_message::<Request>().add_systems(Startup, start_writer).add_systems(
        Update,
        (add_camera, capture, report_results)
            .chain()
            .in_set(FrameStage::Present)
            .run_if(resource_exists::<ScreenshotWriter>),
    );
}

/// Why a screenshot is not there.
#[derive(Debug, thiserror::Error)]
enum ScreenshotError {
    #[error("there is no folder for pictures, so the screenshot was not written")]
    NoFolder,
    #[error("{file}: not written: {reason}")]
    Unconverted { file: PathBuf, reason: bevy::image::IntoDynamicImageError },
    #[error("{file}: not written: {reason}")]
    NoNewFolder { file: PathBuf, reason: std::io::Error },
    #[error("{file}: not written: {reason}")]
    Unencoded { file: PathBuf, reason: image::ImageError },
    #[error(transparent)]
    Unwritten(#[from] OutputFileError),
}

/// Writes pictures on a thread of its own: a large PNG takes longer than a frame.
#[derive(Resource)]
struct ScreenshotWriter(Worker<Image, Result<PathBuf, ScreenshotError>>);

/// The camera of a screenshot that is wanted.
#[derive(Component)]
struct ScreenshotCamera {
    image: Handle<Image>,
    /// Updates since it was wanted.
    age: u32,
}

/// Updates after which a new camera has drawn.
const DRAWN_AFTER: u32 = 4;

fn start_writer(mut commands: Commands, folders: Res<Folders>, mut log: ScreenshotLog) {
    let folder = folders.pictures.clone();
    let worker = Worker::answering(WorkerOptions::named("screenshot"), move |image| {
        folder.as_deref().ok_or(ScreenshotError::NoFolder).and_then(|folder| write(image, folder))
    });
    match worker {
        Ok(worker) => commands.insert_resource(ScreenshotWriter(worker)),
        Err(error) => log.raise(format!("No screenshots can be written: {error}.")),
    }
}

fn add_camera(
    mut commands: Commands,
    mut requests: MessageReader<Request>,
    mut images: ResMut<Assets<Image>>,
    screen: Single<&Camera, With<ScreenCamera>>,
    under_way: Query<(), With<ScreenshotCamera>>,
) {
    let wanted = requests.read().any(|request| request.command == Command::SaveScreenshot);
    let Some(size) = screen.physical_target_size().filter(|_| wanted && under_way.is_empty()) else { return };
    let image = Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None);
    let image = images.add(image);
    let target = RenderTarget::Image(ImageRenderTarget { handle: image.clone(), scale_factor: 1.0 });
    let name = Name::new("screenshot camera");
    commands.spawn((name, screenshot_camera(), target, ScreenshotCamera { image, age: 0 }));
}

fn capture(mut commands: Commands, mut cameras: Query<(Entity, &mut ScreenshotCamera)>) {
    for (entity, mut camera) in &mut cameras {
        camera.age += 1;
        if camera.age == DRAWN_AFTER {
            commands.spawn((Name::new("screenshot"), Screenshot::image(camera.image.clone()))).observe(
                move |captured: On<ScreenshotCaptured>,
                      writer: Res<ScreenshotWriter>,
                      mut log: ScreenshotLog,
                      mut commands: Commands| {
                    if writer.0.send(captured.image.clone()).is_err() {
                        log.raise(
                            "Too many screenshots wait to be written; this one is left out.".to_owned(),
                        );
                    }
                    commands.entity(entity).despawn();
                },
            );
        }
    }
}

fn write(image: Image, folder: &Path) -> Result<PathBuf, ScreenshotError> {
    let file = folder.join(jiff::Zoned::now().strftime("attune-%Y-%m-%d-%H%M%S%.3f.png").to_string());
    let picture = image
        .try_into_dynamic()
        .map_err(|reason| ScreenshotError::Unconverted { file: file.clone(), reason })?
        .to_rgb8();
    std::fs::create_dir_all(folder)
        .map_err(|reason| ScreenshotError::NoNewFolder { file: file.clone(), reason })?;
    let png = encode_picture(&picture, image::ImageFormat::Png)
        .map_err(|reason| ScreenshotError::Unencoded { file: file.clone(), reason })?;
    write_output_file(&file, &png)?;
    Ok(file)
}

/// The fault of a screenshot that is not there.
#[derive(SystemParam)]
struct ScreenshotLog<'w> {
    faults: ResMut<'w, Faults>,
    time: Res<'w, Time>,
}

impl ScreenshotLog<'_> {
    fn raise(&mut self, what: String) {
        self.faults.raise(faults::SCREENSHOT, what, self.time.elapsed());
    }
}

fn report_results(writer: Res<ScreenshotWriter>, mut log: ScreenshotLog) {
    while let Some(event) = writer.0.poll() {
        match event {
            WorkerEvent::News(Ok(file)) => {
                info!("screenshot: {}", file.display());
                log.faults.clear(faults::SCREENSHOT);
            }
            WorkerEvent::News(Err(error)) => log.raise(error.to_string()),
            WorkerEvent::Panicked(why) => log.raise(format!("a screenshot was not written: {why}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_lands_in_the_folder_by_its_time() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let image = Image::new_fill(
            bevy::render::render_resource::Extent3d { width: 4, height: 2, depth_or_array_layers: 1 },
            bevy::render::render_resource::TextureDimension::D2,
            &[10, 20, 30, 255],
            TextureFormat::Rgba8UnormSrgb,
            bevy::asset::RenderAssetUsages::all(),
        );
        let file = write(image, &dir.path().join("new")).expect("written");
        let picture = image::open(&file).expect("a PNG").to_rgb8();
        assert_eq!((picture.dimensions(), picture.get_pixel(3, 1).0), ((4, 2), [10, 20, 30]));
    }
}

//! A picture of the picture: what the scene shows, without words, and never anything of the camera.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use bevy::camera::{ImageRenderTarget, RenderTarget};
use bevy::prelude::*;
use bevy::render::render_resource::TextureFormat;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};

use super::draw::{ScreenCamera, photo_camera};
use crate::command::{Command, Request};
use crate::foundation::{Faults, Folders, FrameStage};
use crate::visuals::faults;

pub(super) fn plugin(app: &mut App) {
    let (sender, receiver) = channel();
    app.insert_resource(Darkroom { sender, results: Mutex::new(receiver) })
        .add_message::<Request>()
        .add_systems(Update, (ask, expose, tell).chain().in_set(FrameStage::Present));
}

/// Where pictures are written, and what became of them.
#[derive(Resource)]
struct Darkroom {
    sender: Sender<Result<PathBuf, String>>,
    results: Mutex<Receiver<Result<PathBuf, String>>>,
}

/// The camera of a picture that is wanted.
#[derive(Component)]
struct Photo {
    image: Handle<Image>,
    /// Updates since it was wanted.
    age: u32,
}

/// So many updates after a camera is there, it has drawn.
const EXPOSURE: u32 = 4;

fn ask(
    mut commands: Commands,
    mut requests: MessageReader<Request>,
    mut images: ResMut<Assets<Image>>,
    screen: Single<&Camera, With<ScreenCamera>>,
    under_way: Query<(), With<Photo>>,
) {
    let wanted = requests.read().any(|request| request.command == Command::SaveScreenshot);
    let Some(size) = screen.physical_target_size().filter(|_| wanted && under_way.is_empty()) else { return };
    let image = Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None);
    let image = images.add(image);
    let target = RenderTarget::Image(ImageRenderTarget { handle: image.clone(), scale_factor: 1.0 });
    commands.spawn((photo_camera(), target, Photo { image, age: 0 }));
}

fn expose(
    mut commands: Commands,
    mut photos: Query<(Entity, &mut Photo)>,
    room: Res<Darkroom>,
    folders: Res<Folders>,
) {
    for (entity, mut photo) in &mut photos {
        photo.age += 1;
        if photo.age == EXPOSURE {
            let (sender, folder) = (room.sender.clone(), folders.pictures.clone());
            commands.spawn(Screenshot::image(photo.image.clone())).observe(
                move |captured: On<ScreenshotCaptured>, mut commands: Commands| {
                    develop(captured.image.clone(), folder.clone(), sender.clone());
                    commands.entity(entity).despawn();
                },
            );
        }
    }
}

/// Writes it on a thread of its own: a large PNG takes longer than a frame.
fn develop(image: Image, folder: Option<PathBuf>, sender: Sender<Result<PathBuf, String>>) {
    let failed = sender.clone();
    let spawned = thread::Builder::new().name("screenshot".into()).spawn(move || {
        // Nobody listens only when the app is over.
        let none = || Err("there is no folder for pictures, so the screenshot was not written".to_owned());
        let _ = sender.send(folder.map_or_else(none, |folder| write(image, &folder)));
    });
    if let Err(error) = spawned {
        let _ = failed.send(Err(format!("the screenshot was not written: {error}")));
    }
}

fn write(image: Image, folder: &Path) -> Result<PathBuf, String> {
    let file = folder.join(jiff::Zoned::now().strftime("attune-%Y-%m-%d-%H%M%S%.3f.png").to_string());
    let words = |error: &dyn std::fmt::Display| format!("{}: not written: {error}", file.display());
    let picture = image.try_into_dynamic().map_err(|error| words(&error))?.to_rgb8();
    std::fs::create_dir_all(folder).map_err(|error| words(&error))?;
    picture.save(&file).map_err(|error| words(&error))?;
    Ok(file)
}

fn tell(room: Res<Darkroom>, time: Res<Time>, mut faults: ResMut<Faults>) {
    let Ok(results) = room.results.lock() else { return };
    for result in results.try_iter() {
        match result {
            Ok(file) => {
                info!("screenshot: {}", file.display());
                faults.clear(faults::SCREENSHOT);
            }
            Err(what) => faults.raise(faults::SCREENSHOT, what, time.elapsed()),
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

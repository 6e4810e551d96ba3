//! Every scene is drawn and compared with a small picture of it: a broken shader shows.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use attune::emotion::{Emotion, Probabilities};
use attune::foundation::Folders;
use attune::session::Breath;
use attune::visuals::quality::QualityLevel;
use attune::visuals::{
    LoopFormat, MoodInput, OfflineScenes, PreviewSubject, SceneChange, SceneCrossfade, SceneInputs,
    SceneLibrary, VisualsSettings, draw_first_picture, film, make_ready, previews, write_loop,
};
use bevy::prelude::*;
use image::RgbImage;
use webp_animation::Decoder;

use crate::grey::Grey;
use crate::machine::can_draw;

const SIZE: (u32, u32) = (96, 54);
/// Mean difference of a channel that drivers may make, of 255. Softer colours of one palette differ by 3.5.
const TOLERANCE: f64 = 3.0;
/// Two scenes, or two moods of one, differ by more.
const DISTINCT: f64 = 5.0;

fn golden(scene: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{scene}.png"))
}

/// Mean difference of channels, 0..=255.
fn difference(a: &RgbImage, b: &RgbImage) -> f64 {
    let sum: f64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
    sum / a.as_raw().len() as f64
}

/// Standard deviation of all channels: 0 for a flat picture.
fn spread(picture: &RgbImage) -> f64 {
    let values: Vec<f64> = picture.as_raw().iter().map(|value| f64::from(*value)).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

fn subject(emotion: Emotion) -> PreviewSubject {
    PreviewSubject { title: emotion.name().into(), looks: vec![emotion] }
}

#[test]
fn every_scene_looks_as_it_did_and_like_no_other() {
    if !can_draw() {
        return;
    }
    let settings = VisualsSettings { folder: "/nonexistent".into(), ..VisualsSettings::default() };
    let scenes = SceneLibrary::of(&settings, &Folders::default()).names();
    let subjects = [subject(Emotion::Happy), subject(Emotion::Sad)];
    let drawn = previews(&settings, &scenes, &subjects, SIZE, || {}).expect("drawn");
    let fresh = std::env::var_os("ATTUNE_NEW_GOLDEN").is_some();
    for previews in &drawn {
        let [happy, sad] = &previews.pictures[..] else { panic!("{}", previews.scene) };
        if fresh {
            happy.save(golden(&previews.scene)).expect("written");
        }
        let before = image::open(golden(&previews.scene)).expect("a golden picture").to_rgb8();
        let changed = difference(happy, &before);
        assert!(changed < TOLERANCE, "{} differs by {changed} from its golden picture", previews.scene);
        assert!(spread(happy) > 8.0 && spread(sad) > 4.0, "{} is flat", previews.scene);
        assert!(difference(happy, sad) > DISTINCT, "{}: happy looks like sad", previews.scene);
    }
    for (index, a) in drawn.iter().enumerate() {
        for b in &drawn[..index] {
            let apart = difference(&a.pictures[0], &b.pictures[0]);
            assert!(apart > DISTINCT, "{} looks like {}: {apart}", a.scene, b.scene);
        }
    }
}

#[test]
fn a_loop_is_written_whole_and_goes_round_without_a_jump() {
    if !can_draw() {
        return;
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    let settings = VisualsSettings { folder: "/nonexistent".into(), ..VisualsSettings::default() };
    let format = LoopFormat { size: SIZE, seconds: 2.0, rate: 15 };
    let file = dir.path().join("murmuration.webp");
    film(&settings, &["murmuration".to_owned()], &subject(Emotion::Happy), &format, |scene, pictures| {
        assert_eq!((scene, pictures.len()), ("murmuration", 30));
        write_loop(&file, &pictures, &format, 90.0).map(|_| ())
    })
    .expect("written");

    let bytes = std::fs::read(&file).expect("a file");
    let decoder = Decoder::new(&bytes).expect("an animated WebP");
    assert_eq!(decoder.dimensions(), SIZE);
    let frames: Vec<_> = decoder.into_iter().collect();
    let ends: Vec<i32> = frames.iter().map(webp_animation::Frame::timestamp).collect();
    assert_eq!((ends.len(), ends.last()), (30, Some(&2000)));
    assert!(ends.windows(2).all(|pair| (66..=67).contains(&(pair[1] - pair[0]))), "{ends:?}");
    let change = |a: usize, b: usize| {
        let pairs = frames[a].data().iter().zip(frames[b].data());
        pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / frames[a].data().len() as f64
    };
    let steps: Vec<f64> = (0..29).map(|index| change(index, index + 1)).collect();
    let largest = steps.iter().copied().fold(0.0, f64::max);
    assert!(largest > 0.1, "the loop stands still");
    assert!(change(29, 0) <= largest, "the seam is {} where a step is at most {largest}", change(29, 0));
    // Half a round later it is elsewhere: the seam is small because of the dissolve, not since nothing happens.
    assert!(change(5, 20) > largest, "{} {largest}", change(5, 20));
}

/// Width and height of a picture whose outlines are looked at.
const OUTLINES: (u32, u32) = (640, 360);
/// Drawn pixels are this many pixels wide there.
const COARSE: u32 = 4;
/// How much more an outline may vary along its way than the same outline at full resolution, as a share of how much
/// the picture varies across it. With edges as sharp as a point and bilinear filtering it is 0.07 to 0.23.
const STAIRS: f64 = 0.04;

/// Draws scenes one after the other in one app, without guard, bloom and stars.
struct Gallery {
    app: App,
    pictures: Arc<Mutex<Vec<(Duration, RgbImage)>>>,
}

impl Gallery {
    const STEP: Duration = Duration::from_millis(250);
    /// Updates from the beginning of a scene to its picture.
    const STEPS: u32 = 4;
    /// How far a scene has moved on in its picture, in seconds: a scene that comes has settled for a minute.
    const SECONDS: f32 = 61.0;

    /// A gallery that draws at a share of the resolution of the screen. The scenes are those of `folder`.
    fn open(folder: &Path, size: (u32, u32), resolution: f32) -> Self {
        let mut settings = VisualsSettings { folder: folder.to_owned(), ..VisualsSettings::default() };
        settings.director.on = false;
        settings.flash_guard = false;
        let name = "trial".to_owned();
        let level = QualityLevel { name: name.clone(), resolution, detail: 0.0, bloom_size: 0, stars: false };
        settings.quality.levels = vec![level];
        (settings.quality.level, settings.quality.first) = (name.clone(), name);
        let pictures = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&pictures);
        let mut app = OfflineScenes { settings, size, step: Self::STEP, every: Duration::ZERO }
            .app(move |picture| {
                let (width, height) = picture.size;
                let image = RgbImage::from_raw(width, height, picture.rgb.to_vec()).expect("whole");
                kept.lock().expect("unbroken").push((picture.at, image));
            })
            .expect("the shipped files are whole");
        make_ready(&mut app);
        draw_first_picture(&mut app).expect("drawn");
        Self { app, pictures }
    }

    /// A picture of a scene that has been shown for a second, with a person who looks like this or with nobody.
    fn draw(&mut self, scene: &str, emotion: Option<Emotion>) -> RgbImage {
        let mood = emotion.map(|emotion| MoodInput {
            valence: 0.0,
            arousal: 0.0,
            certainty: 1.0,
            dispersion: 0.0,
            probabilities: Probabilities::certain(emotion),
        });
        let world = self.app.world_mut();
        world.insert_resource(Breath::default());
        let begun = world.resource::<Time>().elapsed();
        let change = SceneChange { scene: scene.to_owned(), seconds: Self::STEP.as_secs_f32() };
        let inputs = SceneInputs { mood, ..SceneInputs::default() };
        assert!(world.resource_mut::<SceneCrossfade>().begin(&change, &inputs), "{scene}");
        let wanted = begun + Self::STEP * Self::STEPS;
        for _ in 0..60 {
            self.app.update();
            let mut pictures = self.pictures.lock().expect("unbroken");
            if let Some(at) = pictures.iter().position(|(at, _)| *at == wanted) {
                return pictures.swap_remove(at).1;
            }
            pictures.clear();
        }
        panic!("no picture of {scene} at {wanted:?}");
    }
}

/// How much `picture` varies along the outlines of `fine`, as a share of how much it varies across them.
fn stairs(picture: &RgbImage, fine: &RgbImage) -> f64 {
    let way = f64::from(COARSE);
    let smooth = Grey::of(fine).blurred(way / 2.0).gradient();
    let directions = smooth.directions(way);
    let outlines = smooth.steepest(0.12);
    let seen = Grey::of(picture).blurred(1.0).gradient();
    let (mut along, mut across) = (0.0, 0.0);
    for at in outlines {
        let ((x, y), clear) = directions[at];
        if clear > 0.9 {
            let (gx, gy) = seen.at(at);
            along += (gy * x - gx * y).powi(2);
            across += (gx * x + gy * y).powi(2);
        }
    }
    (along / across).sqrt()
}

/// At a quarter of the resolution, outlines and thin lines are soft and not stairs.
#[test]
fn outlines_are_no_stairs_at_a_quarter_of_the_resolution() {
    if !can_draw() {
        return;
    }
    let open = |resolution| Gallery::open(Path::new("/nonexistent"), OUTLINES, resolution);
    let (mut fine, mut coarse) = (open(1.0), open(1.0 / COARSE as f32));
    for scene in ["aurora", "bloom", "constellation", "dusk", "murmuration"] {
        let [fine, coarse] =
            [&mut fine, &mut coarse].map(|gallery| gallery.draw(scene, Some(Emotion::Happy)));
        let (least, found) = (stairs(&fine, &fine), stairs(&coarse, &fine));
        assert!(found - least < STAIRS, "{scene}: {found:.3}, at full resolution {least:.3}");
    }
}

/// The measure of stairs finds them: a slanted edge enlarged by whole pixels has them, and the edge itself does not.
#[test]
fn the_measure_tells_stairs_from_a_slope() {
    let edge = |x: f64, y: f64| {
        let light = ((y - 0.4 * x - 30.0) / 1.08).clamp(-1.0, 1.0) * 100.0 + 127.0;
        image::Rgb([light as u8; 3])
    };
    let fine = RgbImage::from_fn(160, 160, |x, y| edge(f64::from(x), f64::from(y)));
    let coarse = RgbImage::from_fn(160, 160, |x, y| {
        edge(f64::from(x / COARSE * COARSE) + 1.5, f64::from(y / COARSE * COARSE) + 1.5)
    });
    let (least, found) = (stairs(&fine, &fine), stairs(&coarse, &fine));
    assert!(least < 0.05 && found > least + 2.0 * STAIRS, "{found} {least}");
}

/// Writes every scene into a folder so that its phase is there after [`Gallery::SECONDS`].
fn write_scenes_at(phase: f32, scenes: &[&str], folder: &Path) {
    let speed = phase / Gallery::SECONDS;
    for scene in scenes {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenes/{scene}.ron"));
        let text = std::fs::read_to_string(shipped).expect("a scene");
        let (before, rest) = text.split_once("speed: (").expect("a speed");
        let (_, after) = rest.split_once("\n        ),").expect("its end");
        let text = format!("{before}speed: (base: {speed:?}, range: (0.0, 9.0), seconds: 2.0),{after}");
        std::fs::write(folder.join(format!("{scene}.ron")), text).expect("written");
    }
}

/// The phase of the motion wraps at 256, and that cannot be seen: just before its end a scene looks as just after its
/// beginning.
#[test]
fn the_wrap_of_the_phase_cannot_be_seen() {
    if !can_draw() {
        return;
    }
    let scenes = ["aurora", "bloom", "constellation", "dusk", "ink", "mirror", "murmuration", "orb", "rain"];
    // The second and the third lie equally far from the first, on either side.
    let [begun, later, wrapped] = [0.004, 0.012, 256.0 - 0.004].map(|phase| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        write_scenes_at(phase, &scenes, dir.path());
        let mut gallery = Gallery::open(dir.path(), (160, 90), 1.0);
        scenes.map(|scene| gallery.draw(scene, None))
    });
    for (index, scene) in scenes.into_iter().enumerate() {
        let step = difference(&begun[index], &later[index]);
        let wrap = difference(&begun[index], &wrapped[index]);
        assert!(step > 0.0, "{scene} stands still");
        assert!(wrap < 1.3 * step + 0.15, "{scene}: {wrap:.2} across the wrap, {step:.2} without it");
    }
}

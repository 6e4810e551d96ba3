//! Every scene is drawn and compared with a small picture of it: a broken shader shows.

use std::path::{Path, PathBuf};

use attune::emotion::Emotion;
use attune::foundation::Folders;
use attune::visuals::VisualsSettings;
use attune::visuals::{LoopFormat, PortraitSubject, SceneLibrary, film, portraits, write_loop};
use image::RgbImage;
use webp_animation::Decoder;

use crate::machine::can_draw;

const SIZE: (u32, u32) = (96, 54);
/// Mean difference of a channel that drivers and small changes may make, of 255.
const TOLERANCE: f64 = 9.0;
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

fn subject(emotion: Emotion) -> PortraitSubject {
    PortraitSubject { title: emotion.name().into(), looks: vec![emotion] }
}

#[test]
fn every_scene_looks_as_it_did_and_like_no_other() {
    if !can_draw() {
        return;
    }
    let settings = VisualsSettings { folder: "/nonexistent".into(), ..VisualsSettings::default() };
    let scenes = SceneLibrary::of(&settings, &Folders::default()).names();
    let subjects = [subject(Emotion::Happy), subject(Emotion::Sad)];
    let drawn = portraits(&settings, &scenes, &subjects, SIZE, || {}).expect("drawn");
    let fresh = std::env::var_os("ATTUNE_NEW_GOLDEN").is_some();
    for portraits in &drawn {
        let [happy, sad] = &portraits.pictures[..] else { panic!("{}", portraits.scene) };
        if fresh {
            happy.save(golden(&portraits.scene)).expect("written");
        }
        let before = image::open(golden(&portraits.scene)).expect("a golden picture").to_rgb8();
        let changed = difference(happy, &before);
        assert!(changed < TOLERANCE, "{} differs by {changed} from its golden picture", portraits.scene);
        assert!(spread(happy) > 8.0 && spread(sad) > 4.0, "{} is flat", portraits.scene);
        assert!(difference(happy, sad) > DISTINCT, "{}: happy looks like sad", portraits.scene);
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

//! Following faces through the clip and through frames made of it, and views that are made poor.

use std::collections::BTreeSet;
use std::time::Duration;

use image::RgbImage;
use image::imageops::{FilterType, blur, overlay, resize};

use super::ReadFace;
use super::clip_test::{HOLDS, clip, reader};
use crate::emotion::UnreadableReason;
use crate::frame::Frame;

/// One frame of each visitor: neutral Mei, Kofi, Ana and Ben.
const VISITORS: [u128; 4] = [40, 245, 455, 715];

fn picture(frame: &Frame) -> RgbImage {
    RgbImage::from_raw(frame.width(), frame.height(), frame.rgb().to_vec()).expect("fits")
}

fn framed(picture: RgbImage, at: Duration) -> Frame {
    Frame::new(picture.width(), picture.height(), picture.into_raw(), at).expect("fits")
}

fn visitors() -> Vec<RgbImage> {
    let frames = clip(716, 5).filter(|frame| VISITORS.contains(&(frame.at.as_millis() / 100)));
    frames.map(|frame| picture(&frame)).collect()
}

/// Every number that was given.
fn ids<'a>(frames: impl IntoIterator<Item = &'a Vec<ReadFace>>) -> BTreeSet<u32> {
    frames.into_iter().flatten().map(|face| face.id).collect()
}

#[test]
fn each_visitor_has_one_number_and_is_seen_well_from_coming_to_leaving() {
    let mut reader = reader();
    let read: Vec<Vec<ReadFace>> =
        clip(890, 1).map(|frame| reader.watch(&frame, frame.at).expect("runs").faces).collect();
    // From one empty stretch to the next it is the same visitor.
    let mut visits: Vec<(usize, usize)> = Vec::new();
    for (begin, end, expression) in HOLDS {
        match visits.last_mut() {
            Some((_, until)) if expression.is_some() && *until == begin => *until = end,
            _ if expression.is_some() => visits.push((begin, end)),
            _ => {
                let stayed = read[begin..end].iter().skip(2).filter(|faces| !faces.is_empty()).count();
                assert_eq!(stayed, 0, "somebody in the empty room from frame {begin}");
            }
        }
    }
    let mut known = BTreeSet::new();
    for (begin, end) in visits {
        let frames = &read[begin..end];
        let numbers = ids(frames);
        assert!(numbers.len() == 1 && known.is_disjoint(&numbers), "{begin}..{end}: {numbers:?}");
        known.extend(numbers);
        let unseen = frames.iter().filter(|faces| faces.len() != 1).count();
        let poor: Vec<UnreadableReason> =
            frames.iter().flatten().filter_map(|face| face.quality.unreadable).collect();
        assert!(unseen <= 3, "{begin}..{end}: not seen in {unseen} of {} frames", frames.len());
        assert!(poor.len() * 50 <= frames.len(), "{begin}..{end}: {poor:?}");
    }
    for (begin, end, expression) in HOLDS {
        let Some(expression) = expression else { continue };
        let faces: Vec<&ReadFace> = read[begin..end].iter().flatten().collect();
        let right = faces.iter().filter(|face| face.probabilities().top().0 == expression).count();
        assert!(right * 4 >= faces.len() * 3, "{expression} from frame {begin}: {right} of {}", faces.len());
    }
}

#[test]
fn the_same_frames_at_the_same_times_read_the_same() {
    let run = || {
        let mut reader = reader();
        let read = |frame: Frame| {
            let faces = reader.watch(&frame, frame.at).expect("runs").faces;
            faces.into_iter().map(|read| (read.id, read.probabilities(), read.face)).collect::<Vec<_>>()
        };
        clip(60, 1).skip(15).map(read).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}

#[test]
fn two_visitors_side_by_side_keep_two_numbers() {
    let frames: Vec<RgbImage> = clip(270, 1).map(|frame| picture(&frame)).collect();
    let mut reader = reader();
    let mut read = Vec::new();
    for index in 0..35 {
        let mut canvas = RgbImage::new(640, 480);
        // Mei is neutral from 20 on, Kofi from 230 on.
        overlay(&mut canvas, &frames[22 + index], 0, 120);
        overlay(&mut canvas, &frames[232 + index], 320, 120);
        let at = Duration::from_millis(100 * index as u64);
        read.push(reader.watch(&framed(canvas, at), at).expect("runs").faces);
    }
    let settled = &read[12..];
    assert!(
        settled.iter().all(|faces| faces.len() == 2),
        "{:?}",
        settled.iter().map(Vec::len).collect::<Vec<_>>()
    );
    assert_eq!(ids(&read).len(), 2);
    let left =
        |faces: &Vec<ReadFace>| faces.iter().find(|face| face.face.bounds.x < 320.0).map(|face| face.id);
    assert!(settled.iter().all(|faces| left(faces) == left(&settled[0])), "they have not changed places");
}

/// Draws a visitor whose face is `side` pixels wide at a place in a plain frame.
fn far(visitor: &RgbImage, side: f32, [x, y]: [i64; 2], canvas: &mut RgbImage) {
    // The faces of these frames are about 135 pixels wide.
    let scale = side / 135.0;
    let small = resize(visitor, (320.0 * scale) as u32, (240.0 * scale) as u32, FilterType::Triangle);
    overlay(canvas, &small, x, y);
}

/// What is read in a still scene after `seconds`.
fn after(seconds: u64, scene: RgbImage) -> Vec<ReadFace> {
    let mut reader = reader();
    let frame = framed(scene, Duration::ZERO);
    let last = (0..=seconds * 10).map(|tenth| reader.watch(&frame, Duration::from_millis(100 * tenth)));
    last.last().expect("a frame").expect("runs").faces
}

#[test]
fn a_face_of_sixty_pixels_is_found_at_640_by_480() {
    for visitor in visitors() {
        let mut scene = RgbImage::from_pixel(640, 480, *visitor.get_pixel(5, 5));
        far(&visitor, 60.0, [430, 60], &mut scene);
        let faces = after(2, scene);
        let [face] = &faces[..] else { panic!("one face, not {}", faces.len()) };
        assert!((face.face.bounds.width - 60.0).abs() < 12.0, "{:?}", face.face.bounds);
        assert_eq!(face.quality.unreadable, None);
    }
}

/// A face of 40 pixels is found and read wherever it stands, by a live run within seconds and in a single picture.
#[test]
fn a_face_of_forty_pixels_is_found_at_640_by_480() {
    for (visitor, place) in visitors().iter().zip([[430, 60], [10, 10], [300, 220], [520, 390]]) {
        let mut scene = RgbImage::from_pixel(640, 480, *visitor.get_pixel(5, 5));
        far(visitor, 40.0, place, &mut scene);
        for faces in
            [after(6, scene.clone()), reader().read(&framed(scene.clone(), Duration::ZERO)).expect("runs")]
        {
            let [face] = &faces[..] else { panic!("{place:?}: one face, not {}", faces.len()) };
            assert!((face.face.bounds.width - 40.0).abs() < 10.0, "{:?}", face.face.bounds);
            assert_eq!(face.quality.unreadable, None, "{:?}", face.quality);
        }
    }
}

/// The picture turned around its middle by an angle, clockwise; what comes from outside repeats the corner.
fn turned(picture: &RgbImage, degrees: f32) -> RgbImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let middle = [picture.width(), picture.height()].map(|side| side as f32 / 2.0);
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [dx, dy] = [x as f32 - middle[0], y as f32 - middle[1]];
        let (from_x, from_y) = (dx * cos + dy * sin + middle[0], dy * cos - dx * sin + middle[1]);
        let inside = from_x >= 0.0 && from_y >= 0.0;
        let pixel = inside.then(|| picture.get_pixel_checked(from_x as u32, from_y as u32)).flatten();
        *pixel.unwrap_or_else(|| picture.get_pixel(5, 5))
    })
}

/// Heads that lean by up to 45° are found in a single picture and by a live run, and their lean is told.
#[test]
fn a_head_that_leans_far_is_found() {
    for (visitor, degrees) in
        visitors().iter().flat_map(|visitor| [-45.0, -30.0, 30.0, 45.0_f32].map(|d| (visitor, d)))
    {
        let scene = turned(visitor, degrees);
        for faces in
            [after(4, scene.clone()), reader().read(&framed(scene.clone(), Duration::ZERO)).expect("runs")]
        {
            let [face] = &faces[..] else { panic!("{degrees}°: one face, not {}", faces.len()) };
            let roll = face.face.roll().to_degrees();
            assert!((roll - degrees).abs() < 15.0, "{degrees}°: {roll}°");
        }
    }
}

/// A face of which an edge of the picture cuts two fifths away is found.
#[test]
fn a_face_that_the_edge_cuts_is_found() {
    let reader = reader();
    for visitor in visitors() {
        let whole = framed(visitor.clone(), Duration::ZERO);
        let bounds = reader.detect(&whole).expect("runs").first().expect("a face").bounds;
        let edge = (bounds.centre()[0] - 0.1 * bounds.width) as u32;
        let (width, height) = (visitor.width(), visitor.height());
        for cut in [(edge, width - edge), (0, width - edge)] {
            let mirrored =
                if cut.0 == 0 { image::imageops::flip_horizontal(&visitor) } else { visitor.clone() };
            let scene = image::imageops::crop_imm(&mirrored, cut.0, 0, cut.1, height).to_image();
            let faces = reader.read(&framed(scene, Duration::ZERO)).expect("runs");
            assert_eq!(faces.len(), 1, "cut at {edge}");
        }
    }
}

/// Nothing is found in pictures without a face, however thoroughly they are searched.
#[test]
fn pictures_without_a_face_have_none() {
    let stripes = |x: u32, y: u32| image::Rgb([if (x / 9 + y / 13).is_multiple_of(2) { 220 } else { 40 }; 3]);
    let noise = |x: u32, y: u32| {
        let hash = x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503).rotate_left(9);
        image::Rgb([0, 8, 16].map(|shift| (hash.wrapping_mul(2_246_822_519) >> (8 + shift / 2)) as u8))
    };
    let discs = |x: u32, y: u32| {
        let (dx, dy) = ((x % 80) as f32 - 40.0, (y % 80) as f32 - 40.0);
        image::Rgb([if dx.hypot(dy) < 24.0 { 230 } else { 60 }; 3])
    };
    let scenes: [RgbImage; 3] = [
        RgbImage::from_fn(640, 480, stripes),
        RgbImage::from_fn(640, 480, noise),
        RgbImage::from_fn(640, 480, discs),
    ];
    for (index, scene) in scenes.into_iter().enumerate() {
        assert!(after(8, scene.clone()).is_empty(), "live, picture {index}");
        assert!(reader().read(&framed(scene, Duration::ZERO)).expect("runs").is_empty(), "picture {index}");
    }
}

#[test]
fn several_people_in_a_room_are_found_near_and_far() {
    let visitors = visitors();
    let mut scene = RgbImage::from_pixel(1280, 720, *visitors[0].get_pixel(5, 5));
    for (visitor, (side, place)) in
        visitors.iter().zip([(180.0, [30, 60]), (120.0, [560, 30]), (80.0, [1000, 400]), (60.0, [560, 540])])
    {
        far(visitor, side, place, &mut scene);
    }
    let faces = after(20, scene);
    assert_eq!(faces.len(), 4, "{:?}", faces.iter().map(|face| face.face.bounds).collect::<Vec<_>>());
    assert!(faces.is_sorted_by(|a, b| a.face.bounds.area() >= b.face.bounds.area()));
    assert_eq!(ids([&faces]).len(), 4);
}

fn toned(picture: &RgbImage, tone: impl Fn(f32) -> f32) -> RgbImage {
    let mut picture = picture.clone();
    for value in picture.iter_mut() {
        *value = (tone(f32::from(*value) / 255.0) * 255.0).clamp(0.0, 255.0) as u8;
    }
    picture
}

#[test]
fn a_poor_view_is_told_with_its_reason_and_is_not_read() {
    for visitor in visitors() {
        let (width, height) = (visitor.width(), visitor.height());
        let views = [
            (None, visitor.clone()),
            // A face of about 24 pixels.
            (
                Some(UnreadableReason::TooSmall),
                resize(&visitor, width * 24 / 135, height * 24 / 135, FilterType::Triangle),
            ),
            (Some(UnreadableReason::TooDark), toned(&visitor, |value| 0.5 * value.powf(3.0))),
            (Some(UnreadableReason::TooBright), toned(&visitor, |value| 0.78 + 0.3 * value)),
            (Some(UnreadableReason::Blurred), blur(&visitor, 6.0)),
        ];
        for (expected, view) in views {
            let faces = after(0, view);
            let [face] = &faces[..] else { panic!("{expected:?}: one face, not {}", faces.len()) };
            assert_eq!(face.quality.unreadable, expected, "{:?}", face.quality);
            let unread = (face.abstain - 1.0).abs() < f32::EPSILON;
            assert_eq!(unread, expected.is_some());
            assert_eq!(face.quality.score < 0.5, expected.is_some(), "{:?}", face.quality);
        }
    }
}

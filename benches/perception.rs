//! What a frame costs: conversion, detect, classify, both in each frame, and following a face.
//!
//! `cargo bench --bench perception`. The figures are CPU time of the one thread
//! that does all of it, so that other work on the machine disturbs them little.

use std::hint::black_box;
use std::io::Cursor;
use std::time::Duration;

use attune::app::settings::Settings;
use attune::frame::{Frame, PixelLayout, RawPicture, ValueRange, YuvStandard};
use attune::inference::ModelError;
use attune::vision::face::Face;
use attune::vision::perception::FaceReader;
use cpu_time::ThreadTime;
use criterion::{Bencher, Criterion, criterion_group, criterion_main};
use image::AnimationDecoder as _;
use image::codecs::webp::WebPDecoder;
use image::imageops::{FilterType, resize};

/// One frame of each expression that is held in the clip, ten frames a second.
const FRAMES: [usize; 8] = [40, 90, 185, 310, 390, 520, 640, 770];

/// The frames at the size of a usual camera.
fn frames() -> Vec<Frame> {
    let clip = include_bytes!("../assets/demo/visitor.webp");
    let decoder = WebPDecoder::new(Cursor::new(&clip[..])).expect("the clip is a WebP");
    let last = FRAMES.iter().max().map_or(0, |last| last + 1);
    let pictures = decoder.into_frames().take(last).enumerate().filter(|(index, _)| FRAMES.contains(index));
    pictures
        .map(|(index, picture)| {
            let picture = picture.expect("a whole frame").into_buffer();
            let large = resize(&picture, 640, 480, FilterType::Triangle);
            let rgb = image::DynamicImage::from(large).into_rgb8().into_raw();
            Frame::new(640, 480, rgb, Duration::from_millis(100 * index as u64)).expect("fits")
        })
        .collect()
}

/// Measures the CPU time of this thread instead of the wall clock.
fn cpu<T>(bencher: &mut Bencher, mut work: impl FnMut() -> T) {
    bencher.iter_custom(|times| {
        let begin = ThreadTime::now();
        for _ in 0..times {
            black_box(work());
        }
        begin.elapsed()
    });
}

fn reader_of(settings: &Settings) -> FaceReader {
    FaceReader::load(&settings.face, &settings.expression, &settings.perception).expect("whole models")
}

fn perception(criterion: &mut Criterion) {
    let settings = Settings::default();
    let reader = reader_of(&settings);
    let frames = frames();
    let found: Vec<Vec<Face>> =
        frames.iter().map(|frame| reader.detect(frame)).collect::<Result<_, ModelError>>().expect("runs");

    let mut next = (0..frames.len()).cycle();
    let mut turn = move || next.next().unwrap_or(0);
    let mut group = criterion.benchmark_group("CPU of one 640×480 frame with one face");
    group.bench_function("detect", |bencher| cpu(bencher, || reader.detect(black_box(&frames[turn()]))));
    group.bench_function("classify", |bencher| {
        cpu(bencher, || {
            let index = turn();
            reader.classify(black_box(&frames[index]), found[index].clone())
        });
    });
    group.bench_function("detect and classify each frame", |bencher| {
        cpu(bencher, || reader.read(black_box(&frames[turn()])));
    });
    // Ten frames a second of a face that is known: most need no look and no reading.
    let mut watcher = reader_of(&settings);
    let mut count = 0_u32;
    group.bench_function("follow a face", |bencher| {
        cpu(bencher, || {
            count += 1;
            let frame = &frames[count as usize / 50 % frames.len()];
            watcher.watch(black_box(frame), Duration::from_millis(100) * count)
        });
    });
    group.finish();
}

/// A picture of a camera becomes RGB.
fn conversion(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("CPU of the conversion of one 640×480 picture");
    let buffer: Vec<u8> =
        (0..640 * 480 * 3_u32).map(|place| (place.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for name in [*b"YUYV", *b"NV12", *b"YU12", *b"BGR3", *b"GREY"] {
        let picture = RawPicture {
            width: 640,
            height: 480,
            layout: PixelLayout::of_fourcc(name).expect("known"),
            stride: 0,
            standard: YuvStandard::Bt601,
            range: ValueRange::Limited,
        };
        let name = String::from_utf8_lossy(&name).into_owned();
        group.bench_function(name, |bencher| cpu(bencher, || picture.convert(black_box(&buffer))));
    }
    group.finish();
}

criterion_group!(benches, conversion, perception);
criterion_main!(benches);

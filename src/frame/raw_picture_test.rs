//! Every layout of a picture against the formulas of the standards.

#![expect(clippy::trivially_copy_pass_by_ref, reason = "byte strings are references")]

use proptest::prelude::*;

use super::{ChromaOrder, PictureError, PixelLayout, RawPicture, ValueRange, YuvStandard};

/// All that V4L2 names and this room takes.
const FOURCCS: [&[u8; 4]; 27] = [
    b"YUYV", b"UYVY", b"YVYU", b"VYUY", b"NV12", b"NV21", b"NV16", b"NV61", b"YU12", b"YV12", b"422P",
    b"RGB3", b"BGR3", b"BGR4", b"XR24", b"AR24", b"RGB4", b"BX24", b"BA24", b"XB24", b"AB24", b"RX24",
    b"GREY", b"Y10 ", b"Y12 ", b"Y14 ", b"Y16 ",
];

fn raw(fourcc: &[u8; 4], width: u32, height: u32, stride: u32) -> RawPicture {
    RawPicture {
        width,
        height,
        layout: PixelLayout::of_fourcc(*fourcc).expect("known"),
        stride,
        standard: YuvStandard::Bt601,
        range: ValueRange::Limited,
    }
}

/// Red, green and blue of Y′CbCr by the factors as the standards print them, rounded.
#[expect(clippy::similar_names, reason = "Cb and Cr are the names of the standards")]
fn by_formula(standard: YuvStandard, range: ValueRange, ycbcr: [u8; 3]) -> [f64; 3] {
    let [y, cb, cr] = ycbcr.map(f64::from);
    let (luma, [red, green_by_cb, green_by_cr, blue]) = match (standard, range) {
        (YuvStandard::Bt601, ValueRange::Limited) => {
            (1.164_383 * (y - 16.0), [1.596_027, 0.391_762, 0.812_968, 2.017_232])
        }
        (YuvStandard::Bt601, ValueRange::Full) => (y, [1.402, 0.344_136, 0.714_136, 1.772]),
        (YuvStandard::Bt709, ValueRange::Limited) => {
            (1.164_383 * (y - 16.0), [1.792_741, 0.213_249, 0.532_909, 2.112_402])
        }
        (YuvStandard::Bt709, ValueRange::Full) => (y, [1.5748, 0.187_324, 0.468_124, 1.8556]),
        (YuvStandard::Bt2020, ValueRange::Limited) => {
            (1.164_383 * (y - 16.0), [1.678_674, 0.187_326, 0.650_424, 2.141_772])
        }
        (YuvStandard::Bt2020, ValueRange::Full) => (y, [1.4746, 0.164_553, 0.571_353, 1.8814]),
    };
    [
        luma + red * (cr - 128.0),
        luma - green_by_cb * (cb - 128.0) - green_by_cr * (cr - 128.0),
        luma + blue * (cb - 128.0),
    ]
    .map(|value| value.clamp(0.0, 255.0))
}

fn close(got: &[u8], wanted: [f64; 3]) -> bool {
    got.iter().zip(wanted).all(|(got, wanted)| (f64::from(*got) - wanted).abs() <= 0.55)
}

/// Samples of a picture that differ from place to place.
fn luma(x: usize, y: usize) -> u8 {
    (31 * x + 57 * y + 20) as u8
}

fn chroma(column: usize, row: usize) -> [u8; 2] {
    [(90 + 13 * column + 29 * row) as u8, (170 + 37 * column + 11 * row) as u8]
}

fn rgb(x: usize, y: usize) -> [u8; 3] {
    [luma(x, y), luma(y, x), (17 * x + 3 * y) as u8]
}

/// A buffer in the layout, with gaps after its lines; byte by byte as the kernel's documentation draws it.
fn packed(fourcc: &[u8; 4], [width, height]: [usize; 2], gap: usize) -> Vec<u8> {
    let even = |width: usize| width + width % 2;
    let mut bytes = Vec::new();
    let mut line = |values: Vec<u8>, gap: usize| {
        bytes.extend(values);
        bytes.extend(std::iter::repeat_n(0xAA, gap));
    };
    for y in 0..height {
        let pairs = (0..width.div_ceil(2)).map(|pair| {
            let [cb, cr] = chroma(pair, y);
            (luma(2 * pair, y), cb, luma(2 * pair + 1, y), cr)
        });
        let lumas = (0..width).map(|x| luma(x, y));
        let deep =
            |shift: u32| lumas.clone().flat_map(move |v| (u16::from(v) << shift | 1).to_le_bytes()).collect();
        let pixels = (0..width).map(|x| rgb(x, y));
        let values: Vec<u8> = match fourcc {
            b"YUYV" => pairs.flat_map(|(y0, cb, y1, cr)| [y0, cb, y1, cr]).collect(),
            b"UYVY" => pairs.flat_map(|(y0, cb, y1, cr)| [cb, y0, cr, y1]).collect(),
            b"YVYU" => pairs.flat_map(|(y0, cb, y1, cr)| [y0, cr, y1, cb]).collect(),
            b"VYUY" => pairs.flat_map(|(y0, cb, y1, cr)| [cr, y0, cb, y1]).collect(),
            b"RGB3" => pixels.flatten().collect(),
            b"BGR3" => pixels.flat_map(|[r, g, b]| [b, g, r]).collect(),
            b"BGR4" | b"XR24" | b"AR24" => pixels.flat_map(|[r, g, b]| [b, g, r, 9]).collect(),
            b"RGB4" | b"BX24" | b"BA24" => pixels.flat_map(|[r, g, b]| [9, r, g, b]).collect(),
            b"XB24" | b"AB24" => pixels.flat_map(|[r, g, b]| [r, g, b, 9]).collect(),
            b"RX24" => pixels.flat_map(|[r, g, b]| [9, b, g, r]).collect(),
            b"Y10 " => deep(2),
            b"Y12 " => deep(4),
            b"Y14 " => deep(6),
            b"Y16 " => deep(8),
            _ => lumas.collect(),
        };
        line(values, gap);
    }
    let columns = width.div_ceil(2);
    let rows = if matches!(fourcc, b"NV16" | b"NV61" | b"422P") { height } else { height.div_ceil(2) };
    // Gaps of chroma follow from that of luma: as many bytes where pairs lie, half as many in planes of their own.
    let (pair_gap, plane_gap) = (even(width + gap) - 2 * columns, (width + gap).div_ceil(2) - columns);
    let plane =
        |which: usize| (0..rows).map(move |row| (0..columns).map(|c| chroma(c, row)[which]).collect());
    match fourcc {
        b"NV12" | b"NV16" => {
            (0..rows).for_each(|row| line((0..columns).flat_map(|c| chroma(c, row)).collect(), pair_gap));
        }
        b"NV21" | b"NV61" => (0..rows).for_each(|row| {
            line(
                (0..columns)
                    .flat_map(|c| chroma(c, row))
                    .collect::<Vec<_>>()
                    .chunks(2)
                    .flat_map(|p| [p[1], p[0]])
                    .collect(),
                pair_gap,
            );
        }),
        b"YU12" | b"422P" => [0, 1].into_iter().flat_map(plane).for_each(|values| line(values, plane_gap)),
        b"YV12" => [1, 0].into_iter().flat_map(plane).for_each(|values| line(values, plane_gap)),
        _ => {}
    }
    bytes
}

/// What a pixel of that buffer is.
fn wanted(raw: &RawPicture, x: usize, y: usize) -> [f64; 3] {
    let of = |column, row| {
        let [cb, cr] = chroma(column, row);
        by_formula(raw.standard, raw.range, [luma(x, y), cb, cr])
    };
    let level = |value: u8| match raw.range {
        ValueRange::Limited => ((f64::from(value) - 16.0) * 255.0 / 219.0).clamp(0.0, 255.0),
        ValueRange::Full => f64::from(value),
    };
    match raw.layout {
        PixelLayout::Packed422(_) => of(x / 2, y),
        PixelLayout::SemiPlanar { rows, .. } | PixelLayout::Planar { rows, .. } => {
            of(x / 2, y / rows as usize)
        }
        PixelLayout::Rgb { .. } => rgb(x, y).map(level),
        PixelLayout::Grey | PixelLayout::DeepGrey { .. } => [level(luma(x, y)); 3],
    }
}

/// Every layout, with even and odd sides, with and without gaps, in each standard and range.
#[test]
fn every_layout_gives_the_colours_of_the_formulas() {
    for fourcc in FOURCCS {
        for size in [[6, 4], [5, 3], [2, 2], [16, 1], [1, 1]] {
            for gap in [0, 4, 32] {
                for standard in [YuvStandard::Bt601, YuvStandard::Bt709, YuvStandard::Bt2020] {
                    for range in [ValueRange::Limited, ValueRange::Full] {
                        let buffer = packed(fourcc, size, gap);
                        let line = raw(fourcc, size[0] as u32, 1, 0).layout.line_bytes(size[0]);
                        let stride = if gap == 0 { 0 } else { (line + gap) as u32 };
                        let raw = RawPicture {
                            standard,
                            range,
                            ..raw(fourcc, size[0] as u32, size[1] as u32, stride)
                        };
                        let got = raw.convert(&buffer).expect("whole");
                        assert_eq!(got.len(), size[0] * size[1] * 3);
                        for (place, got) in got.chunks(3).enumerate() {
                            let wanted = wanted(&raw, place % size[0], place / size[0]);
                            let name = String::from_utf8_lossy(fourcc);
                            assert!(
                                close(got, wanted),
                                "{name} {size:?} gap {gap} {standard:?} {range:?} pixel {place}: {got:?}, not {wanted:?}"
                            );
                        }
                    }
                }
            }
        }
    }
}

/// Black, white and the primaries of 75 % colour bars in BT.601 and BT.709 (the values of the standards).
#[test]
fn colour_bars_come_out_right() {
    let cases = [
        (YuvStandard::Bt601, [16, 128, 128], [0, 0, 0]),
        (YuvStandard::Bt601, [235, 128, 128], [255, 255, 255]),
        (YuvStandard::Bt601, [65, 100, 212], [191, 0, 0]),
        (YuvStandard::Bt601, [112, 72, 58], [0, 191, 0]),
        (YuvStandard::Bt601, [35, 212, 114], [0, 0, 191]),
        (YuvStandard::Bt709, [51, 109, 212], [191, 0, 0]),
        (YuvStandard::Bt709, [133, 63, 52], [0, 191, 0]),
        (YuvStandard::Bt709, [28, 212, 120], [0, 0, 191]),
    ];
    for (standard, [y, cb, cr], colour) in cases {
        let raw = RawPicture { standard, ..raw(b"YUYV", 2, 1, 0) };
        let got = raw.convert(&[y, cb, y, cr]).expect("whole");
        let near = got.iter().zip(colour.iter().cycle()).all(|(got, wanted)| got.abs_diff(*wanted) <= 2);
        assert!(near, "{standard:?} {y} {cb} {cr}: {got:?}, not {colour:?}");
    }
}

/// A name that is not known has no layout, and a picture without pixels is none.
#[test]
fn what_is_not_known_is_refused() {
    assert_eq!(PixelLayout::of_fourcc(*b"H264"), None);
    assert_eq!(raw(b"YUYV", 0, 4, 0).convert(&[0; 64]), Err(PictureError::NoPixels));
    let huge = raw(b"NV12", u32::MAX, u32::MAX, u32::MAX);
    assert_eq!(huge.convert(&[0; 64]), Err(PictureError::TooFewBytes(64)));
}

proptest! {
    /// A buffer that lacks one byte or more is refused; a whole one gives as many pixels as asked for.
    #[test]
    fn short_buffers_are_refused_and_never_panic(
        which in 0..FOURCCS.len(), width in 1usize..24, height in 1usize..24, gap in 0usize..40, lack in 1usize..2_000,
    ) {
        let fourcc = FOURCCS[which];
        let raw = raw(fourcc, width as u32, height as u32, 0);
        let raw = RawPicture { stride: (raw.layout.line_bytes(width) + gap) as u32, ..raw };
        let whole = packed(fourcc, [width, height], gap);
        prop_assert_eq!(raw.convert(&whole).map(|rgb| rgb.len()), Ok(width * height * 3));
        // The gap after the last line may be missing, and nothing else.
        let without_gap = whole.iter().rposition(|byte| *byte != 0xAA).map_or(0, |last| last + 1);
        let short = &whole[..without_gap.saturating_sub(lack.max(1))];
        if gap == 0 {
            prop_assert_eq!(raw.convert(&whole[..whole.len().saturating_sub(lack)]), Err(
                PictureError::TooFewBytes(whole.len().saturating_sub(lack))
            ));
        }
        let _ = raw.convert(short);
    }

    /// Any bytes, sizes and strides: no panic.
    #[test]
    fn nonsense_never_panics(
        which in 0..FOURCCS.len(), bytes in proptest::collection::vec(any::<u8>(), 0..400),
        width in 0u32..40, height in 0u32..40, stride in prop_oneof![0u32..100, any::<u32>()],
        first in any::<bool>(),
    ) {
        let order = if first { ChromaOrder::CbCr } else { ChromaOrder::CrCb };
        let raw = raw(FOURCCS[which], width, height, stride);
        let _ = raw.convert(&bytes);
        let _ = RawPicture { layout: PixelLayout::SemiPlanar { order, rows: 2 }, ..raw }.convert(&bytes);
    }
}

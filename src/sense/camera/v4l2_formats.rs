//! What a device offers, and which of it suits best.
//!
//! Sizes and rates come as lists or as ranges with a step. From a range the value nearest to the wanted one is taken for
//! width and height each, so that 640×480 is found in every range that holds it.

use v4l::format::{Colorspace, Quantization};
use v4l::frameinterval::{FrameInterval, FrameIntervalEnum};
use v4l::framesize::{FrameSize, FrameSizeEnum};
use v4l::video::Capture;
use v4l::{Format, FourCC, Fraction};

use super::settings::CameraSettings;
use crate::frame::{PixelLayout, ValueRange, YuvStandard};

/// How a device encodes its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PixelFormat {
    Raw(PixelLayout),
    Jpeg,
}

impl PixelFormat {
    /// What a V4L2 pixel format is; `None` if it is not understood.
    pub(super) fn of(fourcc: FourCC) -> Option<Self> {
        match &fourcc.repr {
            b"MJPG" | b"JPEG" => Some(Self::Jpeg),
            other => PixelLayout::of_fourcc(*other).map(Self::Raw),
        }
    }

    fn is_grey(self) -> bool {
        matches!(self, Self::Raw(layout) if layout.is_grey())
    }
}

/// A size, rate and encoding in which a device can send pictures.
#[derive(Debug, Clone, Copy)]
pub(super) struct VideoFormat {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) fourcc: FourCC,
    pub(super) pixels: PixelFormat,
    /// Seconds from one picture to the next, where the device tells.
    pub(super) interval: Option<Fraction>,
}

/// A device's formats: those that are understood, and a sentence about all.
pub(super) struct DeviceFormats {
    pub(super) usable: Vec<VideoFormat>,
    /// "it offers H264 1920×1080, 1280×720".
    pub(super) offer: String,
}

/// Asks a device what it offers, near to what is wanted.
pub(super) fn formats_of(device: &impl Capture, wanted: &CameraSettings) -> DeviceFormats {
    let (mut usable, mut offers) = (Vec::new(), Vec::new());
    for description in device.enum_formats().unwrap_or_default() {
        let fourcc = description.fourcc;
        let listed = device.enum_framesizes(fourcc).unwrap_or_default();
        offers.push(format!("{}{}", fourcc_name(fourcc), sizes_in_words(&listed)));
        let Some(pixels) = PixelFormat::of(fourcc) else { continue };
        let mut sizes: Vec<[u32; 2]> = listed.iter().map(|size| nearest_size(size, wanted)).collect();
        if sizes.is_empty() {
            // Not every driver has a list; it answers a wish with what it can.
            sizes.push([wanted.width, wanted.height]);
        }
        for [width, height] in sizes {
            let intervals = device.enum_frameintervals(fourcc, width, height).unwrap_or_default();
            let format = |interval| VideoFormat { width, height, fourcc, pixels, interval };
            if intervals.is_empty() {
                usable.push(format(None));
            }
            usable.extend(intervals.iter().map(|offered| format(Some(nearest_interval(offered, wanted)))));
        }
    }
    let offer = if offers.is_empty() {
        "it offers no pictures; it may be another part of a camera".into()
    } else {
        format!("it offers only {}", offers.join("; "))
    };
    DeviceFormats { usable, offer }
}

fn fourcc_name(fourcc: FourCC) -> String {
    String::from_utf8_lossy(&fourcc.repr).trim_end().escape_default().to_string()
}

/// " 1920×1080, 1280×720 and 5 more".
fn sizes_in_words(sizes: &[FrameSize]) -> String {
    const SHOWN: usize = 3;
    let words: Vec<String> = sizes
        .iter()
        .take(SHOWN)
        .map(|size| match &size.size {
            FrameSizeEnum::Discrete(size) => format!("{}×{}", size.width, size.height),
            FrameSizeEnum::Stepwise(range) => format!(
                "{}×{} to {}×{}",
                range.min_width, range.min_height, range.max_width, range.max_height
            ),
        })
        .collect();
    let more = sizes.len().saturating_sub(SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    if words.is_empty() { rest } else { format!(" {}{rest}", words.join(", ")) }
}

fn nearest_size(offered: &FrameSize, wanted: &CameraSettings) -> [u32; 2] {
    match &offered.size {
        FrameSizeEnum::Discrete(size) => [size.width, size.height],
        FrameSizeEnum::Stepwise(range) => [
            nearest_step(wanted.width, [range.min_width, range.max_width, range.step_width]),
            nearest_step(wanted.height, [range.min_height, range.max_height, range.step_height]),
        ],
    }
}

/// The value of a range with a step that is nearest to a wanted one. A continuous range has a step of 1 or 0.
fn nearest_step(wanted: u32, [least, most, step]: [u32; 3]) -> u32 {
    let (most, step) = (most.max(least), step.max(1));
    let above = wanted.clamp(least, most) - least;
    let down = above / step * step;
    let up = down.saturating_add(step);
    let steps = if above - down <= up - above || up > most - least { down } else { up };
    least + steps
}

/// The interval of an offer that is nearest to the wanted rate.
fn nearest_interval(offered: &FrameInterval, wanted: &CameraSettings) -> Fraction {
    match &offered.interval {
        FrameIntervalEnum::Discrete(interval) => *interval,
        FrameIntervalEnum::Stepwise(range) => {
            let asked = Fraction::new(1, wanted.frames_per_second);
            if rate(asked) >= rate(range.min) {
                range.min
            } else if rate(asked) <= rate(range.max) {
                range.max
            } else {
                on_step(asked, range.min, range.step)
            }
        }
    }
}

/// The whole number of steps from the shortest interval that comes nearest to the asked one.
fn on_step(asked: Fraction, least: Fraction, step: Fraction) -> Fraction {
    let seconds = |fraction: Fraction| f64::from(fraction.numerator) / f64::from(fraction.denominator.max(1));
    let step_seconds = seconds(step);
    if step_seconds <= 0.0 || step.numerator == step.denominator {
        // Continuous ranges have a step of 1/1, or none.
        return asked;
    }
    let steps = ((seconds(asked) - seconds(least)) / step_seconds).round();
    let (a, b) = (u64::from(least.numerator), u64::from(least.denominator.max(1)));
    let d = u64::from(step.denominator.max(1));
    let sum = || {
        let c = (steps as u64).checked_mul(u64::from(step.numerator))?;
        let numerator = a.checked_mul(d)?.checked_add(c.checked_mul(b)?)?;
        Some(Fraction::new(u32::try_from(numerator).ok()?, u32::try_from(b * d).ok()?))
    };
    // A sum that V4L2 cannot write is replaced by the wish, which the driver rounds.
    sum().unwrap_or(asked)
}

/// Pictures in a thousand seconds: 30000/1001 is 29 970.
fn rate(interval: Fraction) -> u64 {
    u64::from(interval.denominator) * 1_000 / u64::from(interval.numerator.max(1))
}

/// The best format: with colours, then nearest in size, then enough pictures per second (but no more than needed), then
/// an uncompressed one, which converts four times as fast as a JPEG.
pub(super) fn best_format(formats: &[VideoFormat], wanted: &CameraSettings) -> Option<VideoFormat> {
    let asked = u64::from(wanted.frames_per_second) * 1_000;
    formats.iter().copied().min_by_key(|format| {
        let size = u64::from(format.width.abs_diff(wanted.width)).pow(2)
            + u64::from(format.height.abs_diff(wanted.height)).pow(2);
        let offered = format.interval.map_or(asked, rate);
        // 30000/1001 is as good as 30.
        let enough = asked - asked / 100;
        let (missing, needless) = (enough.saturating_sub(offered), offered.saturating_sub(asked));
        (format.pixels.is_grey(), size, missing, format.pixels == PixelFormat::Jpeg, needless, format.width)
    })
}

/// How colours are coded in what a device sends, as the kernel derives it from the colour space
/// (`V4L2_MAP_YCBCR_ENC_DEFAULT` and `V4L2_MAP_QUANTIZATION_DEFAULT`). Grey pictures of infrared cameras use all values
/// unless the device says otherwise.
///
/// `ycbcr_enc`, in which a driver can name another matrix than that of its colour space, is not told by the `v4l` crate.
pub(super) fn colour_coding(format: &Format, layout: PixelLayout) -> (YuvStandard, ValueRange) {
    let standard = match format.colorspace {
        Colorspace::Rec709 | Colorspace::DCIP3 => YuvStandard::Bt709,
        Colorspace::Rec2020 => YuvStandard::Bt2020,
        _ => YuvStandard::Bt601,
    };
    let is_yuv = !layout.is_grey() && !matches!(layout, PixelLayout::Rgb { .. });
    let is_usually_limited = is_yuv && !matches!(format.colorspace, Colorspace::JPEG);
    let is_limited = match format.quantization {
        Quantization::FullRange => false,
        Quantization::LimitedRange => true,
        Quantization::Default => is_usually_limited,
    };
    (standard, if is_limited { ValueRange::Limited } else { ValueRange::Full })
}

#[cfg(test)]
mod tests {
    use std::io;

    use proptest::prelude::*;
    use v4l::format::Description;
    use v4l::frameinterval::Stepwise as Intervals;
    use v4l::framesize::{Discrete, Stepwise};
    use v4l::video::capture::Parameters;

    use super::*;

    /// A pixel format with its sizes and intervals.
    type OfferedFormat = (&'static [u8; 4], Vec<FrameSizeEnum>, Vec<[u32; 2]>);

    /// A device that only answers what it offers.
    struct Offer(Vec<OfferedFormat>);

    impl Offer {
        fn entry(&self, fourcc: FourCC) -> io::Result<&OfferedFormat> {
            self.0.iter().find(|(code, _, _)| **code == fourcc.repr).ok_or(io::ErrorKind::InvalidInput.into())
        }
    }

    impl Capture for Offer {
        fn enum_frameintervals(
            &self,
            fourcc: FourCC,
            width: u32,
            height: u32,
        ) -> io::Result<Vec<FrameInterval>> {
            let interval = |[numerator, denominator]: &[u32; 2]| FrameInterval {
                index: 0,
                fourcc,
                width,
                height,
                typ: 1,
                interval: FrameIntervalEnum::Discrete(Fraction::new(*numerator, *denominator)),
            };
            Ok(self.entry(fourcc)?.2.iter().map(interval).collect())
        }

        fn enum_framesizes(&self, fourcc: FourCC) -> io::Result<Vec<FrameSize>> {
            let copy = |size: &FrameSizeEnum| match size {
                FrameSizeEnum::Discrete(size) => exact(size.width, size.height),
                FrameSizeEnum::Stepwise(r) => range(
                    [r.min_width, r.max_width, r.step_width],
                    [r.min_height, r.max_height, r.step_height],
                ),
            };
            let size = |size| FrameSize { index: 0, fourcc, typ: 1, size };
            Ok(self.entry(fourcc)?.1.iter().map(copy).map(size).collect())
        }

        fn enum_formats(&self) -> io::Result<Vec<Description>> {
            let described = |(code, _, _): &OfferedFormat| Description {
                index: 0,
                typ: 1,
                flags: 0.into(),
                description: String::new(),
                fourcc: FourCC::new(code),
            };
            Ok(self.0.iter().map(described).collect())
        }

        fn format(&self) -> io::Result<Format> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn set_format(&self, _: &Format) -> io::Result<Format> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn params(&self) -> io::Result<Parameters> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn set_params(&self, _: &Parameters) -> io::Result<Parameters> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    fn exact(width: u32, height: u32) -> FrameSizeEnum {
        FrameSizeEnum::Discrete(Discrete { width, height })
    }

    fn range(width: [u32; 3], height: [u32; 3]) -> FrameSizeEnum {
        let ([min_width, max_width, step_width], [min_height, max_height, step_height]) = (width, height);
        FrameSizeEnum::Stepwise(Stepwise {
            min_width,
            max_width,
            step_width,
            min_height,
            max_height,
            step_height,
        })
    }

    fn best(offer: &Offer) -> Option<(String, u32, u32, u64)> {
        let wanted = CameraSettings::default();
        let best = best_format(&formats_of(offer, &wanted).usable, &wanted)?;
        Some((fourcc_name(best.fourcc), best.width, best.height, best.interval.map_or(0, rate)))
    }

    /// A range that holds 640×480 gives it, whatever its step; one that does not gives its nearest value.
    #[test]
    fn a_size_is_taken_out_of_a_range_for_each_side() {
        let of = |width, height| best(&Offer(vec![(b"YUYV", vec![range(width, height)], vec![])]));
        let size = |width, height| Some(("YUYV".to_owned(), width, height, 0));
        assert_eq!(of([32, 2_592, 16], [32, 1_944, 8]), size(640, 480));
        assert_eq!(of([48, 1_920, 1], [48, 1_080, 1]), size(640, 480));
        assert_eq!(of([2, 4_096, 0], [2, 4_096, 0]), size(640, 480));
        assert_eq!(of([100, 4_096, 100], [100, 4_096, 100]), size(600, 500));
        assert_eq!(of([800, 1_600, 2], [600, 1_200, 2]), size(800, 600));
        assert_eq!(of([16, 320, 16], [16, 240, 16]), size(320, 240));
    }

    /// NTSC rates are read as what they are and count as 30.
    #[test]
    fn a_rate_of_30000_over_1001_is_as_good_as_30() {
        let offer = Offer(vec![
            (b"MJPG", vec![exact(640, 480)], vec![[1, 30]]),
            (b"YUYV", vec![exact(640, 480)], vec![[1_001, 30_000], [1_001, 15_000]]),
        ]);
        assert_eq!(best(&offer), Some(("YUYV".into(), 640, 480, 29_970)));
    }

    /// The nearest size comes first, then the rate, then an uncompressed format; grey only where there is no colour.
    #[test]
    fn the_nearest_size_comes_first_then_the_rate_then_what_is_not_compressed() {
        let rates = |rates: &[u32]| rates.iter().map(|rate| [1, *rate]).collect::<Vec<_>>();
        let vga = |code, of: &[u32]| (code, vec![exact(640, 480)], rates(of));
        let large = || (b"MJPG", vec![exact(1_920, 1_080)], rates(&[30]));
        let code = |entries: Vec<OfferedFormat>| best(&Offer(entries)).map(|(code, _, _, rate)| (code, rate));
        let is = |code: &str, rate| Some((code.to_owned(), rate));
        assert_eq!(code(vec![large(), vga(b"YUYV", &[10])]), is("YUYV", 10_000));
        assert_eq!(code(vec![vga(b"YUYV", &[10]), vga(b"MJPG", &[30])]), is("MJPG", 30_000));
        assert_eq!(code(vec![vga(b"MJPG", &[30]), vga(b"NV12", &[60, 30])]), is("NV12", 30_000));
        assert_eq!(code(vec![vga(b"GREY", &[30]), large()]), is("MJPG", 30_000));
        assert_eq!(code(vec![vga(b"GREY", &[15])]), is("GREY", 15_000));
        assert_eq!(code(vec![]), None);
    }

    /// A driver without lists is asked for what is wanted.
    #[test]
    fn a_driver_without_lists_is_asked_for_the_wanted_size() {
        assert_eq!(best(&Offer(vec![(b"UYVY", vec![], vec![])])), Some(("UYVY".into(), 640, 480, 0)));
    }

    /// What nothing here can read is named.
    #[test]
    fn what_the_camera_offers_is_named() {
        let sizes = [(1_920, 1_080), (1_280, 720), (640, 480), (320, 240)];
        let sizes = sizes.iter().map(|(width, height)| exact(*width, *height)).collect();
        let offer =
            Offer(vec![(b"H264", sizes, vec![]), (b"HEVC", vec![range([2, 64, 2], [2, 48, 2])], vec![])]);
        let formats = formats_of(&offer, &CameraSettings::default());
        assert!(formats.usable.is_empty());
        assert_eq!(
            formats.offer,
            "it offers only H264 1920×1080, 1280×720, 640×480 and 1 more; HEVC 2×2 to 64×48"
        );
        let nothing = formats_of(&Offer(vec![]), &CameraSettings::default());
        assert!(nothing.offer.contains("no pictures"), "{}", nothing.offer);
    }

    fn from_range(min: [u32; 2], max: [u32; 2], step: [u32; 2]) -> [u32; 2] {
        let [min, max, step] =
            [min, max, step].map(|[numerator, denominator]| Fraction::new(numerator, denominator));
        let offered = FrameInterval {
            index: 0,
            fourcc: FourCC::new(b"YUYV"),
            width: 640,
            height: 480,
            typ: 3,
            interval: FrameIntervalEnum::Stepwise(Intervals { min, max, step }),
        };
        let nearest = nearest_interval(&offered, &CameraSettings::default());
        [nearest.numerator, nearest.denominator]
    }

    /// 30 pictures a second are taken out of a range that holds them; else its nearest end or step.
    #[test]
    fn a_rate_is_taken_out_of_a_range() {
        assert_eq!(from_range([1, 120], [1, 1], [1, 1]), [1, 30]);
        assert_eq!(from_range([1, 120], [1, 1], [0, 0]), [1, 30]);
        assert_eq!(from_range([1_001, 15_000], [1, 1], [1, 1]), [1_001, 15_000]);
        assert_eq!(from_range([1, 120], [1, 60], [1, 1]), [1, 60]);
        // Steps of 10 ms from 10 ms on: 30 ms is nearest to 33.3 ms.
        let [numerator, denominator] = from_range([1, 100], [1, 1], [1, 100]);
        assert_eq!(numerator * 100, denominator * 3);
    }

    /// The kernel's defaults: webcams (sRGB) are BT.601 in limited range, JPEG is full, HD is BT.709.
    #[test]
    fn colours_are_coded_as_the_kernel_says() {
        let [yuyv, rgb, grey] =
            [b"YUYV", b"RGB3", b"GREY"].map(|code| PixelLayout::of_fourcc(*code).expect("known"));
        let coding = |colorspace, quantization, layout| {
            let format = Format { colorspace, quantization, ..Format::new(2, 2, FourCC::new(b"YUYV")) };
            colour_coding(&format, layout)
        };
        let (none, full) = (Quantization::Default, Quantization::FullRange);
        assert_eq!(coding(Colorspace::SRGB, none, yuyv), (YuvStandard::Bt601, ValueRange::Limited));
        assert_eq!(coding(Colorspace::SRGB, full, yuyv), (YuvStandard::Bt601, ValueRange::Full));
        assert_eq!(coding(Colorspace::JPEG, none, yuyv), (YuvStandard::Bt601, ValueRange::Full));
        assert_eq!(coding(Colorspace::Rec709, none, yuyv), (YuvStandard::Bt709, ValueRange::Limited));
        assert_eq!(coding(Colorspace::Rec2020, none, yuyv), (YuvStandard::Bt2020, ValueRange::Limited));
        assert_eq!(coding(Colorspace::SRGB, none, rgb).1, ValueRange::Full);
        assert_eq!(coding(Colorspace::SRGB, Quantization::LimitedRange, rgb).1, ValueRange::Limited);
        assert_eq!(coding(Colorspace::SRGB, none, grey).1, ValueRange::Full);
    }

    proptest! {
        /// Whatever a driver says of a range, the value lies in it, on a step, and no other step is nearer.
        #[test]
        fn a_value_of_a_range_is_on_a_step_and_nearest(
            wanted in 1u32..9_000, least in 0u32..9_000, more in 0u32..9_000, step in 0u32..700,
        ) {
            let most = least + more;
            let value = nearest_step(wanted, [least, most, step]);
            let step = step.max(1);
            prop_assert!((least..=most).contains(&value) && (value - least).is_multiple_of(step));
            let far = value.abs_diff(wanted);
            let better = (0..=(most - least) / step).any(|n| (least + n * step).abs_diff(wanted) < far);
            prop_assert!(!better, "{value} for {wanted} in {least}..={most} by {step}");
        }

        /// Ranges of nonsense never panic.
        #[test]
        fn nonsense_of_a_driver_never_panics(numbers in proptest::array::uniform6(any::<u32>())) {
            let [a, b, c, d, e, f] = numbers;
            from_range([a, b], [c, d], [e, f]);
            nearest_step(a, [b, c, d]);
        }
    }
}

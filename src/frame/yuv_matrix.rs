//! From Y′CbCr to R′G′B′ in whole numbers.

/// Which standard says how colours become Y′CbCr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum YuvStandard {
    /// ITU-R BT.601: SD video, and what JPEG and most webcams use.
    #[default]
    Bt601,
    /// ITU-R BT.709: HD video.
    Bt709,
    /// ITU-R BT.2020: UHD video.
    Bt2020,
}

/// Which values black and white have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ValueRange {
    /// Y′, R′, G′ and B′ in 16..=235, Cb and Cr in 16..=240.
    #[default]
    Limited,
    /// All in 0..=255.
    Full,
}

impl YuvStandard {
    /// Shares of red and blue in Y′ (K_R and K_B of the standard).
    fn shares(self) -> [f64; 2] {
        match self {
            Self::Bt601 => [0.299, 0.114],
            Self::Bt709 => [0.2126, 0.0722],
            Self::Bt2020 => [0.2627, 0.0593],
        }
    }
}

/// Bits behind the point.
const POINT: u32 = 14;

/// The factors of one standard and range, as fixed-point numbers.
///
/// With K_G = 1 − K_R − K_B and Cb, Cr around 0: `R = Y + 2(1−K_R)·Cr`, `B = Y + 2(1−K_B)·Cb`,
/// `G = Y − 2(1−K_R)(K_R/K_G)·Cr − 2(1−K_B)(K_B/K_G)·Cb`. In the limited range Y is stretched by 255/219 from 16 on, and
/// Cb and Cr by 255/224.
#[derive(Debug, Clone, Copy)]
pub(super) struct YuvMatrix {
    black: i32,
    luma: i32,
    red_cr: i32,
    green_cb: i32,
    green_cr: i32,
    blue_cb: i32,
}

impl YuvMatrix {
    pub(super) fn new(standard: YuvStandard, range: ValueRange) -> Self {
        let [red, blue] = standard.shares();
        let green = 1.0 - red - blue;
        let (black, luma, chroma) = match range {
            ValueRange::Limited => (16, 255.0 / 219.0, 255.0 / 224.0),
            ValueRange::Full => (0, 1.0, 1.0),
        };
        let fixed = |value: f64| (value * f64::from(1 << POINT)).round() as i32;
        let (of_red, of_blue) = (2.0 * (1.0 - red) * chroma, 2.0 * (1.0 - blue) * chroma);
        Self {
            black,
            luma: fixed(luma),
            red_cr: fixed(of_red),
            green_cb: fixed(of_blue * blue / green),
            green_cr: fixed(of_red * red / green),
            blue_cb: fixed(of_blue),
        }
    }

    /// What Cb and Cr add to red, green and blue, with one half for rounding.
    #[inline]
    pub(super) fn colour(&self, cb: u8, cr: u8) -> [i32; 3] {
        let (cb, cr) = (i32::from(cb) - 128, i32::from(cr) - 128);
        const HALF: i32 = 1 << (POINT - 1);
        [self.red_cr * cr + HALF, HALF - self.green_cb * cb - self.green_cr * cr, self.blue_cb * cb + HALF]
    }

    /// One pixel of that colour.
    #[inline]
    pub(super) fn pixel(&self, y: u8, colour: [i32; 3]) -> [u8; 3] {
        let light = self.luma * (i32::from(y) - self.black);
        colour.map(|part| ((light + part) >> POINT).clamp(0, 255) as u8)
    }
}

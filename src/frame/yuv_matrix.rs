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
    /// Shares of red and blue in Y′ (`K_R` and `K_B` of the standard).
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
/// Pixels that are converted together.
const BLOCK: usize = 32;

/// A line of a picture with all three values of each pixel.
#[derive(Debug, Default)]
pub(super) struct YuvLine {
    y: Vec<u8>,
    cb: Vec<u8>,
    cr: Vec<u8>,
}

impl YuvLine {
    pub(super) fn of_width(width: usize) -> Self {
        // Pairs of pixels are written; the last of an odd width has no partner.
        let even = width.next_multiple_of(2);
        Self { y: vec![0; even], cb: vec![0; even], cr: vec![0; even] }
    }

    /// Takes over values of Y.
    pub(super) fn set_luma(&mut self, luma: &[u8]) {
        for (y, value) in self.y.iter_mut().zip(luma) {
            *y = *value;
        }
    }

    /// Takes over colours of which each belongs to two pixels.
    pub(super) fn set_colours(&mut self, colours: impl Iterator<Item = (u8, u8)>) {
        let pairs = self.cb.as_chunks_mut::<2>().0.iter_mut().zip(self.cr.as_chunks_mut::<2>().0);
        for ((cb, cr), (blue, red)) in pairs.zip(colours) {
            *cb = [blue; 2];
            *cr = [red; 2];
        }
    }

    /// Takes over pairs of pixels: two values of Y.
    pub(super) fn set_luma_pairs(&mut self, pairs: impl Iterator<Item = [u8; 2]>) {
        for (y, pair) in self.y.as_chunks_mut::<2>().0.iter_mut().zip(pairs) {
            *y = pair;
        }
    }
}

/// The factors of one standard and range, as fixed-point numbers.
///
/// With `K_G = 1 − K_R − K_B` and Cb, Cr around 0: `R = Y + 2(1−K_R)·Cr`, `B = Y + 2(1−K_B)·Cb`,
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

    /// A line of pixels: one value of each kind for each, and three bytes of RGB.
    pub(super) fn convert(&self, line: &YuvLine, rgb: &mut [u8]) {
        let width = rgb.len() / 3;
        let (y, y_rest) = line.y[..width].as_chunks::<BLOCK>();
        let (blue, blue_rest) = line.cb[..width].as_chunks::<BLOCK>();
        let (red, red_rest) = line.cr[..width].as_chunks::<BLOCK>();
        let (whole, rest) = rgb.split_at_mut(3 * BLOCK * y.len());
        let (pixels, _) = whole.as_chunks_mut::<3>();
        for (((y, cb), cr), out) in y.iter().zip(blue).zip(red).zip(pixels.as_chunks_mut::<BLOCK>().0) {
            self.convert_block(y, cb, cr, out);
        }
        let colours = blue_rest.iter().zip(red_rest);
        for ((y, (cb, cr)), out) in y_rest.iter().zip(colours).zip(rest.as_chunks_mut::<3>().0) {
            *out = self.pixel(*y, *cb, *cr);
        }
    }

    /// Each channel by itself, since the compiler makes that four pixels at a time, and then side by side.
    fn convert_block(&self, y: &[u8; BLOCK], cb: &[u8; BLOCK], cr: &[u8; BLOCK], out: &mut [[u8; 3]; BLOCK]) {
        let mut channels = [[0; BLOCK]; 3];
        for place in 0..BLOCK {
            let [red, green, blue] = self.pixel(y[place], cb[place], cr[place]);
            channels[0][place] = red;
            channels[1][place] = green;
            channels[2][place] = blue;
        }
        for (place, pixel) in out.iter_mut().enumerate() {
            *pixel = channels.map(|channel| channel[place]);
        }
    }

    #[inline]
    fn pixel(&self, y: u8, cb: u8, cr: u8) -> [u8; 3] {
        const HALF: i32 = 1 << (POINT - 1);
        let light = self.luma * (i32::from(y) - self.black) + HALF;
        let (cb, cr) = (i32::from(cb) - 128, i32::from(cr) - 128);
        let whole = |value: i32| (value >> POINT).clamp(0, 255) as u8;
        [
            whole(light + self.red_cr * cr),
            whole(light - self.green_cb * cb - self.green_cr * cr),
            whole(light + self.blue_cb * cb),
        ]
    }
}

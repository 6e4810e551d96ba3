//! Outlines in a picture: its lightness, how it varies, and in which direction.

use image::RgbImage;

/// Lightness of each pixel, 0..=1, row by row.
pub(crate) struct Grey {
    width: usize,
    values: Vec<f64>,
}

impl Grey {
    pub(crate) fn of(picture: &RgbImage) -> Self {
        let grey = |pixel: &image::Rgb<u8>| {
            let [r, g, b] = pixel.0.map(|value| f64::from(value) / 255.0);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        Self { width: picture.width() as usize, values: picture.pixels().map(grey).collect() }
    }

    /// The value so far from a place, or at the nearest place within the picture.
    fn near(&self, (x, y): (usize, usize), (dx, dy): (isize, isize)) -> f64 {
        let height = self.values.len() / self.width;
        let x = x.saturating_add_signed(dx).min(self.width - 1);
        let y = y.saturating_add_signed(dy).min(height - 1);
        self.values[y * self.width + x]
    }

    /// Blurred by a Gaussian with a standard deviation of `sigma` pixels.
    pub(crate) fn blurred(&self, sigma: f64) -> Self {
        self.blurred_along(sigma, (1, 0)).blurred_along(sigma, (0, 1))
    }

    fn blurred_along(&self, sigma: f64, (dx, dy): (isize, isize)) -> Self {
        let reach = (3.0 * sigma).ceil() as isize;
        let weights: Vec<f64> =
            (-reach..=reach).map(|at| (-(at * at) as f64 / (2.0 * sigma * sigma)).exp()).collect();
        let total: f64 = weights.iter().sum();
        self.each(|place| {
            let values = (-reach..=reach).map(|at| self.near(place, (at * dx, at * dy)));
            values.zip(&weights).map(|(value, weight)| value * weight).sum::<f64>() / total
        })
    }

    fn each(&self, value: impl Fn((usize, usize)) -> f64) -> Self {
        let width = self.width;
        let values = (0..self.values.len()).map(|index| value((index % width, index / width))).collect();
        Self { width, values }
    }

    /// How it varies to the right and downwards, per pixel.
    pub(crate) fn gradient(&self) -> Gradient {
        Gradient {
            x: self.each(|place| (self.near(place, (1, 0)) - self.near(place, (-1, 0))) / 2.0),
            y: self.each(|place| (self.near(place, (0, 1)) - self.near(place, (0, -1))) / 2.0),
        }
    }
}

/// How a picture varies at each pixel.
pub(crate) struct Gradient {
    x: Grey,
    y: Grey,
}

impl Gradient {
    /// The gradient at a pixel, by its place in the rows.
    pub(crate) fn at(&self, index: usize) -> (f64, f64) {
        (self.x.values[index], self.y.values[index])
    }

    /// The places where the picture varies most: this share of all.
    pub(crate) fn steepest(&self, share: f64) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.x.values.len()).collect();
        let size = |index: usize| self.x.values[index].hypot(self.y.values[index]);
        places.sort_by(|a, b| size(*b).total_cmp(&size(*a)));
        places.truncate((places.len() as f64 * share) as usize);
        places
    }

    /// At each pixel the direction across the outline that passes there, and how clear it is, 0..=1: the structure
    /// tensor, smoothed over `sigma` pixels.
    pub(crate) fn directions(&self, sigma: f64) -> Vec<((f64, f64), f64)> {
        let product = |a: &Grey, b: &Grey| {
            let values = a.values.iter().zip(&b.values).map(|(a, b)| a * b).collect();
            Grey { width: a.width, values }.blurred(sigma)
        };
        let (xx, xy, yy) = (product(&self.x, &self.x), product(&self.x, &self.y), product(&self.y, &self.y));
        xx.values
            .iter()
            .zip(&xy.values)
            .zip(&yy.values)
            .map(|((xx, xy), yy)| {
                let angle = 0.5 * (2.0 * xy).atan2(xx - yy);
                ((angle.cos(), angle.sin()), (xx - yy).hypot(2.0 * xy) / (xx + yy).max(1e-12))
            })
            .collect()
    }
}

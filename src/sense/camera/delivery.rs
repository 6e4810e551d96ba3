//! What a source hands to the app.

use super::error::SourceError;
use crate::frame::Frame;

/// What a source produced since it was last asked. A newer frame replaces an older one, so this
/// never grows.
#[derive(Debug, Default)]
pub struct SourceDelivery {
    /// The newest frame.
    pub frame: Option<Frame>,
    /// Frames that arrived.
    pub captured: u64,
    /// Frames that a newer one replaced.
    pub dropped: u64,
    /// Frames that were broken.
    pub skipped: u64,
    /// The description of the source, once it has opened.
    pub opened: Option<String>,
    /// What is wrong with single frames, for as long as it lasts.
    pub complaint: Option<String>,
    /// Why the source has ended.
    pub ended: Option<SourceError>,
}

impl SourceDelivery {
    /// Adds a frame; it replaces one that was not taken.
    pub fn put(&mut self, frame: Frame) {
        self.captured += 1;
        self.dropped += u64::from(self.frame.replace(frame).is_some());
    }

    /// Takes everything out; a complaint stays.
    pub fn take(&mut self) -> Self {
        let complaint = self.complaint.clone();
        std::mem::replace(self, Self { complaint, ..Self::default() })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_newest_frame_wins_and_the_others_are_counted() {
        let frame = || Frame::new(1, 1, vec![0; 3], Duration::ZERO).expect("fits");
        let mut delivery = SourceDelivery { complaint: Some("dust".into()), ..SourceDelivery::default() };
        for _ in 0..3 {
            delivery.put(frame());
        }
        let taken = delivery.take();
        assert_eq!((taken.captured, taken.dropped, taken.frame.is_some()), (3, 2, true));
        let nothing = delivery.take();
        assert_eq!((nothing.captured, nothing.dropped, nothing.frame.is_some()), (0, 0, false));
        assert_eq!(nothing.complaint.as_deref(), Some("dust"), "a complaint stays");
    }
}

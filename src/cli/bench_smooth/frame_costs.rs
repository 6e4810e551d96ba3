//! The time of each frame, and which frames were hitches.

use serde::Serialize;

use super::thread_clock::ThreadSpan;
use crate::foundation::stats::quantile;

/// The parts of a frame, in order.
pub(super) const PARTS: [&str; 7] = ["sense", "feel", "choose", "mix", "present", "record", "rest"];
/// A frame in which Attune's systems take longer than this is a hitch, in milliseconds.
pub(super) const HITCH_MS: f64 = 4.0;
/// Time budget of Attune's systems in a frame, in milliseconds.
pub(super) const BUDGET_MS: f64 = 1.0;
/// Number of the longest frames that are reported with what happened in them, even if none was a hitch.
const LONGEST: usize = 5;

/// One frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct BenchFrame {
    /// Seconds of app time.
    pub(super) at: f64,
    /// Attune's own systems.
    pub(super) attune: ThreadSpan,
    /// Time by part.
    pub(super) parts: [f64; PARTS.len()],
    /// All of the main thread's schedules, Bevy's own included.
    pub(super) everything: ThreadSpan,
    /// Since the start of the previous frame.
    pub(super) interval_ms: f64,
    /// What changed in this frame.
    pub(super) happened: Vec<String>,
}

/// All frames of a run.
#[derive(Debug, Default)]
pub(super) struct FrameCosts {
    frames: Vec<BenchFrame>,
}

/// Milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(super) struct CostQuantiles {
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) max: f64,
}

/// A frame that is reported by itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct LongFrame {
    /// Seconds of app time.
    pub(super) at: f64,
    pub(super) attune_ms: f64,
    /// Time on a core; the rest was blocked by a file, a lock or memory.
    pub(super) worked_ms: f64,
    /// Time waiting for a core.
    pub(super) waited_ms: f64,
    /// The part that took longest, and how long.
    pub(super) part: &'static str,
    pub(super) part_ms: f64,
    pub(super) happened: Vec<String>,
}

/// The result of a run. Times are in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct SmoothnessSummary {
    pub(super) frames: usize,
    /// Attune's own systems; waiting for a core is not counted.
    pub(super) attune: CostQuantiles,
    /// Time on a core, which hardly depends on other processes.
    pub(super) at_work: CostQuantiles,
    pub(super) parts: Vec<(&'static str, CostQuantiles)>,
    /// All of the main thread's schedules, Bevy's own included.
    pub(super) everything: CostQuantiles,
    pub(super) interval: CostQuantiles,
    /// Frames in which Attune's systems took over [`HITCH_MS`].
    pub(super) hitches: Vec<LongFrame>,
    /// The longest frames, longest first.
    pub(super) longest: Vec<LongFrame>,
    /// Frames that took as long only because other processes used the cores.
    pub(super) crowded_out: usize,
    /// Number of changes in the run.
    pub(super) changes: usize,
}

impl FrameCosts {
    pub(super) fn add(&mut self, frame: BenchFrame) {
        self.frames.push(frame);
    }

    /// Of the frames from `start` on, in seconds of app time.
    pub(super) fn summary(&self, start: f64) -> SmoothnessSummary {
        let frames: Vec<&BenchFrame> = self.frames.iter().filter(|frame| frame.at >= start).collect();
        let spread = |of: &dyn Fn(&BenchFrame) -> f64| spread(frames.iter().map(|frame| of(frame)).collect());
        let mut ranked = frames.clone();
        ranked.sort_by(|a, b| b.attune.own.total_cmp(&a.attune.own));
        let late = |frame: &&&BenchFrame| frame.attune.own + frame.attune.waited > HITCH_MS;
        let hitches: Vec<LongFrame> =
            frames.iter().filter(|frame| frame.attune.own > HITCH_MS).map(|frame| long(frame)).collect();
        SmoothnessSummary {
            frames: frames.len(),
            attune: spread(&|frame| frame.attune.own),
            at_work: spread(&|frame| frame.attune.worked),
            parts: PARTS
                .iter()
                .enumerate()
                .map(|(part, name)| (*name, spread(&|frame| frame.parts[part])))
                .collect(),
            everything: spread(&|frame| frame.everything.own),
            interval: spread(&|frame| frame.interval_ms),
            crowded_out: frames.iter().filter(late).count() - hitches.len(),
            hitches,
            longest: ranked.into_iter().take(LONGEST).map(long).collect(),
            changes: frames.iter().map(|frame| frame.happened.len()).sum(),
        }
    }
}

impl SmoothnessSummary {
    /// Whether the run was smooth.
    pub(super) fn is_smooth(&self) -> bool {
        self.frames > 0 && self.attune.p99 <= BUDGET_MS && self.hitches.is_empty()
    }
}

fn long(frame: &BenchFrame) -> LongFrame {
    let longest = (0..PARTS.len()).max_by(|a, b| frame.parts[*a].total_cmp(&frame.parts[*b])).unwrap_or(0);
    LongFrame {
        at: frame.at,
        attune_ms: frame.attune.own,
        worked_ms: frame.attune.worked,
        waited_ms: frame.attune.waited,
        part: PARTS[longest],
        part_ms: frame.parts[longest],
        happened: frame.happened.clone(),
    }
}

fn spread(mut values: Vec<f64>) -> CostQuantiles {
    let mut at = |share: f64| quantile(&mut values, share).unwrap_or(0.0);
    CostQuantiles { p50: at(0.5), p99: at(0.99), max: at(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(at: f64, own: f64, waited: f64) -> BenchFrame {
        let mut parts = [0.0; PARTS.len()];
        (parts[0], parts[3]) = (0.1 * own, 0.9 * own);
        BenchFrame {
            at,
            attune: ThreadSpan { own, worked: own, waited },
            parts,
            happened: vec!["a track".into()],
            ..BenchFrame::default()
        }
    }

    fn ledger(frames: impl IntoIterator<Item = BenchFrame>) -> FrameCosts {
        FrameCosts { frames: frames.into_iter().collect() }
    }

    #[test]
    fn a_hitch_is_named_with_its_time_its_part_and_what_happened() {
        let usual = (0..1_000).map(|n| frame(f64::from(n), 0.2, 0.0));
        let summary = ledger(usual.chain([frame(1_000.0, 6.0, 0.0)])).summary(0.0);
        assert_eq!(summary.hitches.len(), 1);
        let hitch = &summary.hitches[0];
        assert_eq!((hitch.part, hitch.happened.as_slice()), ("mix", ["a track".to_string()].as_slice()));
        assert!(!summary.is_smooth() && (summary.attune.max - 6.0).abs() < 1e-9);
        assert!((summary.attune.p99 - 0.2).abs() < 1e-9);
    }

    #[test]
    fn what_waited_for_a_core_is_crowded_out_and_no_hitch() {
        let summary = ledger([frame(0.0, 0.3, 9.0), frame(0.1, 0.3, 0.0)]).summary(0.0);
        assert_eq!((summary.hitches.len(), summary.crowded_out), (0, 1));
        assert!(summary.is_smooth());
    }

    #[test]
    fn the_start_is_left_out_and_no_frames_are_not_smooth() {
        let found = ledger([frame(0.0, 50.0, 0.0), frame(9.0, 0.3, 0.0)]).summary(5.0);
        assert_eq!((found.frames, found.hitches.len()), (1, 0));
        assert!(!ledger([]).summary(0.0).is_smooth());
    }

    #[test]
    fn above_the_budget_is_not_smooth() {
        let summary = ledger((0..10).map(|n| frame(f64::from(n), 1.5, 0.0))).summary(0.0);
        assert!(summary.hitches.is_empty() && !summary.is_smooth());
    }
}

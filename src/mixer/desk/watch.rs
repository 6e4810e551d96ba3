//! Looking after the track that plays: its end, what is wrong with it, and what to do while nothing follows.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::super::feed::{FeedState, Report};
use super::super::lane::Loaded;
use super::super::plan::{self, Side, Urgency};
use super::{Desk, DeskEvent, Pending, SETTLED, Why};

impl Desk {
    /// Asks for the next track in time, and says once what is wrong with this one.
    pub(super) fn watch_current(&mut self, events: &mut Vec<DeskEvent>) {
        let rules = self.settings.rules();
        let notice = f64::from(self.settings.notice_seconds);
        let (clock, rate) = (self.clock, self.rate);
        let Some(lane) = self.current else { return };
        let Some(side) = self.lanes[lane].as_ref().map(|current| current.side(&self.surveyor, clock, rate))
        else {
            return;
        };
        let Some(current) = self.lanes[lane].as_mut() else { return };
        let report = current.report.read();
        tell_once(current, &report, events);
        let passes = current.place(&report, clock, rate).passes;
        let near = plan::exit(&side, &rules).is_some_and(|exit| side.position >= exit - notice);
        let wrapped = passes > 0 && current.asked.is_none();
        if (near && current.asked != Some(passes)) || wrapped {
            current.asked = Some(passes);
            events.push(DeskEvent::EndNear);
        }
        if passes == 0 && self.waiting.is_none() && self.pending.is_none() {
            self.hold(lane, &side);
        }
    }

    /// Nothing follows and the track is about to thin out: it goes over into its own body.
    fn hold(&mut self, lane: usize, side: &Side) {
        let Some(current) = &self.lanes[lane] else { return };
        let fading = self.fade.is_some_and(|fade| !fade.is_over(self.clock));
        let (Some(sound), Some(duration)) = (side.sound, side.duration) else { return };
        let (body, end) = (f64::from(sound.intro_end), f64::from(sound.outro_start.min(sound.sound_end)));
        let usual = f64::from(self.settings.crossfade_seconds);
        if fading || end - body < 4.0 * usual || side.position < end.min(duration) - SETTLED {
            return;
        }
        let at = Some(Duration::from_secs_f64(body));
        let pick = current.pick.clone();
        self.pending = Some(Pending { pick, at, why: Why::Next(Urgency::Mood) });
    }
}

/// Says once what is wrong with a file.
fn tell_once(current: &mut Loaded, report: &Report, events: &mut Vec<DeskEvent>) {
    let file = current.file().to_owned();
    if let Some(missing) = report.cut_off
        && !std::mem::replace(&mut current.told.cut_off, true)
    {
        events.push(DeskEvent::CutOff { file: file.clone(), missing });
    }
    if let FeedState::Failed(reason) = &report.state
        && !std::mem::replace(&mut current.told.unplayable, true)
    {
        events.push(DeskEvent::Unplayable { file: file.clone(), reason: reason.clone() });
    }
    let missed = current.shared.missed.load(Ordering::Relaxed);
    if missed > std::mem::replace(&mut current.told.missed, missed) && !current.told.unplayable {
        events.push(DeskEvent::Late { file });
    }
}

//! Watches the current track: its end, its problems, and what to do while nothing follows.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::super::ahead_decoder::{DecodeReport, DecodeState};
use super::super::deck_channel::DeckChannel;
use super::{COMMIT_SECONDS, DeckEvent, DeckScheduler, PendingPick, StartReason};
use crate::mixer::transition::planner::earliest_exit;
use crate::mixer::transition::{TransitionSide, Urgency};

impl DeckScheduler {
    /// Requests the next track in time, and reports each problem of the current one once.
    pub(super) fn watch_current(&mut self, events: &mut Vec<DeckEvent>) {
        let rules = self.settings.rules();
        let notice = f64::from(self.settings.notice_seconds);
        let (clock, rate) = (self.clock, self.rate);
        let Some(channel) = self.current else { return };
        let Some(current) = self.channels[channel].as_mut() else { return };
        let side = current.side(&self.loudness, clock, rate);
        let report = current.report.read();
        report_once(current, &report, events);
        let passes = current.position(&report, clock, rate).passes;
        let near = earliest_exit(&side, &rules).is_some_and(|exit| side.position >= exit - notice);
        let started_over = passes > 0 && current.requested_next.is_none();
        if (near && current.requested_next != Some(passes)) || started_over {
            current.requested_next = Some(passes);
            events.push(DeckEvent::EndNear);
        }
        if passes == 0 && self.prepared.is_none() && self.pending.is_none() {
            self.continue_in_body(channel, &side);
            self.skip_silence(channel, &side);
        }
    }

    /// Skips a long silence inside the track, with a short fade.
    fn skip_silence(&mut self, channel: usize, side: &TransitionSide) {
        let longest = f64::from(self.settings.longest_silence_seconds);
        let Some(current) = &self.channels[channel] else { return };
        if longest <= 0.0 || self.paused || self.pending.is_some() || !self.has_settled() {
            return;
        }
        let Some(loudness) = self.loudness.known(current.file()) else { return };
        let Some((begin, end)) = loudness.envelope.silence_around(side.position, longest) else { return };
        let to = end - HEARD_BEFORE_SOUND;
        if side.position >= begin + HEARD_SILENCE && side.position < to {
            let at = Some(Duration::from_secs_f64(to));
            let pick = current.pick.clone();
            self.pending = Some(PendingPick { pick, at, reason: StartReason::Seek });
        }
    }

    /// Whether no fade is under way.
    fn has_settled(&self) -> bool {
        self.fade.is_none_or(|fade| fade.is_over(self.clock))
    }

    /// If nothing follows and the outro begins, fades back to the end of the track's own intro.
    fn continue_in_body(&mut self, channel: usize, side: &TransitionSide) {
        let Some(current) = &self.channels[channel] else { return };
        let (Some(edges), Some(duration)) = (side.facts.edges, side.duration) else { return };
        let (body, end) = (f64::from(edges.intro_end), f64::from(edges.outro_start.min(edges.sound_end)));
        let usual = f64::from(self.settings.crossfade_seconds);
        if !self.has_settled()
            || end - body < 4.0 * usual
            || side.position < end.min(duration) - COMMIT_SECONDS
        {
            return;
        }
        let at = Some(Duration::from_secs_f64(body));
        let pick = current.pick.clone();
        self.pending = Some(PendingPick { pick, at, reason: StartReason::Next(Urgency::Mood) });
    }
}

/// A silence inside a track is heard for this long before it is skipped, and again before the sound, in seconds.
const HEARD_SILENCE: f64 = 1.0;
const HEARD_BEFORE_SOUND: f64 = 0.3;

/// Reports each problem of a file once.
fn report_once(current: &mut DeckChannel, report: &DecodeReport, events: &mut Vec<DeckEvent>) {
    let file = current.file().to_owned();
    if let Some(missing) = report.cut_off
        && !std::mem::replace(&mut current.reported.cut_off, true)
    {
        events.push(DeckEvent::CutOff { file: file.clone(), missing });
    }
    if let DecodeState::Failed(reason) = &report.state
        && !std::mem::replace(&mut current.reported.unplayable, true)
    {
        events.push(DeckEvent::Unplayable { file: file.clone(), reason: reason.clone() });
    }
    let missed = current.state.missed.load(Ordering::Relaxed);
    if missed > std::mem::replace(&mut current.reported.missed, missed) && !current.reported.unplayable {
        events.push(DeckEvent::Late { file });
    }
}

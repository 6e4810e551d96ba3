//! Plans and begins transitions from one channel to another, with their gain curves.

use std::sync::Arc;
use std::time::Duration;

use super::super::ahead_decoder::{DecodeReport, DecodeState};
use super::super::deck_channel::DeckChannel;
use super::super::deck_sound::{DeckSound, PlaybackTiming};
use super::{COMMIT_SECONDS, DeckEvent, DeckScheduler, PendingPick, StartReason};
use crate::mixer::graph::AudioGraph;
use crate::mixer::graph::channel_fader::FadeCommand;
use crate::mixer::transition::planner::plan;
use crate::mixer::transition::transition_gain::{FadeTimes, GainLimits, GainTrack, plan_transition_gain};
use crate::mixer::transition::{
    FadeCurve, FadeLengthSource, TransitionGain, TransitionPlan, TransitionSide, Urgency,
};

/// After a fade with matched beats, the incoming track keeps the matched tempo for this long, and returns
/// to its own over this long, in seconds.
const TEMPO_HOLD_SECONDS: f64 = 2.0;
const TEMPO_RETURN_SECONDS: f64 = 16.0;
/// Length of the fade of a seek, in seconds.
const SEEK_SECONDS: f64 = 0.08;
/// If less time than this is left before a fade, its gain curve begins with the fade, in seconds.
const SHORTEST_LEAD_SECONDS: f64 = 4.0;
/// A fade that moves by less than this keeps the gain curve that was planned for it, in seconds.
const SAME_FADE_SECONDS: f64 = 0.25;

impl DeckScheduler {
    /// The first frame of the music clock at which a fade can begin: not before a committed one.
    fn earliest_start(&self, graph: &AudioGraph) -> u64 {
        graph.next_start().max(self.fade.map_or(0, |fade| fade.start))
    }

    /// Fades back to a channel that was fading out.
    pub(super) fn fade_back(
        &mut self,
        channel: usize,
        PendingPick { pick, reason, .. }: PendingPick,
        graph: &mut AudioGraph,
        events: &mut Vec<DeckEvent>,
    ) {
        let seconds = match reason {
            StartReason::Next(Urgency::Asked) => self.settings.asked_fade_seconds,
            _ => self.settings.crossfade_seconds,
        };
        let title = pick.track.title.clone();
        if let Some(deck) = &mut self.channels[channel] {
            deck.pick = pick;
        }
        let start = self.earliest_start(graph);
        if self.begin_fade(channel, start, f64::from(seconds), FadeCurve::EqualPower, graph) {
            self.release_gain(start, graph);
            events.push(DeckEvent::Began { title, ready_after: Duration::ZERO, plan: None });
        }
    }

    /// Begins the prepared track once it is decoded and its time has come.
    pub(super) fn begin_prepared(&mut self, graph: &mut AudioGraph, events: &mut Vec<DeckEvent>) {
        self.planned_start = None;
        let Some(prepared) = &self.prepared else { return };
        let (channel, reason) = (prepared.channel, prepared.reason);
        let Some(deck) = &self.channels[channel] else { return };
        let report = deck.report.read();
        match report.state {
            DecodeState::Opening => {}
            DecodeState::Failed(reason) => {
                events.push(DeckEvent::Unplayable { file: deck.file().to_owned(), reason });
                self.prepared = None;
                self.moving = None;
                self.channels[channel] = None;
            }
            DecodeState::Ready => {
                let (title, ready_after) = (deck.pick.track.title.clone(), report.ready_after);
                let (start, plan) = self.plan_start(channel, reason, graph);
                let wait = start.saturating_sub(self.clock) as f64 / f64::from(self.rate);
                let gain_plan = plan.as_ref().filter(|_| reason != StartReason::Seek);
                if wait > COMMIT_SECONDS {
                    self.planned_start = Some(start);
                    self.plan_gain_ahead(channel, start, wait, gain_plan, graph);
                    return;
                }
                self.prepared = None;
                self.plan_gain_now(channel, start, gain_plan, graph);
                if self.begin(channel, start, plan.as_ref(), report.rate, graph) {
                    // A seek is no crossfade between tracks.
                    self.crossfades -= u32::from(reason == StartReason::Seek && self.crossing);
                    events.push(DeckEvent::Began { title, ready_after, plan });
                } else {
                    // The queues of the graph are full; without a current track another pick is requested.
                    self.channels[channel] = None;
                }
            }
        }
    }

    /// When to begin the track on a channel and how; no plan if nothing was heard before.
    fn plan_start(
        &self,
        channel: usize,
        reason: StartReason,
        graph: &AudioGraph,
    ) -> (u64, Option<TransitionPlan>) {
        let earliest = self.earliest_start(graph);
        let unheard = self.fade.is_none_or(|fade| !self.crossing && self.clock <= fade.start);
        let (Some(current), Some(next)) = (self.current_deck().filter(|_| !unheard), &self.channels[channel])
        else {
            return (earliest, None);
        };
        let report = current.report.read();
        let position = current.position(&report, earliest, self.rate);
        let mut out = current.side(&self.loudness, earliest, self.rate);
        let incoming = next.side(&self.loudness, earliest, self.rate);
        let urgency = match reason {
            StartReason::Seek => return (earliest, Some(seek_plan(&out, &incoming))),
            StartReason::Next(urgency) => urgency,
        };
        let urgency = if urgency == Urgency::AtEnd && !is_before_its_end(current, &report, position.passes) {
            // It has started over or breaks off, so there is no end to wait for.
            out.facts.beats = None;
            Urgency::Mood
        } else {
            urgency
        };
        let same = current.file() == next.file();
        let mut plan = plan(&out, &incoming, urgency, same, &self.settings.rules());
        if plan.beats_match && (plan.entry - incoming.position).abs() > 0.02 {
            (plan.beats_match, plan.rate) = (false, 1.0);
        }
        plan.entry = incoming.position;
        let wait = (plan.begin - out.position) / out.rate * f64::from(self.rate);
        (earliest + wait.max(0.0).round() as u64, Some(plan))
    }

    /// Plays a decoded track on its channel, and fades to it.
    fn begin(
        &mut self,
        channel: usize,
        start: u64,
        plan: Option<&TransitionPlan>,
        file_rate: u32,
        graph: &mut AudioGraph,
    ) -> bool {
        let first = f64::from(self.settings.first_fade_seconds);
        let (seconds, curve, rate) =
            plan.map_or((first, FadeCurve::EqualPower, 1.0), |plan| (plan.seconds, plan.curve, plan.rate));
        let frames = |seconds: f64| (seconds * f64::from(self.rate)) as u64;
        let (hold, glide) = (frames(seconds + TEMPO_HOLD_SECONDS), frames(TEMPO_RETURN_SECONDS));
        let timing = PlaybackTiming { begin: start, rate, hold, glide };
        if let Some(deck) = &self.channels[channel] {
            graph.set_gain(channel, deck.gain(&self.loudness, &self.settings));
        }
        let Some(deck) = &mut self.channels[channel] else { return false };
        let Some(frames) = deck.take_frames() else { return false };
        deck.timing = Some(timing);
        let sound = DeckSound::new(frames, Arc::clone(&deck.state), graph.controls(), file_rate, timing);
        graph.play(channel, sound) && self.begin_fade(channel, start, seconds, curve, graph)
    }

    fn begin_fade(
        &mut self,
        channel: usize,
        start: u64,
        seconds: f64,
        curve: FadeCurve,
        graph: &mut AudioGraph,
    ) -> bool {
        let frames = ((seconds * f64::from(graph.rate())).round() as u64).max(1);
        let fade = FadeCommand { to: channel, start, frames, curve };
        if !graph.fade(fade) {
            return false;
        }
        self.crossing = self.current.is_some();
        self.fades += 1;
        self.crossfades += u32::from(self.crossing);
        self.fade = Some(fade);
        self.current = Some(channel);
        self.moving = None;
        if let Some(deck) = &mut self.channels[channel] {
            deck.requested_next = None;
        }
        true
    }

    /// Begins the gain curve of a later fade, so that the outgoing track stays even before it.
    fn plan_gain_ahead(
        &mut self,
        channel: usize,
        start: u64,
        wait: f64,
        plan: Option<&TransitionPlan>,
        graph: &mut AudioGraph,
    ) {
        let longest = f64::from(self.settings.transition_gain.lead_seconds);
        if !(SHORTEST_LEAD_SECONDS..=longest).contains(&wait) || self.gain_aims_at(channel, start) {
            return;
        }
        if let Some(gain) = plan.and_then(|plan| self.plan_gain(channel, start, graph.next_start(), plan)) {
            self.gain_target = Some((channel, start));
            self.send_gain(&gain, graph);
        }
    }

    /// Begins the gain curve together with its fade, unless it was begun ahead of it.
    fn plan_gain_now(
        &mut self,
        channel: usize,
        start: u64,
        plan: Option<&TransitionPlan>,
        graph: &mut AudioGraph,
    ) {
        let begun = self.gain_aims_at(channel, start);
        self.gain_target = None;
        let (false, Some(plan)) = (begun, plan) else { return };
        match self.plan_gain(channel, start, start, plan) {
            Some(gain) => self.send_gain(&gain, graph),
            None => self.release_gain(start, graph),
        }
    }

    fn send_gain(&mut self, gain: &TransitionGain, graph: &mut AudioGraph) {
        self.transition_gain = *gain;
        if !graph.set_transition_gain(&self.transition_gain) {
            // Only a device that takes no sound leaves the queue full; it is reopened soon.
            bevy::log::debug!("the queue of the music bus is full: a gain curve is dropped");
        }
    }

    /// Whether the current gain curve was planned for this fade, or for one nearly at the same time.
    fn gain_aims_at(&self, channel: usize, start: u64) -> bool {
        self.gain_target.is_some_and(|(to, at)| {
            to == channel && start.abs_diff(at) as f64 <= SAME_FADE_SECONDS * f64::from(self.rate)
        })
    }

    /// Plans the gain curve of a transition, from frame `from` of the music clock on. `None` if the loudness
    /// of one of the tracks is not known.
    fn plan_gain(
        &self,
        channel: usize,
        start: u64,
        from: u64,
        plan: &TransitionPlan,
    ) -> Option<TransitionGain> {
        if self.settings.transition_gain.limit_db.0 <= 0.0 {
            return None;
        }
        let track = |deck: &DeckChannel, position: f64, rate: f64| {
            let gain = deck.gain(&self.loudness, &self.settings);
            let loudness = self.loudness.known(deck.file())?;
            Some(GainTrack { envelope: Some(&loudness.envelope), gain, position, rate })
        };
        let (current, next) = (self.current_deck()?, self.channels[channel].as_ref()?);
        let out = track(current, plan.begin, current.rate_at(start))?;
        let next = track(next, plan.entry, plan.rate)?;
        let lead = start.saturating_sub(from) as f64 / f64::from(self.rate);
        let times = FadeTimes { start: from, lead, seconds: plan.seconds, rate: self.rate };
        let now = self.transition_gain.gain_at(from);
        Some(plan_transition_gain(&out, &next, &times, plan.curve, now, self.gain_limits()))
    }

    fn gain_limits(&self) -> GainLimits<'_> {
        let ceiling = self.settings.ceiling_dbtp.amplitude();
        GainLimits { settings: &self.settings.transition_gain, ceiling }
    }

    /// Returns the transition gain to unity, slowly.
    fn release_gain(&mut self, start: u64, graph: &mut AudioGraph) {
        let nothing = GainTrack { envelope: None, gain: 1.0, position: 0.0, rate: 1.0 };
        let times = FadeTimes { start, lead: 0.0, seconds: 0.0, rate: self.rate };
        let now = self.transition_gain.gain_at(start);
        let limits = self.gain_limits();
        let gain = plan_transition_gain(&nothing, &nothing, &times, FadeCurve::EqualPower, now, limits);
        self.send_gain(&gain, graph);
    }
}

/// Whether a track is still in the pass at whose end the next track was requested.
fn is_before_its_end(current: &DeckChannel, report: &DecodeReport, passes: u64) -> bool {
    !matches!(report.state, DecodeState::Failed(_)) && current.requested_next == Some(passes)
}

fn seek_plan(out: &TransitionSide, next: &TransitionSide) -> TransitionPlan {
    TransitionPlan {
        begin: out.position,
        seconds: SEEK_SECONDS,
        from: FadeLengthSource::Asked,
        curve: FadeCurve::EqualPower,
        entry: next.position,
        rate: 1.0,
        on_downbeat: false,
        beats_match: false,
        key_distance: None,
    }
}

//! Going over from one lane to another: when, how, and what the hand on the fader does meanwhile.

use std::sync::Arc;
use std::time::Duration;

use super::super::console::Console;
use super::super::deck::{DeckSound, Pacing};
use super::super::fade::Fade;
use super::super::feed::{FeedState, Report};
use super::super::lane::Loaded;
use super::super::plan::{self, Law, LengthFrom, Plan, Side, Urgency};
use super::super::ride::{LEAD, Part, Reach, Ride, Times, ride};
use super::super::settings::amplitude;
use super::{Desk, DeskEvent, SETTLED, Why};
use crate::music::{Pick, TrackSound};

/// A track that follows another's tempo stays with it for this long after the fade, and takes this
/// long to come back to its own, in seconds.
const TEMPO_HOLD: f64 = 2.0;
const TEMPO_RETURN: f64 = 16.0;
/// A seek is a fade of this length, in seconds.
const SEEK_SECONDS: f64 = 0.08;
/// With less time than this before a fade the hand begins with it, in seconds.
const LEAST_LEAD: f64 = 4.0;
/// A fade that is moved by less than this is the same for the hand, in seconds.
const SAME_FADE: f64 = 0.25;

impl Desk {
    /// The first frame of the music's clock at which a fade can begin: not before one that is settled.
    pub(super) fn earliest(&self, console: &Console) -> u64 {
        console.next_start().max(self.fade.map_or(0, |fade| fade.start))
    }

    /// Fades back to a lane that was going out.
    pub(super) fn come_back(
        &mut self,
        lane: usize,
        pick: Pick,
        console: &mut Console,
        events: &mut Vec<DeskEvent>,
    ) {
        let seconds = f64::from(self.settings.crossfade_seconds);
        let title = pick.track.title.clone();
        if let Some(loaded) = &mut self.lanes[lane] {
            loaded.pick = pick;
        }
        let start = self.earliest(console);
        if self.begin_fade(lane, start, seconds, Law::EqualPower, console) {
            self.let_go(start, console);
            events.push(DeskEvent::Began { title, ready_after: Duration::ZERO, plan: None });
        }
    }

    /// Starts the waiting track once it is decoded and its time has come.
    pub(super) fn begin_waiting(&mut self, console: &mut Console, events: &mut Vec<DeskEvent>) {
        let Some(waiting) = &self.waiting else { return };
        let (lane, why) = (waiting.lane, waiting.why);
        let Some(loaded) = &self.lanes[lane] else { return };
        let report = loaded.report.read();
        match report.state {
            FeedState::Opening => {}
            FeedState::Failed(reason) => {
                events.push(DeskEvent::Unplayable { file: loaded.file().to_owned(), reason });
                self.waiting = None;
                self.moving = None;
                self.lanes[lane] = None;
            }
            FeedState::Ready => {
                let (title, ready_after) = (loaded.pick.track.title.clone(), report.ready_after);
                let (start, plan) = self.transition(lane, why, console);
                let wait = start.saturating_sub(self.clock) as f64 / f64::from(self.rate);
                if wait > SETTLED {
                    self.lead(lane, start, wait, plan.as_ref().filter(|_| why != Why::Seek), console);
                    return;
                }
                self.waiting = None;
                self.move_hand(lane, start, plan.as_ref().filter(|_| why != Why::Seek), console);
                if self.begin(lane, start, plan.as_ref(), report.rate, console) {
                    // The same track at another place is no crossfade for people.
                    self.crossfades -= u32::from(why == Why::Seek && self.crossing);
                    events.push(DeskEvent::Began { title, ready_after, plan });
                } else {
                    // Cannot happen while fades begin in time; the track is simply asked for again.
                    self.lanes[lane] = None;
                }
            }
        }
    }

    /// When to go over to a lane and how; no plan where nothing was heard before.
    fn transition(&self, lane: usize, why: Why, console: &Console) -> (u64, Option<Plan>) {
        let earliest = self.earliest(console);
        let unheard = self.fade.is_none_or(|fade| !self.crossing && self.clock <= fade.start);
        let (Some(current), Some(next)) = (self.current_loaded().filter(|_| !unheard), &self.lanes[lane])
        else {
            return (earliest, None);
        };
        let report = current.report.read();
        let place = current.place(&report, earliest, self.rate);
        let mut out = current.side(&self.surveyor, earliest, self.rate);
        let incoming = next.side(&self.surveyor, earliest, self.rate);
        let urgency = match why {
            Why::Seek => return (earliest, Some(seek_plan(&out, &incoming))),
            Why::Next(urgency) => urgency,
        };
        let urgency = if urgency == Urgency::AtEnd && !waits_for_its_end(current, &report, place.passes) {
            // It has begun again or broke off: there is nothing to wait for.
            out.sound = out.sound.map(|sound| TrackSound { beats: None, ..sound });
            Urgency::Mood
        } else {
            urgency
        };
        let same = current.file() == next.file();
        let mut plan = plan::plan(&out, &incoming, urgency, same, &self.settings.rules());
        if plan.beats_match && (plan.entry - incoming.position).abs() > 0.02 {
            (plan.beats_match, plan.rate) = (false, 1.0);
        }
        plan.entry = incoming.position;
        let wait = (plan.begin - out.position) / out.rate * f64::from(self.rate);
        (earliest + wait.max(0.0).round() as u64, Some(plan))
    }

    /// Hands a decoded track to its lane and fades to it.
    fn begin(
        &mut self,
        lane: usize,
        start: u64,
        plan: Option<&Plan>,
        file_rate: u32,
        console: &mut Console,
    ) -> bool {
        let first = f64::from(self.settings.first_fade_seconds);
        let (seconds, law, rate) = plan.map_or((first, Law::EqualPower, 1.0), |p| (p.seconds, p.law, p.rate));
        let frames = |seconds: f64| (seconds * f64::from(self.rate)) as u64;
        let pacing =
            Pacing { begin: start, rate, hold: frames(seconds + TEMPO_HOLD), glide: frames(TEMPO_RETURN) };
        if let Some(loaded) = &self.lanes[lane] {
            console.set_gain(lane, loaded.gain(&self.surveyor, &self.settings));
        }
        let Some(loaded) = &mut self.lanes[lane] else { return false };
        let Some(waiting) = loaded.frames.take() else { return false };
        loaded.pacing = Some(pacing);
        let sound = DeckSound::new(waiting, Arc::clone(&loaded.shared), console.shared(), file_rate, pacing);
        console.play(lane, sound) && self.begin_fade(lane, start, seconds, law, console)
    }

    fn begin_fade(&mut self, lane: usize, start: u64, seconds: f64, law: Law, console: &mut Console) -> bool {
        let frames = ((seconds * f64::from(console.rate())).round() as u64).max(1);
        let fade = Fade { to: lane, start, frames, law };
        if !console.fade(fade) {
            return false;
        }
        self.crossing = self.current.is_some();
        self.crossfades += u32::from(self.crossing);
        self.fade = Some(fade);
        self.current = Some(lane);
        self.moving = None;
        if let Some(loaded) = &mut self.lanes[lane] {
            loaded.asked = None;
        }
        true
    }

    /// Moves the hand towards a fade that is still to come, so that the track that goes out stays even.
    fn lead(&mut self, lane: usize, start: u64, wait: f64, plan: Option<&Plan>, console: &mut Console) {
        if !(LEAST_LEAD..=LEAD).contains(&wait) || self.leads_to(lane, start) {
            return;
        }
        if let Some(ride) = plan.and_then(|plan| self.plan_ride(lane, start, console.next_start(), plan)) {
            self.led = Some((lane, start));
            self.ride = ride;
            console.ride(&self.ride);
        }
    }

    /// Moves the hand for a fade that begins now, unless it is under way already.
    fn move_hand(&mut self, lane: usize, start: u64, plan: Option<&Plan>, console: &mut Console) {
        let led = self.leads_to(lane, start);
        self.led = None;
        let (false, Some(plan)) = (led, plan) else { return };
        match self.plan_ride(lane, start, start, plan) {
            Some(ride) => {
                self.ride = ride;
                console.ride(&self.ride);
            }
            None => self.let_go(start, console),
        }
    }

    /// Whether the hand moves towards this fade already, or one a little earlier or later.
    fn leads_to(&self, lane: usize, start: u64) -> bool {
        self.led.is_some_and(|(to, led)| {
            to == lane && start.abs_diff(led) as f64 <= SAME_FADE * f64::from(self.rate)
        })
    }

    /// Plans the hand on the fader for a transition, to move from a frame of the music's clock on.
    /// `None` while one of the tracks is not known.
    fn plan_ride(&self, lane: usize, start: u64, from: u64, plan: &Plan) -> Option<Ride> {
        if self.settings.ride_db <= 0.0 {
            return None;
        }
        let part = |loaded: &Loaded, position: f64, rate: f64| {
            let gain = loaded.gain(&self.surveyor, &self.settings);
            let survey = self.surveyor.known(loaded.file())?;
            Some(Part { envelope: Some(&survey.envelope), gain, position, rate })
        };
        let (current, next) = (self.current_loaded()?, self.lanes[lane].as_ref()?);
        let out = part(current, plan.begin, current.rate_at(start))?;
        let next = part(next, plan.entry, plan.rate)?;
        let lead = start.saturating_sub(from) as f64 / f64::from(self.rate);
        let times = Times { start: from, lead, seconds: plan.seconds, rate: self.rate };
        Some(ride(&out, &next, &times, plan.law, self.ride.gain_at(from), self.reach()))
    }

    fn reach(&self) -> Reach {
        Reach { most_db: self.settings.ride_db, ceiling: amplitude(self.settings.ceiling_dbtp) }
    }

    /// Takes the hand off the fader, slowly.
    fn let_go(&mut self, start: u64, console: &mut Console) {
        let nothing = Part { envelope: None, gain: 1.0, position: 0.0, rate: 1.0 };
        let times = Times { start, lead: 0.0, seconds: 0.0, rate: self.rate };
        let now = self.ride.gain_at(start);
        self.ride = ride(&nothing, &nothing, &times, Law::EqualPower, now, self.reach());
        console.ride(&self.ride);
    }
}

/// Whether a track is still on the way to the end for which the next one was asked.
fn waits_for_its_end(current: &Loaded, report: &Report, passes: u64) -> bool {
    !matches!(report.state, FeedState::Failed(_)) && current.asked == Some(passes)
}

fn seek_plan(out: &Side, next: &Side) -> Plan {
    Plan {
        begin: out.position,
        seconds: SEEK_SECONDS,
        from: LengthFrom::Asked,
        law: Law::EqualPower,
        entry: next.position,
        rate: 1.0,
        on_downbeat: false,
        beats_match: false,
        key_distance: None,
    }
}

//! The mixer without an app: desk and console on an output that renders when asked to.

use std::path::PathBuf;
use std::time::Duration;

use super::bed::{Bed, Scene};
use super::console::{Console, OutputSettings};
use super::desk::{Desk, DeskEvent};
use super::plan::Plan;
use super::settings::MixerSettings;
use super::{Cue, cues};
use crate::music::{Pick, PickCause, Track};

/// Frames between two looks of the desk, at most.
const BLOCK: usize = 960;

/// Decks, desk and console, rendered as fast as the machine can: for looking at a transition, for
/// benches and for tests.
pub struct Booth {
    settings: MixerSettings,
    bed: Bed,
    /// Valence and arousal that the living bed follows.
    feeling: [f32; 2],
    paused: bool,
    desk: Desk,
    console: Console,
    plans: Vec<Plan>,
    ready_after: Vec<Duration>,
    wants: bool,
    troubles: Vec<String>,
}

impl Booth {
    /// A silent booth with an output at so many frames per second.
    #[must_use]
    pub fn new(settings: &MixerSettings, rate: u32) -> Self {
        Self::at(Console::offline(&OutputSettings::of(settings), rate), settings)
    }

    /// A booth on a console of one's own, e.g. on another backend.
    #[must_use]
    pub fn at(console: Console, settings: &MixerSettings) -> Self {
        Self::with(Desk::new(settings.clone(), false), console, settings)
    }

    /// A booth that decodes on threads, as a live run does.
    #[must_use]
    pub fn live(console: Console, settings: &MixerSettings) -> Self {
        Self::with(Desk::new(settings.clone(), true), console, settings)
    }

    fn with(desk: Desk, console: Console, settings: &MixerSettings) -> Self {
        Self {
            settings: settings.clone(),
            bed: Bed::new(1),
            feeling: [0.0; 2],
            paused: false,
            desk,
            console,
            plans: Vec::new(),
            ready_after: Vec::new(),
            wants: false,
            troubles: Vec::new(),
        }
    }

    /// Plays this next: at once from silence, at the end if the track that plays is near it, else as
    /// for a change of mood.
    pub fn play(&mut self, pick: Pick) {
        self.wants = false;
        self.desk.pick(pick, false);
    }

    /// Plays this next because a person asks for it.
    pub fn play_now(&mut self, pick: Pick) {
        self.wants = false;
        self.desk.pick(pick, true);
    }

    /// Goes to another place of the track that plays.
    pub fn seek(&mut self, to: Duration) {
        self.desk.seek(to);
    }

    /// Pauses with a short ramp, or goes on.
    pub fn pause(&mut self, paused: bool) {
        self.paused = paused;
        self.console.set_paused(paused);
    }

    /// Sets the master volume as an amplitude.
    pub fn set_volume(&mut self, amplitude: f32) {
        self.console.set_volume(amplitude);
    }

    /// Sets the mood that the living bed follows, −1..=1 each.
    pub fn feel(&mut self, valence: f32, arousal: f32) {
        self.feeling = [valence, arousal];
    }

    /// Plays a short sound, under which everything else steps back.
    pub fn cue(&mut self, cue: Cue) {
        self.console.duck(cues::duck_seconds(cue, &self.settings), cue == Cue::Bell);
        self.console.cue(cues::sound(cue, cues::volume_db(cue, &self.settings)));
    }

    fn tend_bed(&mut self) {
        let [valence, arousal] = self.feeling;
        let scene = Scene {
            now: self.console.clock() as f64 / f64::from(self.console.rate()),
            valence,
            arousal,
            music_power: self.console.music_power(),
            key: self.desk.playing().and_then(|pick| pick.track.sound?.key),
            tune: self.desk.tune(),
            crossfade: self.desk.crossfade(),
            paused: self.paused,
        };
        self.bed.tend(&mut self.console, &scene, &self.settings.bed);
    }

    /// Decodes ahead and looks after the lanes. Needed only where the output is rendered by others.
    pub fn look(&mut self) {
        for event in self.desk.update(&mut self.console) {
            match event {
                DeskEvent::EndNear => self.wants = true,
                DeskEvent::Began { plan, ready_after, .. } => {
                    self.plans.extend(plan);
                    self.ready_after.push(ready_after);
                }
                DeskEvent::Unplayable { file, reason } => {
                    self.troubles.push(format!("{}: {reason}", file.display()));
                }
                DeskEvent::CutOff { file, .. } => {
                    self.troubles.push(format!("{}: breaks off", file.display()));
                }
                DeskEvent::Late { file } => self.troubles.push(format!("{}: a gap", file.display())),
            }
        }
        self.tend_bed();
        self.desk.feed();
    }

    /// Renders frames of interleaved stereo.
    pub fn render(&mut self, out: &mut [f32]) {
        for block in out.chunks_mut(2 * BLOCK) {
            self.look();
            self.console.render(block);
        }
    }

    /// Renders so many seconds.
    pub fn seconds(&mut self, seconds: f64) -> Vec<f32> {
        let frames = (seconds * f64::from(self.console.rate())).round() as usize;
        let mut out = vec![0.0; 2 * frames];
        self.render(&mut out);
        out
    }

    /// The track that is heard, or in a crossfade the one that comes in.
    #[must_use]
    pub fn playing(&self) -> Option<&Pick> {
        self.desk.playing()
    }

    /// Position in that track.
    #[must_use]
    pub fn position(&self) -> Duration {
        self.desk.position()
    }

    /// Progress of a crossfade in 0..=1 while one is under way.
    #[must_use]
    pub fn crossfade(&self) -> Option<f32> {
        self.desk.crossfade()
    }

    /// Seconds until the fade that is under way begins, or 0.
    #[must_use]
    pub fn until_fade(&self) -> f64 {
        self.desk.until_fade(self.console.music_clock())
    }

    /// The earliest second of the track that plays at which it can go over into another one at its end.
    #[must_use]
    pub fn exit(&self) -> Option<f64> {
        self.desk.exit()
    }

    /// Crossfades that have begun.
    #[must_use]
    pub fn crossfades(&self) -> u32 {
        self.desk.crossfades()
    }

    /// The plan of every transition that has begun.
    #[must_use]
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// For every track that has begun, how long after it was asked for it was ready to sound.
    #[must_use]
    pub fn ready_after(&self) -> &[Duration] {
        &self.ready_after
    }

    /// Whether the track that plays is near its end and nothing follows yet.
    #[must_use]
    pub fn wants_a_track(&self) -> bool {
        self.wants
    }

    /// Files that could not be played, and gaps.
    #[must_use]
    pub fn troubles(&self) -> &[String] {
        &self.troubles
    }
}

/// A pick of a file, without tags.
#[must_use]
pub fn pick_of(path: PathBuf) -> Pick {
    let track = Track::untagged(path);
    Pick { track, emotion: None, cause: PickCause::Silence, reason: String::new(), why: Vec::new() }
}

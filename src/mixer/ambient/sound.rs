//! The pad as kira plays it: a sound that never ends, with a reverb.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use kira::effect::reverb::ReverbBuilder;
use kira::effect::{Effect, EffectBuilder};
use kira::info::Info;
use kira::sound::{Sound, SoundData};
use kira::{Frame, Mix};
use rtrb::{Consumer, Producer, RingBuffer};

use super::settings::AmbientTimbreSettings;
use super::synth::{PadModulation, PadSynth, SynthCommand};
use crate::emotion::Affect;
use crate::mixer::controls::AudioControls;
use crate::mixer::dsp::Ducker;

/// Commands that may wait in the queue.
const COMMANDS: usize = 32;
/// The reverb is computed for this long after its last input, in seconds.
const TAIL_SECONDS: f64 = 10.0;
/// Reverb of a large soft room: feedback, damping of high frequencies, and share of reverberated sound.
const REVERB_FEEDBACK: f64 = 0.9;
const REVERB_DAMPING: f64 = 0.45;
const REVERB_MIX: f32 = 0.22;

/// Mood, pitch and breath for the audio thread, without a lock.
#[derive(Debug)]
struct AmbientControls {
    valence: AtomicU32,
    arousal: AtomicU32,
    pitch_ratio: AtomicU32,
    breath: AtomicU32,
}

impl AmbientControls {
    fn new(modulation: PadModulation) -> Self {
        let PadModulation { mood, pitch_ratio, breath } = modulation;
        let [valence, arousal, pitch_ratio, breath] =
            [mood.valence, mood.arousal, pitch_ratio, breath].map(|value| AtomicU32::new(value.to_bits()));
        Self { valence, arousal, pitch_ratio, breath }
    }

    fn set(&self, modulation: PadModulation) {
        let PadModulation { mood, pitch_ratio, breath } = modulation;
        for (number, value) in [
            (&self.valence, mood.valence),
            (&self.arousal, mood.arousal),
            (&self.pitch_ratio, pitch_ratio),
            (&self.breath, breath),
        ] {
            number.store(value.to_bits(), Ordering::Relaxed);
        }
    }

    fn get(&self) -> PadModulation {
        let read = |number: &AtomicU32| f32::from_bits(number.load(Ordering::Relaxed));
        PadModulation {
            mood: Affect { valence: read(&self.valence), arousal: read(&self.arousal) },
            pitch_ratio: read(&self.pitch_ratio),
            breath: read(&self.breath),
        }
    }
}

/// The mixer's end of the link to the synthesiser.
pub(in crate::mixer) struct AmbientLink {
    commands: Producer<SynthCommand>,
    controls: Arc<AmbientControls>,
}

impl AmbientLink {
    /// Sends a command; `false` if the queue is full.
    pub(super) fn send(&mut self, command: SynthCommand) -> bool {
        self.commands.push(command).is_ok()
    }

    pub(super) fn follow(&self, modulation: PadModulation) {
        self.controls.set(modulation);
    }
}

/// The sound, for kira to play.
pub(in crate::mixer) struct AmbientSound {
    synth: PadSynth,
    commands: Consumer<SynthCommand>,
    controls: Arc<AmbientControls>,
}

impl AmbientSound {
    /// A silent pad and the link to it.
    pub(in crate::mixer) fn new(timbre: AmbientTimbreSettings) -> (Self, AmbientLink) {
        let (sender, commands) = RingBuffer::new(COMMANDS);
        let controls = Arc::new(AmbientControls::new(PadModulation::default()));
        let sound = Self { synth: PadSynth::new(1, timbre), commands, controls: Arc::clone(&controls) };
        (sound, AmbientLink { commands: sender, controls })
    }
}

impl Sound for AmbientSound {
    fn process(&mut self, out: &mut [Frame], dt: f64, _info: &Info) {
        self.synth.follow(self.controls.get());
        while let Ok(command) = self.commands.pop() {
            self.synth.apply(&command);
        }
        self.synth.process(out, dt);
    }

    fn finished(&self) -> bool {
        false
    }
}

impl SoundData for AmbientSound {
    type Error = Infallible;
    type Handle = ();

    fn into_sound(self) -> Result<(Box<dyn Sound>, ()), Infallible> {
        Ok((Box::new(self), ()))
    }
}

/// Builds the effect on the track of the pad: reverb, which rests while nothing sounds, and ducking.
pub(in crate::mixer) struct AmbientReverbBuilder {
    pub(in crate::mixer) controls: Arc<AudioControls>,
    pub(in crate::mixer) ducker: Ducker,
}

impl EffectBuilder for AmbientReverbBuilder {
    type Handle = ();

    fn build(self) -> (Box<dyn Effect>, ()) {
        let reverb =
            ReverbBuilder::new().feedback(REVERB_FEEDBACK).damping(REVERB_DAMPING).mix(Mix(REVERB_MIX));
        let (reverb, _) = reverb.build();
        let Self { controls, ducker } = self;
        (Box::new(AmbientReverb { controls, ducker, reverb, silent: TAIL_SECONDS }), ())
    }
}

struct AmbientReverb {
    controls: Arc<AudioControls>,
    ducker: Ducker,
    reverb: Box<dyn Effect>,
    /// Seconds since the last input.
    silent: f64,
}

impl Effect for AmbientReverb {
    fn init(&mut self, sample_rate: u32, internal_buffer_size: usize) {
        self.reverb.init(sample_rate, internal_buffer_size);
    }

    fn on_change_sample_rate(&mut self, sample_rate: u32) {
        self.reverb.on_change_sample_rate(sample_rate);
    }

    fn on_start_processing(&mut self) {
        self.reverb.on_start_processing();
    }

    fn process(&mut self, input: &mut [Frame], dt: f64, info: &Info) {
        let sounds = input.iter().any(|frame| *frame != Frame::ZERO);
        self.silent = if sounds { 0.0 } else { self.silent + dt * input.len() as f64 };
        if self.silent < TAIL_SECONDS {
            self.reverb.process(input, dt, info);
        }
        let clock = self.controls.clock.load(Ordering::Relaxed);
        self.ducker.process(input, &self.controls, clock, dt);
    }
}

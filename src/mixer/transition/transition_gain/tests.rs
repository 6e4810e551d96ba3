use super::*;

fn envelope(powers: impl Iterator<Item = f32>) -> PowerEnvelope {
    PowerEnvelope { block_seconds: 0.1, powers: powers.collect(), peaks: Vec::new() }
}

fn part(envelope: &PowerEnvelope, position: f64) -> GainTrack<'_> {
    GainTrack { envelope: Some(envelope), gain: 1.0, position, rate: 1.0 }
}

/// The settings that are shipped, with another limit.
fn settings(limit_db: f32) -> TransitionGainSettings {
    TransitionGainSettings {
        limit_db: Decibels(limit_db),
        lead_seconds: 5.0,
        hold_seconds: 5.0,
        steepest_db_per_second: STEEPEST,
        release_db_per_second: RELEASE,
        inaudible_db: Decibels(0.5),
        concession_db: Decibels(1.5),
    }
}

const STEEPEST: f32 = 2.5;
const RELEASE: f32 = 0.35;

fn planned(out: &GainTrack, next: &GainTrack, times: &FadeTimes, now: f32, limit_db: f32) -> TransitionGain {
    let limits = GainLimits { settings: &settings(limit_db), ceiling: 0.89 };
    plan_transition_gain(out, next, times, FadeCurve::EqualPower, now, limits)
}

const TIMES: FadeTimes = FadeTimes { start: 1_000, lead: 0.0, seconds: 6.0, rate: 48_000 };

fn db(gain: &TransitionGain, seconds: f64) -> f32 {
    20.0 * gain.gain_at(1_000 + (seconds * 48_000.0) as u64).log10()
}

/// A silence inside a track has a beginning and an end; a short one and the one at the end are none.
#[test]
fn a_long_silence_inside_a_track_is_found() {
    let loud = |n: usize| !(100..200).contains(&n) && !(300..320).contains(&n) && n < 500;
    let track = envelope((0..600).map(|n| if loud(n) { 0.02 } else { 0.0 }));
    let found = track.silence_around(15.0, 4.0).expect("it is ten seconds long");
    assert!((found.0 - 10.0).abs() < 1e-6 && (found.1 - 20.0).abs() < 1e-6, "{found:?}");
    for (time, what) in [(5.0, "sound"), (31.0, "two seconds"), (55.0, "the end"), (99.0, "beyond the end")] {
        assert_eq!(track.silence_around(time, 4.0), None, "{what}");
    }
}

#[test]
fn between_tracks_that_are_alike_the_gain_stays_at_unity() {
    let flat = envelope((0..1_000).map(|_| 0.02));
    let gain = planned(&part(&flat, 50.0), &part(&flat, 0.0), &TIMES, 1.0, 6.0);
    for n in 0..400 {
        assert!(db(&gain, f64::from(n) * 0.1).abs() < 0.05, "{n}");
    }
}

#[test]
fn a_soft_beginning_is_boosted_and_the_gain_released_slowly() {
    let flat = envelope((0..1_000).map(|_| 0.02));
    // Four decibels softer for twelve seconds.
    let soft = envelope((0..1_000).map(|n| if n < 120 { 0.02 * 0.398 } else { 0.02 }));
    let gain = planned(&part(&flat, 50.0), &part(&soft, 0.0), &TIMES, 1.0, 6.0);
    assert!((db(&gain, 6.5) - 4.0).abs() < 0.3, "{}", db(&gain, 6.5));
    assert!(db(&gain, 60.0).abs() < 0.01);
    assert!(fastest(&gain) <= STEEPEST + 0.05);
}

/// The fastest move in decibels a second.
fn fastest(gain: &TransitionGain) -> f32 {
    let move_at = |n| (db(gain, f64::from(n) * 0.1) - db(gain, f64::from(n) * 0.1 + 0.1)).abs() * 10.0;
    (0..500).map(move_at).fold(0.0, f32::max)
}

#[test]
fn a_track_that_thins_out_is_held_up_before_the_fade_begins() {
    // Loud until 45 s, then 6 dB softer; the fade begins at 50 s and the curve at 45 s.
    let thin = envelope((0..600).map(|n| if n < 450 { 0.02 } else { 0.02 * 0.25 }));
    let flat = envelope((0..1_000).map(|_| 0.02));
    let times = FadeTimes { lead: 5.0, ..TIMES };
    let gain = planned(&part(&thin, 50.0), &part(&flat, 0.0), &times, 1.0, 12.0);
    assert!((db(&gain, 5.0) - 6.0).abs() < 0.5, "{}", db(&gain, 5.0));
    assert!(db(&gain, 12.0).abs() < 0.5, "{}", db(&gain, 12.0));
    assert!(fastest(&gain) <= STEEPEST + 0.05);
}

#[test]
fn a_sudden_end_of_a_soft_intro_is_met_halfway_before_it_comes() {
    let flat = envelope((0..1_000).map(|_| 0.02));
    // Eight decibels softer for as long as the fade.
    let soft = envelope((0..1_000).map(|n| if n < 60 { 0.02 * 0.158 } else { 0.02 }));
    let gain = planned(&part(&flat, 50.0), &part(&soft, 0.0), &TIMES, 1.0, 12.0);
    let heard = |from: f64| {
        let slices = (0..30).map(|n| from + (f64::from(n) + 0.5) * 0.1);
        let power = |time: f64| {
            let applied = f64::from(gain.gain_at(1_000 + (time * 48_000.0) as u64)).powi(2);
            let (out, next) = (part(&flat, 50.0), part(&soft, 0.0));
            applied * together(&out, &next, &TIMES, FadeCurve::EqualPower, time - 0.05, 0.1).expect("known")
        };
        10.0 * (slices.map(power).sum::<f64>() / 30.0 / 0.02).log10()
    };
    for tenth in 0..90 {
        let from = f64::from(tenth) * 0.1;
        assert!(heard(from).abs() < 1.0, "from {from} s on: {} LU", heard(from));
    }
}

#[test]
fn a_track_that_has_hardly_begun_is_no_measure() {
    let flat = envelope((0..1_000).map(|_| 0.02));
    let gain = planned(&part(&flat, 0.5), &part(&flat, 0.0), &TIMES, 1.0, 12.0);
    for n in 0..400 {
        assert!(db(&gain, f64::from(n) * 0.1).abs() < 0.01, "{n}");
    }
}

#[test]
fn the_gain_begins_where_it_is_and_never_goes_too_far() {
    let (loud, soft) = (envelope((0..900).map(|_| 0.5)), envelope((0..900).map(|_| 0.000_5)));
    for now in [0.6, 1.0, 1.7] {
        let gain = planned(&part(&loud, 40.0), &part(&soft, 0.0), &TIMES, now, 5.0);
        assert!((gain.gain_at(1_000) - now).abs() < 1e-6);
        assert!((0..900).all(|n| db(&gain, f64::from(n) * 0.1) <= 5.01));
    }
}

#[test]
fn peaks_are_not_lifted_into_the_limiter_and_what_follows_meets_them() {
    // Four decibels softer in its last ten seconds, but its peaks are nearly at the ceiling.
    let thin = PowerEnvelope {
        block_seconds: 0.1,
        powers: (0..600).map(|n| if n < 450 { 0.02 } else { 0.02 * 0.398 }).collect(),
        peaks: (0..600).map(|n| if n < 450 { 0.5 } else { 0.8 }).collect(),
    };
    let flat = envelope((0..1_000).map(|_| 0.02));
    let times = FadeTimes { lead: 5.0, ..TIMES };
    let gain = planned(&part(&thin, 50.0), &part(&flat, 0.0), &times, 1.0, 12.0);
    let room = 20.0 * (0.89_f32 / 0.8).log10() - HEADROOM_DB as f32;
    for tenth in 5..50 {
        assert!(db(&gain, f64::from(tenth) * 0.1) <= room + 0.1, "{tenth}");
    }
    let before = -4.0 + db(&gain, 4.0);
    assert!((db(&gain, 11.5) - before).abs() < 0.5, "{before} before, {} after", db(&gain, 11.5));
    assert!(db(&gain, 60.0).abs() < 0.01);
}

#[test]
fn without_envelopes_the_gain_returns_to_unity() {
    let nothing = GainTrack { envelope: None, gain: 1.0, position: 0.0, rate: 1.0 };
    let gain = planned(&nothing, &nothing, &TIMES, 1.5, 6.0);
    assert!((gain.gain_at(0) - 1.5).abs() < 1e-6);
    assert!(db(&gain, 30.0).abs() < 0.01);
}

//! What a teacher of harmony would mark with red ink, counted over the whole album.

use super::Desk;
use crate::form::Plan;
use crate::melody::{Tone, melody, shadows_the_bass};
use crate::piece::{Piece, Role};
use crate::pieces::all;
use crate::rhythm::Player;
use crate::rng::Rng;
use crate::theory::{Chord, Mode, astray, leading_note, parallels};

/// One chord after another, and the four voices in each.
type Change<'a> = ([&'a Chord; 2], [Vec<i32>; 2]);

/// Every change from one full chord to the next, in every layer that plays chords.
fn changes<'a>(piece: &'a Piece, plan: &'a Plan) -> Vec<Change<'a>> {
    let mut out = Vec::new();
    for layer in piece.layers.iter().filter(|l| matches!(l.role, Role::Pad | Role::Comp(_))) {
        let player = Player::new(1, 1, 0.0);
        let desk = Desk { piece, plan, layer, player, rng: Rng::new(1, 1), notes: Vec::new() };
        for (i, pair) in desk.voicings().windows(2).enumerate() {
            let chords = [&plan.chords[i].chord, &plan.chords[i + 1].chord];
            // Bare fifths are meant to move in parallel.
            if chords.iter().all(|chord| chord.tones.len() > 2) {
                out.push((chords, [pair[0].clone(), pair[1].clone()]));
            }
        }
    }
    out
}

/// The tune, section by section, as the first leader plays it.
fn tune(piece: &Piece, plan: &Plan) -> Vec<Vec<Tone>> {
    let at = piece.layers.iter().find(|l| matches!(l.role, Role::Lead)).map_or(70, |l| l.at);
    let mut rng = Rng::new(piece.seed, 900);
    plan.sections.iter().map(|section| melody(piece, plan, section, at, &mut rng)).collect()
}

/// `part` of `whole` as a share; nothing of nothing is nothing.
fn share(part: usize, whole: usize) -> f32 {
    part as f32 / whole.max(1) as f32
}

#[test]
fn voices_hardly_ever_move_in_parallel_fifths_or_octaves() {
    let (mut all_bad, mut all_changes) = (0, 0);
    for piece in all() {
        let plan = Plan::new(piece);
        let changes = changes(piece, &plan);
        let bad = changes.iter().filter(|(_, [from, to])| parallels(from, to) > 0).count();
        assert!(share(bad, changes.len()) <= 0.05, "{}: {bad} of {}", piece.slug, changes.len());
        all_bad += bad;
        all_changes += changes.len();
    }
    assert!(share(all_bad, all_changes) <= 0.01, "{all_bad} of {all_changes}");
}

#[test]
fn voices_move_less_than_a_tone_and_a_half_each() {
    for piece in all() {
        let plan = Plan::new(piece);
        let changes = changes(piece, &plan);
        let moved: i32 =
            changes.iter().flat_map(|(_, [from, to])| from.iter().zip(to)).map(|(a, b)| (a - b).abs()).sum();
        let each = moved as f32 / (4 * changes.len()) as f32;
        assert!(each <= 1.6, "{}: {each:.2} semitones", piece.slug);
    }
}

#[test]
fn leading_notes_go_home() {
    for piece in all() {
        let plan = Plan::new(piece);
        let (mut lost, mut leading) = (0, 0);
        for ([from, to], [before, after]) in changes(piece, &plan) {
            lost += astray(from, to, &before, &after);
            leading += leading_note(from, to)
                .map_or(0, |note| before.iter().filter(|pitch| pitch.rem_euclid(12) == note).count());
        }
        // Where there is no key of major or minor, a major third need not lead anywhere.
        let tonal = matches!(piece.mode, Mode::Ionian | Mode::Aeolian | Mode::HarmonicMinor | Mode::Mixolydian);
        let most = if tonal { 0.05 } else { 0.2 };
        assert!(share(lost, leading) <= most, "{}: {lost} of {leading}", piece.slug);
    }
}

#[test]
fn no_melody_leaps_over_a_major_sixth_and_wide_leaps_are_answered() {
    let (mut wide, mut unanswered) = (0, 0);
    for piece in all() {
        for tones in tune(piece, &Plan::new(piece)) {
            for w in tones.windows(2) {
                let leap = (w[1].pitch - w[0].pitch).abs();
                assert!(leap <= 9, "{}: {leap} semitones at beat {}", piece.slug, w[1].beat);
            }
            for w in tones.windows(3) {
                let (leap, after) = (w[1].pitch - w[0].pitch, w[2].pitch - w[1].pitch);
                wide += usize::from(leap.abs() > 7);
                unanswered += usize::from(leap.abs() > 7 && leap.signum() == after.signum() && after.abs() > 2);
            }
        }
    }
    assert!(share(unanswered, wide) <= 0.05, "{unanswered} of {wide}");
}

#[test]
fn the_melody_seldom_shadows_the_bass() {
    let (mut bad, mut met) = (0, 0);
    for piece in all() {
        let plan = Plan::new(piece);
        for tones in tune(piece, &plan) {
            for (i, tone) in tones.iter().enumerate().skip(1) {
                met += usize::from(plan.chords.iter().any(|span| (span.beat - tone.beat).abs() < 0.01));
                bad += usize::from(shadows_the_bass(&plan, &tones[..i], tone.beat, tone.pitch));
            }
        }
    }
    assert!(share(bad, met) <= 0.03, "{bad} of {met}");
}

#[test]
fn a_theme_says_its_motif_again_and_closes_on_its_chord() {
    for piece in all() {
        let plan = Plan::new(piece);
        for (section, tones) in plan.sections.iter().zip(tune(piece, &plan)) {
            if !matches!(section.letter, 'A' | 'B') || section.bars < 8 {
                continue;
            }
            let start = section.first_bar as f64 * plan.meter;
            let half = section.bars as f64 * plan.meter / 2.0;
            let rhythm = |from: f64| -> Vec<i64> {
                tones
                    .iter()
                    .filter(|t| t.beat >= from - 0.01 && t.beat < from + half / 2.0 - 0.01)
                    .map(|t| ((t.beat - from) * 100.0).round() as i64)
                    .collect()
            };
            if section.take == 0 {
                assert_eq!(rhythm(start), rhythm(start + half), "{} {}", piece.slug, section.letter);
            }
            let last = tones.last().expect("a theme has notes");
            let chord = &plan.chords[plan.chord_at(last.beat)].chord;
            assert!(chord.tones.contains(&last.pitch.rem_euclid(12)), "{}: {last:?}", piece.slug);
        }
    }
}

#[test]
fn every_form_is_an_arc() {
    for piece in all() {
        let sections = Plan::new(piece).sections;
        let top = sections.iter().map(|s| s.intensity).fold(0.0, f32::max);
        for edge in [&sections[0], &sections[sections.len() - 1]] {
            assert!(edge.intensity <= top - 0.15, "{}: the height is at an edge", piece.slug);
        }
    }
}

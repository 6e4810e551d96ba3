//! The programme: every piece of the album as a table.

mod bridges;
mod dark;
mod middle;
mod open;
mod still;

use crate::piece::Piece;

/// All pieces.
pub fn all() -> impl Iterator<Item = &'static Piece> {
    [open::PIECES, dark::PIECES, middle::PIECES, still::PIECES, bridges::PIECES].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Plan;
    use crate::melody::parse_motif;

    #[test]
    fn the_programme_is_complete() {
        let moods = [
            ("happy", 2),
            ("sad", 2),
            ("angry", 2),
            ("fear", 2),
            ("disgust", 2),
            ("surprise", 2),
            ("neutral", 2),
            ("calm", 2),
            ("uplift", 2),
            ("empty", 2),
            ("settling", 2),
            ("consoling", 2),
            ("easing", 1),
        ];
        for (mood, least) in moods {
            assert!(all().filter(|p| p.mood == mood).count() >= least, "{mood}");
        }
        for piece in all() {
            assert!(piece.slug.starts_with(piece.mood), "{}", piece.slug);
            let seconds = Plan::new(piece).seconds();
            assert!((90.0..=130.0).contains(&seconds), "{} lasts {seconds}", piece.slug);
        }
    }

    #[test]
    fn seeds_and_names_are_the_pieces_own() {
        let mut seeds: Vec<u64> = all().map(|p| p.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), all().count());
    }

    #[test]
    fn motifs_fill_whole_bars() {
        for piece in all() {
            for (letter, text) in piece.motifs {
                let beats: f64 = parse_motif(text).iter().map(|c| c.1).sum();
                let bars = beats / piece.meter;
                assert!((bars - bars.round()).abs() < 1e-6, "{} {letter}: {beats}", piece.slug);
            }
        }
    }
}

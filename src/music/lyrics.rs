//! The words of a track and their sentiment.
//!
//! VADER (Hutto & Gilbert 2014, by the `vader_sentiment` crate) knows English alone: words in another language are
//! left out, not scored as neutral.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use vader_sentiment::SentimentIntensityAnalyzer;
use whatlang::Lang;

/// Fewer words than this say nothing.
const FEWEST_WORDS: usize = 12;
/// How sure the detector of languages must be, 0..=1.
const LEAST_CONFIDENCE: f64 = 0.5;
/// Longer files are no lyrics, in bytes.
const LARGEST: u64 = 256 * 1024;

static ANALYSER: LazyLock<SentimentIntensityAnalyzer<'static>> =
    LazyLock::new(SentimentIntensityAnalyzer::new);

/// The words beside a file: `song.lrc`, else `song.txt`, without times.
#[must_use]
pub fn beside(track: &Path) -> Option<String> {
    ["lrc", "txt", "LRC", "TXT"].iter().find_map(|ending| {
        let file = track.with_extension(ending);
        let size = fs::metadata(&file).ok().filter(fs::Metadata::is_file)?.len();
        if size > LARGEST {
            return None;
        }
        let words = String::from_utf8_lossy(&fs::read(&file).ok()?).into_owned();
        Some(words).filter(|words| !words.trim().is_empty())
    })
}

/// The sentiment of English words, −1 dark ..= 1 bright; `None` for what is too short or another language.
#[must_use]
pub fn sentiment(lyrics: &str) -> Option<f32> {
    let lines: Vec<&str> = lyrics.lines().map(without_times).filter(|line| !line.is_empty()).collect();
    if !is_english(&lines) {
        return None;
    }
    // Each line is a sentence of its own; the mean of those that say anything is the mood of the song.
    let scores: Vec<f64> = lines
        .iter()
        .filter_map(|line| ANALYSER.polarity_scores(line).get("compound").copied())
        .filter(|score| score.is_finite() && *score != 0.0)
        .collect();
    let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
    Some(mean.clamp(-1.0, 1.0) as f32)
}

/// "[01:23.45]" and "[ar: Somebody]" at the beginning of a line, and "<01:23.45>" within, are no words.
fn without_times(line: &str) -> &str {
    let mut line = line.trim();
    while let Some((tag, rest)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        // Metadata of the file fill the line alone.
        if tag.starts_with(|c: char| c.is_ascii_digit()) {
            line = rest.trim_start();
        } else {
            return "";
        }
    }
    line
}

/// Whether there are enough words to tell a language by, and it is English.
fn is_english(lines: &[&str]) -> bool {
    let text = lines.join("\n");
    let words = text.split_whitespace().filter(|word| word.contains(char::is_alphabetic)).count();
    words >= FEWEST_WORDS
        && whatlang::detect(&text)
            .is_some_and(|found| found.lang() == Lang::Eng && found.confidence() >= LEAST_CONFIDENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRIGHT: &str = "[ar: Nobody]\n[00:12.00]I love the morning and the sun is warm and bright\n\
                          [00:16.50][01:10.00]You make me happy and we laugh all day\nWhat a wonderful day";
    const DARK: &str = "I am so sad and lonely in the cold dark night\nYou left me crying and my heart is broken\n\
                        There is no hope and I hate this pain";
    const GERMAN: &str = "Die Sonne scheint am Morgen und ich bin so froh\nDu machst mich glücklich und wir lachen\n\
                          Der Winter war so lang und kalt und jetzt ist er vorbei";
    const SPANISH: &str = "El sol brilla en la mañana y estoy tan feliz\nTu me haces reir y vivir de nuevo\n\
                           Que dia tan bonito para estar contigo y no pensar";
    const FRENCH: &str = "Le soleil se leve sur la mer et je suis content\nTu me fais rire on marche dans le vent\n\
                          Il y a des jours comme ca on ne veut pas finir";

    #[test]
    fn bright_words_are_above_dark_ones() {
        let (bright, dark) = (sentiment(BRIGHT).expect("English"), sentiment(DARK).expect("English"));
        assert!(bright > 0.4 && dark < -0.4, "{bright} {dark}");
    }

    #[test]
    fn another_language_is_left_out_and_so_are_a_few_words() {
        for text in [GERMAN, SPANISH, FRENCH, "La la la la la", "", "幸せな朝が来て僕らは笑う"] {
            assert_eq!(sentiment(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_no_words() {
        assert_eq!(without_times("[00:12.00][01:12.00] Hello there"), "Hello there");
        assert_eq!(without_times("[ti: A title]"), "");
        assert_eq!(without_times("  plain "), "plain");
    }

    #[test]
    fn the_file_with_times_is_preferred() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let track = dir.path().join("song.ogg");
        assert_eq!(beside(&track), None);
        fs::write(dir.path().join("song.txt"), "plain").expect("written");
        assert_eq!(beside(&track).as_deref(), Some("plain"));
        fs::write(dir.path().join("song.lrc"), "[00:01.00]timed").expect("written");
        assert_eq!(beside(&track).as_deref(), Some("[00:01.00]timed"));
    }
}

//! What tells that a file is spoken word and not music: its ending, or its genre in the languages of taggers and shops.

use std::path::Path;

use unicode_normalization::UnicodeNormalization as _;

/// Parts of genres of spoken word, in lower case and composed letters (NFC). Words that music has too, such as "comedy",
/// "poetry" or "talk", are not among them.
const SPOKEN_GENRES: [&str; 89] = [
    // English, and what other languages have taken from it
    "audiobook",
    "audio book",
    "audio-book",
    "audio drama",
    "audiodrama",
    "audio theatre",
    "audio theater",
    "spoken",
    "speech",
    "podcast",
    "radio drama",
    "radio play",
    "radio theatre",
    "lecture",
    "sermon",
    // German
    "hörbuch",
    "hörbücher",
    "hoerbuch",
    "hoerbuecher",
    "hörspiel",
    "hoerspiel",
    "lesung",
    "predigt",
    "gesprochen",
    // French
    "livre audio",
    "livre-audio",
    "livres audio",
    "livre lu",
    "livre parlé",
    "radiophonique",
    "baladodiffusion",
    // Spanish, Italian, Portuguese
    "audiolibro",
    "audiolibri",
    "palabra hablada",
    "radioteatro",
    "radionovela",
    "ficción sonora",
    "audioficción",
    "radiodramma",
    "parola parlata",
    "audiolivro",
    "palavra falada",
    "rádio-teatro",
    // Dutch, Swedish, Danish, Norwegian, Finnish
    "luisterboek",
    "hoorspel",
    "gesproken",
    "ljudbok",
    "ljudböcker",
    "talbok",
    "hörspel",
    "radioteater",
    "lydbog",
    "lydbøger",
    "hørespil",
    "lydbok",
    "lydbøker",
    "äänikirja",
    "kuunnelma",
    // Polish, Czech, Hungarian, Romanian, Turkish, Greek
    "książka mówiona",
    "słuchowisk",
    "audioksiążk",
    "mluvené slovo",
    "audioknih",
    "hangoskönyv",
    "carte audio",
    "sesli kitap",
    "ηχητικό βιβλίο",
    // Russian, Ukrainian
    "аудиокниг",
    "аудиоспектакл",
    "радиоспектакл",
    "подкаст",
    "аудіокниг",
    // Hindi, Telugu, Tamil, Bengali
    "ऑडियोबुक",
    "ऑडियो बुक",
    "पॉडकास्ट",
    "प्रवचन",
    "ఆడియోబుక్",
    "ఆడియో బుక్",
    "పాడ్\u{200c}కాస్ట్",
    "పాడ్కాస్ట్",
    "ప్రవచన",
    "ஒலிப்புத்தக",
    "অডিওবুক",
    "অডিও বই",
    // Chinese, Japanese, Korean, Arabic
    "有声书",
    "有聲書",
    "オーディオブック",
    "오디오북",
    "كتاب صوتي",
];
/// The ending of audiobooks.
const AUDIOBOOK: &str = "m4b";

/// What tells that a file is an audiobook, a podcast or a radio play, if it is one.
pub(super) fn spoken_word(file: &Path, genres: &[String]) -> Option<String> {
    if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(AUDIOBOOK)) {
        return Some(format!("an audiobook, by its ending .{AUDIOBOOK}"));
    }
    let genre = genres.iter().find(|genre| {
        let genre: String = genre.to_lowercase().nfc().collect();
        SPOKEN_GENRES.iter().any(|spoken| genre.contains(spoken))
    })?;
    Some(format!("genre {genre}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_spoken(genre: &str) -> bool {
        spoken_word(Path::new("a.mp3"), &[genre.to_owned()]).is_some()
    }

    /// Genres of spoken word are known in many languages, in any case and form of accents; music is left alone.
    #[test]
    fn spoken_word_is_told_from_music_in_many_languages() {
        for genre in [
            "Audiobook",
            "Spoken Word",
            "Hörbuch",
            "Ho\u{308}rspiel",
            "Kinder-Hörbücher",
            "Livre audio",
            "Audiolibros",
            "Audiolibri",
            "Audiolivros",
            "Luisterboeken",
            "Książka mówiona",
            "Słuchowisko",
            "Ljudböcker",
            "ऑडियोबुक",
            "ఆడియో బుక్",
            "Аудиокнига",
            "有声书",
            "Podcast",
        ] {
            assert!(is_spoken(genre), "{genre}");
        }
        for genre in [
            "Rock",
            "Hip-Hop",
            "Talk Talk",
            "Comedy",
            "Liedermacher",
            "Chanson",
            "Radio Edit",
            "भजन",
            "कव्वाली",
        ] {
            assert!(!is_spoken(genre), "{genre}");
        }
        assert!(spoken_word(Path::new("a.M4B"), &[]).is_some());
    }

    /// A part of a genre is found in lower case and composed letters alone, so each one must be written so.
    #[test]
    fn all_words_are_in_lower_case_and_composed() {
        for word in SPOKEN_GENRES {
            assert_eq!(word, word.to_lowercase().nfc().collect::<String>());
        }
    }
}

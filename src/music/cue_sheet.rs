//! Reading CUE sheets: which ranges of a long file are tracks.

use super::text_encoding::decode_text;

/// Frames of a compact disc in a second.
pub(super) const FRAMES_PER_SECOND: u32 = 75;
/// Larger sheets are none, in bytes.
pub(super) const LARGEST_SHEET: u64 = 1024 * 1024;

/// A line of a sheet that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct CueSheetError {
    /// From 1.
    pub line: usize,
    pub problem: String,
}

/// A CUE sheet: its tracks of sound, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct CueSheet {
    pub(super) title: Option<String>,
    pub(super) performer: Option<String>,
    pub(super) genre: Option<String>,
    pub(super) tracks: Vec<SheetTrack>,
}

/// A track as a sheet describes it. Times are frames of a compact disc from the beginning of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SheetTrack {
    pub(super) number: u8,
    /// As it is written.
    pub(super) file: String,
    pub(super) title: Option<String>,
    pub(super) performer: Option<String>,
    /// As it is written, e.g. "-7.30 dB".
    pub(super) gain: Option<String>,
    pub(super) start: u32,
    /// Where the next track of the same file starts; `None` if it goes on until the end of the file.
    pub(super) end: Option<u32>,
}

/// A track while its lines are being read.
#[derive(Debug, Default)]
struct OpenTrack {
    line: usize,
    number: u8,
    is_sound: bool,
    title: Option<String>,
    performer: Option<String>,
    gain: Option<String>,
    /// File and time of INDEX 01, else of the first index.
    start: Option<(u8, String, u32)>,
}

/// What was read so far.
#[derive(Debug, Default)]
struct SheetReader {
    sheet: CueSheet,
    file: Option<String>,
    tracks: Vec<OpenTrack>,
}

impl CueSheet {
    /// Reads a sheet in whatever encoding it is. Commands that say nothing about tracks are passed over.
    ///
    /// # Errors
    /// [`CueSheetError`]: the first line that makes no sense, and why.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, CueSheetError> {
        let mut reader = SheetReader::default();
        let text = decode_text(bytes);
        for (index, line) in text.lines().enumerate() {
            let line_number = index + 1;
            reader
                .read_line(line_number, line)
                .map_err(|problem| CueSheetError { line: line_number, problem })?;
        }
        reader.finish()
    }
}

impl SheetReader {
    fn read_line(&mut self, number: usize, line: &str) -> Result<(), String> {
        let (command, rest) = divide(line);
        match command.to_ascii_uppercase().as_str() {
            "FILE" => {
                let (name, _) = value(rest);
                if name.is_empty() {
                    return Err("FILE names no file".to_owned());
                }
                self.file = Some(name);
            }
            "TRACK" => self.begin_track(number, rest)?,
            "INDEX" => self.take_index(rest)?,
            "TITLE" => self.set(rest, |sheet| &mut sheet.title, |track| &mut track.title),
            "PERFORMER" => self.set(rest, |sheet| &mut sheet.performer, |track| &mut track.performer),
            "REM" => {
                let (name, rest) = divide(rest);
                match (name.to_ascii_uppercase().as_str(), self.tracks.last_mut()) {
                    ("REPLAYGAIN_TRACK_GAIN", Some(track)) => track.gain = Some(value(rest).0),
                    ("GENRE", _) => self.sheet.genre = Some(value(rest).0).filter(|genre| !genre.is_empty()),
                    _ => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn set(
        &mut self,
        rest: &str,
        of_sheet: fn(&mut CueSheet) -> &mut Option<String>,
        of_track: fn(&mut OpenTrack) -> &mut Option<String>,
    ) {
        let text = Some(value(rest).0).filter(|text| !text.is_empty());
        match self.tracks.last_mut() {
            Some(track) => *of_track(track) = text,
            None => *of_sheet(&mut self.sheet) = text,
        }
    }

    fn begin_track(&mut self, line: usize, rest: &str) -> Result<(), String> {
        let (number, kind) = divide(rest);
        let number = number.parse::<u8>().ok().filter(|number| (1..=99).contains(number));
        let number = number.ok_or_else(|| format!("\"{}\" is no number of a track, 1 to 99", rest.trim()))?;
        if self.tracks.iter().any(|track| track.number == number) {
            return Err(format!("there are two tracks with the number {number}"));
        }
        let is_sound = kind.trim().is_empty() || kind.trim().eq_ignore_ascii_case("AUDIO");
        self.tracks.push(OpenTrack { line, number, is_sound, ..OpenTrack::default() });
        Ok(())
    }

    fn take_index(&mut self, rest: &str) -> Result<(), String> {
        let (number, time) = divide(rest);
        let number: u8 = number.parse().map_err(|_| format!("\"{number}\" is no number of an index"))?;
        let time = parse_time(time.trim())?;
        let track = self.tracks.last_mut().ok_or("INDEX comes before any TRACK")?;
        let file = self.file.clone().ok_or("INDEX comes before any FILE")?;
        // What lies between INDEX 00 and INDEX 01 is the gap before the track, and is heard after the one before.
        match track.start {
            Some((known, ..)) if known == 1 || number != 1 => {}
            _ => track.start = Some((number, file, time)),
        }
        Ok(())
    }

    fn finish(self) -> Result<CueSheet, CueSheetError> {
        let Self { mut sheet, tracks, .. } = self;
        let mut before: Option<(String, u32)> = None;
        for OpenTrack { line, number, is_sound, title, performer, gain, start } in tracks {
            let problem = |problem: String| CueSheetError { line, problem };
            let Some((_, file, start)) = start else {
                return Err(problem(format!("track {number} has no INDEX 01")));
            };
            if let Some((last_file, last_start)) = &before
                && *last_file == file
            {
                if start <= *last_start {
                    return Err(problem(format!("track {number} does not start after the track before it")));
                }
                if let Some(last) =
                    sheet.tracks.last_mut().filter(|last| last.end.is_none() && last.file == file)
                {
                    last.end = Some(start);
                }
            }
            before = Some((file.clone(), start));
            if is_sound {
                sheet.tracks.push(SheetTrack { number, file, title, performer, gain, start, end: None });
            }
        }
        if sheet.tracks.is_empty() {
            return Err(CueSheetError { line: 1, problem: "there is no TRACK in it".to_owned() });
        }
        Ok(sheet)
    }
}

/// The first word of a line, and the rest.
fn divide(line: &str) -> (&str, &str) {
    let line = line.trim();
    line.split_once(char::is_whitespace).map_or((line, ""), |(word, rest)| (word, rest.trim_start()))
}

/// A value in quotes, or one without: then it is all but the last word of a FILE line, and the whole of any other.
fn value(rest: &str) -> (String, &str) {
    const KINDS: [&str; 6] = ["WAVE", "MP3", "AIFF", "BINARY", "MOTOROLA", "FLAC"];
    let rest = rest.trim();
    if let Some(quoted) = rest.strip_prefix('"') {
        // Some programs leave quotes within a title as they are.
        let end = quoted.rfind('"').unwrap_or(quoted.len());
        return (quoted[..end].trim().to_owned(), quoted.get(end + 1..).unwrap_or(""));
    }
    match rest.rsplit_once(char::is_whitespace) {
        Some((name, kind)) if KINDS.iter().any(|known| kind.eq_ignore_ascii_case(known)) => {
            (name.trim().to_owned(), kind)
        }
        _ => (rest.to_owned(), ""),
    }
}

/// "mm:ss:ff" in frames of a compact disc; minutes may go beyond 99.
fn parse_time(text: &str) -> Result<u32, String> {
    let mut parts = text.split(':').map(|part| {
        let plain = (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse::<u32>().ok()).flatten()
    });
    let mut next = || parts.next().flatten();
    let time = (next(), next(), next());
    match (time, parts.next()) {
        ((Some(minutes), Some(seconds), Some(frames)), None)
            if seconds < 60 && frames < FRAMES_PER_SECOND =>
        {
            Ok((minutes * 60 + seconds) * FRAMES_PER_SECOND + frames)
        }
        _ => Err(format!(
            "\"{text}\" is no time; it is written as minutes:seconds:frames, 03:15:74 at most 74 frames"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHEET: &str = "REM GENRE \"Post Rock\"\r\nREM DATE 1999\r\nPERFORMER \"The Lamps\"\r\n\
        TITLE \"Evening\"\r\nFILE \"The Lamps - Evening.wav\" WAVE\r\n  TRACK 01 AUDIO\r\n    TITLE \"One\"\r\n    \
        REM REPLAYGAIN_TRACK_GAIN -7.30 dB\r\n    INDEX 01 00:00:00\r\n  TRACK 02 AUDIO\r\n    TITLE \"Two \"B\"\"\r\n    \
        PERFORMER Anna\r\n    FLAGS DCP\r\n    INDEX 00 00:03:10\r\n    INDEX 01 00:04:37\r\n  TRACK 03 AUDIO\r\n    \
        INDEX 01 01:00:00\r\n";

    /// A sheet as a ripper writes it: titles, artists and gain of each track, and its range from INDEX 01 to INDEX 01.
    #[test]
    fn each_track_has_its_range_and_its_names() {
        let sheet = CueSheet::parse(SHEET.as_bytes()).expect("a sheet");
        assert_eq!((sheet.title.as_deref(), sheet.genre.as_deref()), (Some("Evening"), Some("Post Rock")));
        let ranges: Vec<_> =
            sheet.tracks.iter().map(|track| (track.number, track.start, track.end)).collect();
        assert_eq!(ranges, [(1, 0, Some(337)), (2, 337, Some(4_500)), (3, 4_500, None)]);
        let [one, two, three] = &sheet.tracks[..] else { panic!("{sheet:?}") };
        assert_eq!((one.gain.as_deref(), one.file.as_str()), (Some("-7.30 dB"), "The Lamps - Evening.wav"));
        assert_eq!((two.title.as_deref(), two.performer.as_deref()), (Some("Two \"B\""), Some("Anna")));
        assert_eq!((three.title.as_deref(), three.performer.as_deref()), (None, None));
    }

    /// A sheet may name a file for each track, with the gap of the next track at the end of the file before, and tracks
    /// that are data and not sound.
    #[test]
    fn several_files_and_tracks_of_data_are_told_apart() {
        let text = "FILE a.wav WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 00 00:50:00\n\
                    FILE \"b c.wav\" WAVE\nINDEX 01 00:00:00\nTRACK 03 MODE1/2352\nINDEX 01 00:10:00\n";
        let sheet = CueSheet::parse(text.as_bytes()).expect("a sheet");
        let tracks: Vec<_> =
            sheet.tracks.iter().map(|track| (track.file.as_str(), track.start, track.end)).collect();
        assert_eq!(tracks, [("a.wav", 0, None), ("b c.wav", 0, Some(750))]);
    }

    /// What makes no sense is refused with its line and the reason.
    #[test]
    fn mistakes_are_named_with_their_line() {
        let head = "FILE a.wav WAVE\nTRACK 01 AUDIO\n";
        for (text, line, words) in [
            (format!("{head}INDEX 01 00:60:00"), 3, "no time"),
            (format!("{head}INDEX 01 00:00:75"), 3, "no time"),
            (format!("{head}INDEX 01 noon"), 3, "no time"),
            (format!("{head}INDEX 01 00:01:00\nTRACK 02 AUDIO\nINDEX 01 00:01:00"), 4, "start after"),
            (format!("{head}TITLE x"), 2, "no INDEX 01"),
            (format!("{head}INDEX 01 00:00:00\nTRACK 01 AUDIO"), 4, "two tracks"),
            ("TRACK 01 AUDIO\nINDEX 01 00:00:00".to_owned(), 2, "before any FILE"),
            ("INDEX 01 00:00:00".to_owned(), 1, "before any TRACK"),
            ("FILE \"\" WAVE".to_owned(), 1, "names no file"),
            ("TRACK 0 AUDIO".to_owned(), 1, "no number"),
            ("TITLE \"Nothing\"".to_owned(), 1, "no TRACK"),
            (String::new(), 1, "no TRACK"),
        ] {
            let error = CueSheet::parse(text.as_bytes()).expect_err(&text);
            assert!(error.line == line && error.problem.contains(words), "{text:?}: {error}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

        /// Whatever a sheet holds, reading it ends, and ranges follow each other.
        #[test]
        fn any_text_is_read_or_refused(
            lines in proptest::collection::vec(
                "(FILE|TRACK|INDEX|TITLE|REM|PERFORMER)?[ \"]{0,2}[0-9a-zA-Z:\" ]{0,12}|INDEX 0[01] [0-9]{2}:[0-5][0-9]:[0-7][0-4]|\
                 TRACK [0-9]{2} AUDIO|FILE \"[ab].wav\" WAVE",
                0..16,
            ),
            cut in 0_usize..4,
        ) {
            let text = lines.join("\n");
            let bytes = text.as_bytes();
            if let Ok(sheet) = CueSheet::parse(&bytes[..bytes.len().saturating_sub(cut)]) {
                assert!(sheet.tracks.iter().all(|track| track.end.is_none_or(|end| end > track.start)), "{sheet:?}");
            }
        }
    }
}

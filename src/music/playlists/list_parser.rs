//! The tracks that a list of another player names: M3U and M3U8, PLS, XSPF, ASX and WPL. What is in the file decides, and
//! not its name.

use std::collections::BTreeMap;
use std::time::Duration;

use super::list_item::{ListItem, filled};
use super::list_text::decode_lines;
use super::xml_list;

/// Takes apart the bytes of a list.
#[must_use]
pub fn parse(bytes: &[u8]) -> Vec<ListItem> {
    let text = decode_lines(bytes);
    let start = text.trim_start();
    if start.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("[playlist]")) {
        return parse_pls(&text);
    }
    if start.starts_with('<') { xml_list::parse(&text) } else { parse_m3u(&text) }
}

fn parse_m3u(text: &str) -> Vec<ListItem> {
    let (mut items, mut title, mut duration) = (Vec::new(), None, None);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(info) = line.strip_prefix("#EXTINF:") {
            (duration, title) = extended(info);
        } else if !line.is_empty() && !line.starts_with('#') {
            let path = line.to_owned();
            items.push(ListItem { line: index + 1, path, title: title.take(), duration: duration.take() });
        }
    }
    items
}

/// "123,Artist - Title"; attributes may follow the seconds, with commas between quotation marks.
fn extended(info: &str) -> (Option<Duration>, Option<String>) {
    let mut quoted = false;
    let comma = info.find(|letter| {
        quoted ^= letter == '"';
        letter == ',' && !quoted
    });
    let (seconds, title) = comma.map_or((info, ""), |comma| (&info[..comma], &info[comma + 1..]));
    (length(seconds.split_whitespace().next().unwrap_or_default()), filled(title))
}

/// `File1=`, `Title1=` and `Length1=`; numbers may be left out, and lines come in any order.
fn parse_pls(text: &str) -> Vec<ListItem> {
    let mut items: BTreeMap<u64, ListItem> = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let Some((key, value)) = line.split_once('=') else { continue };
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        let number = |name: &str| key.strip_prefix(name).and_then(|number| number.parse().ok());
        if let Some(number) = number("file") {
            let item = items.entry(number).or_default();
            (item.line, item.path) = (index + 1, value.to_owned());
        } else if let Some(number) = number("title") {
            items.entry(number).or_default().title = filled(value);
        } else if let Some(number) = number("length") {
            items.entry(number).or_default().duration = length(value);
        }
    }
    items.into_values().filter(|item| !item.path.is_empty()).collect()
}

fn length(seconds: &str) -> Option<Duration> {
    let seconds = seconds.parse::<f64>().ok().filter(|seconds| *seconds > 0.0)?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(line: usize, path: &str, title: Option<&str>, seconds: Option<u64>) -> ListItem {
        let (title, duration) = (title.map(str::to_owned), seconds.map(Duration::from_secs));
        ListItem { line, path: path.into(), title, duration }
    }

    #[test]
    fn an_extended_list_is_read_with_mark_titles_lengths_and_attributes() {
        let text = "\u{feff}#EXTM3U\r\n#EXTINF:123,The Lamps - Glow\r\nGlow.ogg\r\n\r\n\
                    #EXTINF:-1 tvg-id=\"x\" group=\"a, b\",Nobody, really\r\nsub\\two.mp3\r\n# words\r\n../three.flac\r\n";
        let expected = [
            item(3, "Glow.ogg", Some("The Lamps - Glow"), Some(123)),
            item(6, "sub\\two.mp3", Some("Nobody, really"), None),
            item(8, "../three.flac", None, None),
        ];
        assert_eq!(parse(text.as_bytes()), expected);
        assert_eq!(parse(text.replace("\r\n", "\r").as_bytes()), expected, "lines of an old Mac");
    }

    /// Numbers of a PLS file may have holes, and its lines any order and case.
    #[test]
    fn a_pls_file_is_read_in_the_order_of_its_numbers() {
        let text = "[Playlist]\nnumberofentries=9\nFile7=c.ogg\nfile2 = /m/a=b.ogg\nTitle2=A\nLength2=61\nLength7=-1\n\
                    Title5=no file\nVersion=2\n";
        assert_eq!(
            parse(text.as_bytes()),
            [item(4, "/m/a=b.ogg", Some("A"), Some(61)), item(3, "c.ogg", None, None)]
        );
    }

    /// A list in XML: its own address and pictures are no tracks, codes are letters, and a base lies before each path.
    #[test]
    fn an_xspf_file_is_read_with_its_base_and_codes() {
        let text = "<?xml version=\"1.0\"?>\n<playlist xmlns=\"http://xspf.org/ns/0/\" xml:base=\"file:///m/\">\n\
                    <location>http://me/list.xspf</location><title>Mine</title>\n<trackList><!-- <track> -->\n\
                    <track><location>A%20&amp;%20B.ogg</location><title>A &#38; B</title><duration>61000</duration></track>\n\
                    <track xml:base='sub/'><image>x.png</image><location><![CDATA[c.ogg]]></location></track>\n\
                    <track><location>file:///x/d.ogg</location></track></trackList></playlist>";
        assert_eq!(
            parse(text.as_bytes()),
            [
                item(5, "file:///m/A%20&%20B.ogg", Some("A & B"), Some(61)),
                item(6, "file:///m/sub/c.ogg", None, None),
                item(7, "file:///x/d.ogg", None, None),
            ]
        );
    }

    /// ASX is no XML proper: any case, and letters that XML would not allow. WPL has backslashes.
    #[test]
    fn lists_of_windows_players_are_read() {
        let asx = "<ASX version=3>\n<Title>List</Title><BASE HREF=\"music/\"/>\n<Entry><Title>A & B</Title>\
                   <REF HREF = \"a & b.wma\" /></Entry>\n<entry><ref href='/x/c.wma'></ref></entry></ASX>";
        assert_eq!(
            parse(asx.as_bytes()),
            [item(3, "music/a & b.wma", Some("A & B"), None), item(4, "/x/c.wma", None, None)]
        );
        let wpl = "<?wpl version=\"1.0\"?>\n<smil><head><title>x</title></head><body><seq>\n\
                   <media src=\"..\\Sub\\a &amp; b.mp3\" albumTitle=\"y\"/>\n</seq></body></smil>";
        assert_eq!(parse(wpl.as_bytes()), [item(3, "..\\Sub\\a & b.mp3", None, None)]);
    }

    #[test]
    fn nothing_in_a_file_can_hurt() {
        assert_eq!(parse(b""), []);
        assert_eq!(parse(b"\xEF\xBB\xBF"), []);
        assert_eq!(parse(b"#EXTINF:\n%\n")[0].path, "%");
        assert_eq!(parse(b"<playlist><track><location"), []);
        assert_eq!(parse(b"<><<</></></track></track><location>x</location>"), []);
    }

    proptest! {
        /// Whatever a file holds, it is taken apart without a panic, and no track is without a path.
        #[test]
        fn any_bytes_are_taken_apart(
            start in proptest::sample::select(vec!["", "#EXTM3U\n", "[playlist]\n", "<playlist>", "\u{feff}<asx>"]),
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            marks in proptest::collection::vec("[<>&;=/%#!\\[\\]\"' a-c\r\n\u{e4}-]{0,12}", 0..12),
        ) {
            for bytes in [&[start.as_bytes(), &bytes].concat(), &[start, &marks.concat()].concat().into_bytes()] {
                prop_assert!(parse(bytes).iter().all(|item| !item.path.is_empty()));
            }
        }
    }
}

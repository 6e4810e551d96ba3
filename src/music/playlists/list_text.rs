//! The text of a list of another player, in whatever encoding it was written.

use crate::music::text_encoding::{decode_text, utf_8_or_windows};

/// The text of a list, with `\n` between its lines. Old Macs end a line with a carriage return alone.
pub(super) fn decode_lines(bytes: &[u8]) -> String {
    decode_text(bytes).replace("\r\n", "\n").replace('\r', "\n")
}

/// Takes `%20` and the like back to the bytes that they stand for, in UTF-8 or Windows-1252.
pub(super) fn percent_decoded(path: &str) -> String {
    let bytes = path.as_bytes();
    let (mut plain, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| path.get(at + 1..at + 3)).flatten();
        let code = code.filter(|code| code.bytes().all(|digit| digit.is_ascii_hexdigit()));
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            plain.push(byte);
            at += 3;
        } else {
            plain.push(bytes[at]);
            at += 1;
        }
    }
    utf_8_or_windows(plain)
}

/// Takes `&amp;`, `&#228;` and the like of XML back to the letters that they stand for. What is none stays as it is, since
/// lists are written by hand, too.
pub(super) fn entities_decoded(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest.find(';').and_then(|end| Some((entity(&rest[1..end])?, end + 1)));
        let (letter, length) = entity.unwrap_or(('&', 1));
        plain.push(letter);
        rest = &rest[length..];
    }
    plain + rest
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => {}
    }
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every encoding that players write gives the same text, with or without a mark, whatever ends a line.
    #[test]
    fn text_is_read_in_each_encoding_and_with_each_line_end() {
        let lines = ["Björk – Jóga.ogg", "日本.ogg"];
        for end in ["\n", "\r\n", "\r"] {
            let text = lines.join(end);
            let units: Vec<u16> = text.encode_utf16().collect();
            let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            for bytes in [
                text.as_bytes().to_vec(),
                [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
                [b"\xFF\xFE", &little[..]].concat(),
                [b"\xFE\xFF", &big[..]].concat(),
                little,
                big,
            ] {
                assert_eq!(decode_lines(&bytes), lines.join("\n"), "{bytes:?}");
            }
        }
        assert_eq!(decode_lines(b"M\xfcnchen \x96 don\x92t.ogg"), "München – don’t.ogg");
    }

    #[test]
    fn codes_become_the_letters_that_they_stand_for() {
        assert_eq!(percent_decoded("My%20S%C3%B6ng%2eogg"), "My Söng.ogg");
        assert_eq!(percent_decoded("M%FCnchen 100% %zz %+1 %"), "München 100% %zz %+1 %");
        assert_eq!(entities_decoded("A &amp; B &#228; &#xE4; &quot;&apos;&lt;&gt;"), "A & B ä ä \"'<>");
        assert_eq!(entities_decoded("Simon & Garfunkel; &nothing; &"), "Simon & Garfunkel; &nothing; &");
    }
}

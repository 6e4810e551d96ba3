//! Text of files that other programs wrote: lists of tracks and CUE sheets.

/// What Windows writes for the bytes 0x80 to 0x9F (code page 1252); 0 where it has no letter.
const WINDOWS: [u16; 32] = [
    0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
    0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
    0x0153, 0, 0x017E, 0x0178,
];

/// UTF-8 or UTF-16 with or without a mark at its beginning; what is neither is read as Windows 1252, which has Latin-1
/// within it.
#[must_use]
pub(super) fn decode_text(bytes: &[u8]) -> String {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => return utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => return utf16(rest, u16::from_be_bytes),
        // Without a mark: a letter of the first line and a zero byte.
        [first, 0, ..] if first.is_ascii_graphic() => return utf16(bytes, u16::from_le_bytes),
        [0, first, ..] if first.is_ascii_graphic() => return utf16(bytes, u16::from_be_bytes),
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes)
        .map_or_else(|_| bytes.iter().map(|byte| windows_letter(*byte)).collect(), str::to_owned)
}

fn windows_letter(byte: u8) -> char {
    let known = byte.checked_sub(0x80).and_then(|place| WINDOWS.get(usize::from(place)));
    match known {
        Some(code) if *code > 0 => char::from_u32(u32::from(*code)).unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same words are read from each of the encodings in which programs write them.
    #[test]
    fn text_is_read_in_the_encodings_of_other_programs() {
        let text = "Björk – “Jóga”\r\n";
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [&b"\xEF\xBB\xBF"[..], text.as_bytes()].concat(),
            little.clone(),
            [&[0xFF, 0xFE][..], &little].concat(),
            [&[0xFE, 0xFF][..], &big].concat(),
            b"Bj\xF6rk \x96 \x93J\xF3ga\x94\r\n".to_vec(),
        ] {
            assert_eq!(decode_text(&bytes), text);
        }
    }
}

//! Text of files that other programs wrote: lists of tracks and CUE sheets.

/// UTF-8 or UTF-16 with or without a mark at its beginning; what is
/// neither is read as Windows-1252 (and so Latin-1), in which older players wrote `.m3u`.
#[must_use]
pub(super) fn decode_text(bytes: &[u8]) -> String {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        _ if bytes.contains(&0) => {
            // No other text has zero bytes. They are the upper halves of the letters, dots and line ends of most names.
            let zeros =
                |parity: usize| bytes.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
            if zeros(1) >= zeros(0) {
                utf_16(bytes, u16::from_le_bytes)
            } else {
                utf_16(bytes, u16::from_be_bytes)
            }
        }
        _ => utf_8_or_windows(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).to_vec()),
    }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16_lossy(&units)
}

/// UTF-8, or what is not, as Windows-1252.
pub(super) fn utf_8_or_windows(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| error.into_bytes().into_iter().map(windows_1252).collect())
}

/// The letter of a byte in Windows-1252: Latin-1 but for the quotation marks, dashes and some letters of this table.
fn windows_1252(byte: u8) -> char {
    const FROM_80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    byte.checked_sub(0x80)
        .and_then(|place| FROM_80.get(usize::from(place)))
        .copied()
        .unwrap_or(char::from(byte))
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

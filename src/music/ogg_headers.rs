//! Pages of Ogg files (RFC 3533), and headers without their covers.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;

use super::file_part::PartPlan;

/// The header of a page up to its segment table.
const PAGE_HEADER: usize = 27;
/// Pages of more segments than this do not exist.
const PAGE_SEGMENTS: usize = 255;
/// The length of a full segment: a packet goes on in the next one.
const FULL: u8 = 255;
/// A page that begins with the rest of a packet has this flag, and one that begins a stream that one.
const CONTINUES: u8 = 0x01;
const BEGINS_STREAM: u8 = 0x02;
/// Comments up to this size stay as they are, in bytes.
const SMALL_COMMENTS: usize = 1024 * 1024;
/// A single comment that is longer is a cover, in bytes.
const LONGEST_COMMENT: usize = 64 * 1024;
/// Headers beyond this are no headers, in bytes.
const LARGEST_HEADERS: usize = 128 * 1024 * 1024;
/// How the comments of Vorbis and Opus begin, and how many packets their headers are.
const COMMENTS: [(&[u8], usize); 2] = [(b"\x03vorbis", 3), (b"OpusTags", 2)];

/// A page of a file.
#[derive(Debug, Clone)]
pub(super) struct OggPage {
    /// All of it, in the file.
    pub(super) range: Range<u64>,
    flags: u8,
    serial: [u8; 4],
    segments: Vec<u8>,
}

impl OggPage {
    /// Whether a stream begins with it.
    pub(super) fn begins_stream(&self) -> bool {
        self.flags & BEGINS_STREAM != 0
    }

    fn body(&self) -> Range<u64> {
        self.range.start + (PAGE_HEADER + self.segments.len()) as u64..self.range.end
    }
}

/// The first page at or after a position.
pub(super) fn next_page(file: &mut File, from: u64) -> io::Result<Option<OggPage>> {
    let mut at = from;
    let mut bytes = [0; PAGE_HEADER + PAGE_SEGMENTS];
    loop {
        file.seek(SeekFrom::Start(at))?;
        let count = read_most(file, &mut bytes)?;
        if count < PAGE_HEADER {
            return Ok(None);
        }
        if let Some(page) = page_in(&bytes[..count], at) {
            return Ok(Some(page));
        }
        // The mark of a page may begin with the last bytes that were read.
        let next = bytes[1..count].windows(4).position(|window| window == b"OggS");
        at += next.map_or(count as u64 - 4, |place| place as u64 + 1).max(1);
    }
}

fn page_in(bytes: &[u8], at: u64) -> Option<OggPage> {
    if !bytes.starts_with(b"OggS\0") {
        return None;
    }
    let flags = *bytes.get(5)?;
    let serial = *bytes.get(14..18)?.first_chunk()?;
    let segments = bytes.get(PAGE_HEADER..PAGE_HEADER + usize::from(*bytes.get(26)?))?.to_vec();
    let body: u64 = segments.iter().map(|length| u64::from(*length)).sum();
    let end = at + (PAGE_HEADER + segments.len()) as u64 + body;
    Some(OggPage { range: at..end, flags, serial, segments })
}

/// As many bytes as there are.
fn read_most(file: &mut File, bytes: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < bytes.len() {
        match file.read(&mut bytes[count..])? {
            0 => break,
            more => count += more,
        }
    }
    Ok(count)
}

/// A stream as it is played. Large comments are written anew without the longest ones, which are covers; the pages with
/// sound stay where they are in the file.
///
/// # Errors
/// If the file cannot be read.
pub(super) fn without_cover(file: &mut File, range: Range<u64>) -> io::Result<PartPlan> {
    let plan = PartPlan { range, ..PartPlan::default() };
    Ok(match read_headers(file, &plan.range)? {
        Some((serial, packets, sound)) => {
            let [head, comments, rest @ ..] = &packets[..] else { return Ok(plan) };
            let comments = shortened(comments);
            let mut prefix = Vec::new();
            let mut number = 0;
            write_pages(&mut prefix, head, serial, BEGINS_STREAM, &mut number);
            for packet in [&comments].into_iter().chain(rest) {
                write_pages(&mut prefix, packet, serial, 0, &mut number);
            }
            PartPlan { prefix, range: sound..plan.range.end, ..plan }
        }
        None => plan,
    })
}

/// Serial number, packets of the headers, and where the sound begins; `None` where the comments are not large, or the
/// file holds several streams or another codec.
type LargeHeaders = Option<([u8; 4], Vec<Vec<u8>>, u64)>;

fn read_headers(file: &mut File, range: &Range<u64>) -> io::Result<LargeHeaders> {
    let (mut packets, mut open, mut size): (Vec<Vec<u8>>, Vec<u8>, usize) = (Vec::new(), Vec::new(), 0);
    let (mut at, mut serial, mut wanted) = (range.start, None, None);
    while let Some(page) = next_page(file, at)? {
        if page.range.end > range.end || *serial.get_or_insert(page.serial) != page.serial {
            return Ok(None);
        }
        let mut body = vec![0; (page.body().end - page.body().start) as usize];
        file.seek(SeekFrom::Start(page.body().start))?;
        file.read_exact(&mut body)?;
        let mut left = &body[..];
        for segment in &page.segments {
            let (part, rest) = left.split_at(usize::from(*segment));
            open.extend_from_slice(part);
            left = rest;
            if *segment < FULL {
                packets.push(std::mem::take(&mut open));
            }
        }
        size += body.len();
        if wanted.is_none()
            && let Some(comments) = packets.get(1).or_else(|| Some(&open).filter(|_| packets.len() == 1))
            && !comments.is_empty()
        {
            let known = COMMENTS.iter().find(|(magic, _)| comments.starts_with(magic));
            let Some((_, count)) = known else { return Ok(None) };
            wanted = Some(*count);
        }
        at = page.range.end;
        let is_small = packets.get(1).is_some_and(|comments| comments.len() <= SMALL_COMMENTS);
        if is_small || size > LARGEST_HEADERS {
            return Ok(None);
        }
        // The sound begins on a page of its own.
        if wanted.is_some_and(|wanted| packets.len() == wanted) && open.is_empty() {
            return Ok(serial.map(|serial| (serial, packets, at)));
        }
    }
    Ok(None)
}

/// The comments without those that are too long to be text. What cannot be read becomes no comments at all.
fn shortened(packet: &[u8]) -> Vec<u8> {
    let magic =
        COMMENTS.iter().map(|(magic, _)| *magic).find(|magic| packet.starts_with(magic)).unwrap_or(b"");
    let (vendor, comments) = comments_in(&packet[magic.len()..]).unwrap_or_default();
    let kept: Vec<&[u8]> = comments.into_iter().filter(|comment| comment.len() <= LONGEST_COMMENT).collect();
    let mut short = magic.to_vec();
    let mut put = |bytes: &[u8]| {
        short.extend((bytes.len() as u32).to_le_bytes());
        short.extend_from_slice(bytes);
    };
    put(vendor);
    let mut list = (kept.len() as u32).to_le_bytes().to_vec();
    for comment in kept {
        list.extend((comment.len() as u32).to_le_bytes());
        list.extend_from_slice(comment);
    }
    short.extend(list);
    // The framing bit of Vorbis.
    if magic == COMMENTS[0].0 {
        short.push(1);
    }
    short
}

/// Vendor and comments of a header.
fn comments_in(bytes: &[u8]) -> Option<(&[u8], Vec<&[u8]>)> {
    fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
        let (number, rest) = bytes.split_first_chunk()?;
        Some((usize::try_from(u32::from_le_bytes(*number)).ok()?, rest))
    }
    fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
        let (length, rest) = number(bytes)?;
        rest.split_at_checked(length)
    }
    let (vendor, rest) = text(bytes)?;
    let (count, mut rest) = number(rest)?;
    let mut comments = Vec::new();
    for _ in 0..count {
        let (comment, after) = text(rest)?;
        comments.push(comment);
        rest = after;
    }
    Some((vendor, comments))
}

/// Writes a packet on pages of its own.
fn write_pages(out: &mut Vec<u8>, packet: &[u8], serial: [u8; 4], flags: u8, number: &mut u32) {
    let mut lengths = vec![FULL; packet.len() / usize::from(FULL)];
    lengths.push((packet.len() % usize::from(FULL)) as u8);
    let mut left = packet;
    for (index, segments) in lengths.chunks(PAGE_SEGMENTS).enumerate() {
        let body: usize = segments.iter().map(|length| usize::from(*length)).sum();
        let (here, rest) = left.split_at(body);
        left = rest;
        let start = out.len();
        out.extend(b"OggS\0");
        out.push(if index == 0 { flags } else { CONTINUES });
        // A page on which no packet ends has no time.
        let time: i64 = if rest.is_empty() { 0 } else { -1 };
        out.extend(time.to_le_bytes());
        out.extend(serial);
        out.extend(number.to_le_bytes());
        out.extend([0; 4]);
        out.push(segments.len() as u8);
        out.extend_from_slice(segments);
        out.extend_from_slice(here);
        let sum = checksum(&out[start..]);
        out[start + 22..start + 26].copy_from_slice(&sum.to_le_bytes());
        *number += 1;
    }
}

/// The checksum of a page whose own is 0: CRC-32 with the polynomial 0x04C11DB7, not reflected.
fn checksum(page: &[u8]) -> u32 {
    page.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
            if sum & 0x8000_0000 == 0 { sum << 1 } else { sum << 1 ^ 0x04C1_1DB7 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pages that are written are those that are read, with the checksum that other programs have written.
    #[test]
    fn the_checksum_is_that_of_other_programs() {
        let tone = include_bytes!("../../tests/support/music/tone.ogg");
        let page = page_in(tone, 0).expect("a page");
        let mut bytes = tone[..page.range.end as usize].to_vec();
        let written: [u8; 4] = bytes[22..26].try_into().expect("four bytes");
        bytes[22..26].fill(0);
        assert_eq!(checksum(&bytes), u32::from_le_bytes(written));
    }

    /// A large comment goes, the others stay; what is broken becomes no comments.
    #[test]
    fn only_long_comments_are_left_out() {
        let list = |comments: &[&[u8]]| {
            let mut packet = b"OpusTags\x02\0\0\0me".to_vec();
            packet.extend((comments.len() as u32).to_le_bytes());
            for comment in comments {
                packet.extend((comment.len() as u32).to_le_bytes());
                packet.extend_from_slice(comment);
            }
            packet
        };
        let cover = vec![b'A'; 2 * LONGEST_COMMENT];
        assert_eq!(
            shortened(&list(&[b"TITLE=Glow", &cover, b"MOOD=calm"])),
            list(&[b"TITLE=Glow", b"MOOD=calm"])
        );
        assert_eq!(shortened(b"OpusTags\xFF\xFF\xFF\xFFme"), b"OpusTags\0\0\0\0\0\0\0\0");
    }
}

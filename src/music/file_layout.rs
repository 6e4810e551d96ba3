//! How the bytes of a file become sound: which parts are played one after the other, and what is wrong in their headers.
//!
//! - Tags at the beginning are passed over: decoders look for the first frame of sound within the first megabyte, and a
//!   tag with a large cover is longer than that.
//! - A chained Ogg file is several streams, each with headers of its own, as recorders of radio write them. Each link is
//!   a part, so that length and seek are right in each; a decoder that is given all of them knows only the first.
//! - A cover in the comments of an Ogg file is left out where it is large: decoders refuse packets above 16 MB.
//! - Recorders that write into a pipe cannot know how long a WAV or AIFF file gets, and leave 0 or the largest number.
//!   RF64 has the size in a chunk of its own. The true size is put in.
//! - A CAF file of samples with 8 bits becomes an AIFF file, which has the same samples: the decoder of CAF refuses them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use super::file_part::{HeaderPatch, PartPlan};
use super::ogg_headers::{next_page, without_cover};

/// The header of an `ID3v2` tag, and of its optional footer.
const ID3_HEADER: u64 = 10;
/// A file of more chunks before its sound is no file of sound.
const MOST_CHUNKS: u32 = 1_000;
/// An MPEG file tells its length within these first bytes, if at all.
const MPEG_LENGTH_WITHIN: u64 = 4_096;
/// The marks of headers that tell it.
const MPEG_LENGTHS: [&[u8]; 3] = [b"Xing", b"Info", b"VBRI"];
/// Where the description of the sound begins in a CAF file, as its first chunk, and the header of that chunk.
const CAF_DESCRIPTION: u64 = 8;
const CAF_DESCRIPTION_HEADER: [u8; 12] = *b"desc\0\0\0\0\0\0\0\x20";
/// The header of a chunk in a CAF file: its name, and a size of 64 bits.
const CAF_CHUNK: u64 = 12;
const CAF_SIZE: u64 = 8;
/// The number of edits, before the sound.
const CAF_EDITS: u64 = 4;

/// What a file is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct FileLayout {
    /// In the order in which they are played; at least one.
    pub(super) parts: Vec<PartPlan>,
    /// Whether an MPEG file has a header that tells its length. Without it a decoder guesses from the bit rate.
    pub(super) tells_mpeg_length: bool,
}

impl FileLayout {
    /// Looks at the headers of a file.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn of(file: &mut File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        let start = end_of_tags(file, length)?;
        let mut begin = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        Read::take(&mut *file, MPEG_LENGTH_WITHIN).read_to_end(&mut begin)?;
        let tells_mpeg_length = begin.windows(4).any(|window| MPEG_LENGTHS.contains(&window));
        let whole = start..length;
        let parts = match begin.get(..4) {
            Some(b"OggS") => {
                let links = ogg_links(file, whole)?;
                links.into_iter().map(|link| without_cover(file, link)).collect::<io::Result<_>>()?
            }
            Some(b"RIFF" | b"RF64" | b"BW64") => vec![true_wave_sizes(file, whole)?],
            Some(b"FORM") => vec![true_aiff_sizes(file, whole)?],
            Some(b"caff") => vec![true_caf_size(file, whole)?],
            _ => vec![plain_part(whole)],
        };
        Ok(Self { parts, tells_mpeg_length })
    }
}

/// A range as it is.
fn plain_part(range: Range<u64>) -> PartPlan {
    PartPlan { range, ..PartPlan::default() }
}

/// Where the `ID3v2` tags at the beginning end. A length that is beyond the end is damage; then the whole file counts.
fn end_of_tags(file: &mut File, length: u64) -> io::Result<u64> {
    let mut start = 0;
    while let Some(tag) = tag_length(file, start)? {
        start += tag;
        if start >= length {
            return Ok(0);
        }
    }
    Ok(start)
}

/// The length of the `ID3v2` tag at this position, if there is one: seven bits of each of the four bytes of its size.
fn tag_length(file: &mut File, at: u64) -> io::Result<Option<u64>> {
    let Some(header) = read_at::<{ ID3_HEADER as usize }>(file, at)? else { return Ok(None) };
    let [b'I', b'D', b'3', _, _, flags, size @ ..] = header else { return Ok(None) };
    if size.iter().any(|byte| *byte >= 0x80) {
        return Ok(None);
    }
    let size = size.iter().fold(0, |size, byte| size << 7 | u64::from(*byte));
    let footer = if flags & 0x10 == 0 { 0 } else { ID3_HEADER };
    Ok(Some(ID3_HEADER + size + footer))
}

/// `N` bytes at a position; `None` if the file is not that long.
fn read_at<const N: usize>(file: &mut File, at: u64) -> io::Result<Option<[u8; N]>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = [0; N];
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// The links of a chained Ogg file. A link begins with a page that begins a stream and follows one that does not. Only
/// the headers of pages are read, and damage between two pages is passed over.
fn ogg_links(file: &mut File, whole: Range<u64>) -> io::Result<Vec<Range<u64>>> {
    let mut links = Vec::new();
    let (mut link, mut at, mut in_headers) = (whole.start, whole.start, true);
    while let Some(page) = next_page(file, at)? {
        let begins_stream = page.begins_stream();
        if begins_stream && !in_headers {
            links.push(link..page.range.start);
            link = page.range.start;
        }
        in_headers = begins_stream;
        at = page.range.end;
    }
    links.push(link..whole.end);
    Ok(links)
}

/// A chunk of a WAV or AIFF file.
struct Chunk {
    id: [u8; 4],
    /// Position of its header.
    at: u64,
    size: u32,
}

impl Chunk {
    fn body(&self) -> u64 {
        self.at + 8
    }
}

/// Chunks one after the other; each ends at an even position.
fn next_chunk(file: &mut File, at: u64, number: fn([u8; 4]) -> u32) -> io::Result<Option<Chunk>> {
    let Some([a, b, c, d, size @ ..]) = read_at::<8>(file, at)? else { return Ok(None) };
    Ok(Some(Chunk { id: [a, b, c, d], at, size: number(size) }))
}

/// A WAV file with its true sizes. The size of its sound is wrong where it is 0, the largest number, or beyond the end.
fn true_wave_sizes(file: &mut File, whole: Range<u64>) -> io::Result<PartPlan> {
    let mut plan = PartPlan { range: whole.clone(), ..PartPlan::default() };
    let Some(riff) = next_chunk(file, whole.start, u32::from_le_bytes)? else { return Ok(plan) };
    let is_large = riff.id != *b"RIFF";
    if is_large {
        plan.patches.push(HeaderPatch { at: riff.at, bytes: *b"RIFF" });
    }
    // The largest number tells the decoder to read until the end.
    if u64::from(riff.size) != whole.end - riff.body() {
        plan.patches.push(HeaderPatch { at: riff.at + 4, bytes: u32::MAX.to_le_bytes() });
    }
    let (mut at, mut large_size) = (whole.start + 12, None);
    for _ in 0..MOST_CHUNKS {
        let Some(chunk) = next_chunk(file, at, u32::from_le_bytes)? else { break };
        match &chunk.id {
            b"ds64" => {
                large_size = read_at::<8>(file, chunk.body() + 8)?.map(u64::from_le_bytes);
            }
            b"data" => {
                let rest = whole.end.saturating_sub(chunk.body());
                let told = match large_size {
                    Some(size) if is_large && chunk.size == u32::MAX => size,
                    _ => u64::from(chunk.size),
                };
                let size = if (1..=rest).contains(&told) { told } else { rest };
                if size != u64::from(chunk.size) {
                    let bytes = u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes();
                    plan.patches.push(HeaderPatch { at: chunk.at + 4, bytes });
                    // What follows the sound of a file with more than 4 GB is no sound.
                    plan.range.end = chunk.body() + size;
                }
                break;
            }
            _ => {}
        }
        at = chunk.body() + u64::from(chunk.size).next_multiple_of(2);
    }
    Ok(plan)
}

/// An AIFF file with its true sizes.
fn true_aiff_sizes(file: &mut File, whole: Range<u64>) -> io::Result<PartPlan> {
    let mut plan = PartPlan { range: whole.clone(), ..PartPlan::default() };
    let Some(form) = next_chunk(file, whole.start, u32::from_be_bytes)? else { return Ok(plan) };
    let patch = |at: u64, size: u64| {
        let bytes = u32::try_from(size).unwrap_or(u32::MAX).to_be_bytes();
        HeaderPatch { at: at + 4, bytes }
    };
    if u64::from(form.size) != whole.end - form.body() {
        plan.patches.push(patch(form.at, whole.end - form.body()));
    }
    let mut at = whole.start + 12;
    for _ in 0..MOST_CHUNKS {
        let Some(chunk) = next_chunk(file, at, u32::from_be_bytes)? else { break };
        let rest = whole.end.saturating_sub(chunk.body());
        // Offset and size of blocks come before the sound.
        if chunk.id == *b"SSND" {
            if !(9..=rest).contains(&u64::from(chunk.size)) {
                plan.patches.push(patch(chunk.at, rest));
            }
            break;
        }
        at = chunk.body() + u64::from(chunk.size).next_multiple_of(2);
    }
    Ok(plan)
}

/// A CAF file whose chunk of sound has its true size. A size of −1 goes on until the end, and what a decoder then takes for
/// the next chunk is sound.
fn true_caf_size(file: &mut File, whole: Range<u64>) -> io::Result<PartPlan> {
    if let Some(plan) = caf_as_aiff(file, &whole)? {
        return Ok(plan);
    }
    let mut plan = plain_part(whole.clone());
    if let Some(sound) = caf_sound(file, &whole)? {
        let at = sound.start - CAF_EDITS - CAF_SIZE;
        let size = (sound.end - sound.start + CAF_EDITS).to_be_bytes();
        if read_at::<{ CAF_SIZE as usize }>(file, at)? != Some(size) {
            let halves = size.as_chunks::<4>().0.iter();
            plan.patches = (0..)
                .map(|half| at + 4 * half)
                .zip(halves)
                .map(|(at, bytes)| HeaderPatch { at, bytes: *bytes })
                .collect();
        }
    }
    Ok(plan)
}

/// The sound of a CAF file of samples with 8 bits behind the header of an AIFF file; `None` for all others.
fn caf_as_aiff(file: &mut File, whole: &Range<u64>) -> io::Result<Option<PartPlan>> {
    let Some(description) = read_at::<44>(file, whole.start + CAF_DESCRIPTION)? else { return Ok(None) };
    let rate = f64::from_be_bytes(std::array::from_fn(|place| description[12 + place]));
    let number = |at: usize| u32::from_be_bytes(std::array::from_fn(|place| description[at + place]));
    let (flags, channels, bits) = (number(24), number(36), number(40));
    let is_plain =
        description.starts_with(&CAF_DESCRIPTION_HEADER) && description[20..24] == *b"lpcm" && flags & 1 == 0;
    let is_known = rate >= 1.0 && rate <= f64::from(u32::MAX) && number(28) == channels;
    let Some(channels) = u16::try_from(channels).ok().filter(|channels| *channels > 0) else {
        return Ok(None);
    };
    if !is_plain || !is_known || bits != 8 {
        return Ok(None);
    }
    let Some(sound) = caf_sound(file, whole)? else { return Ok(None) };
    let prefix = aiff_header(rate as u32, channels, sound.end - sound.start);
    Ok(Some(PartPlan { prefix, range: sound, ..PartPlan::default() }))
}

/// The samples of a CAF file: its chunk of data after the number of edits. A size of −1 goes on until the end.
fn caf_sound(file: &mut File, whole: &Range<u64>) -> io::Result<Option<Range<u64>>> {
    let mut at = whole.start + CAF_DESCRIPTION;
    for _ in 0..MOST_CHUNKS {
        let Some([a, b, c, d, size @ ..]) = read_at::<{ CAF_CHUNK as usize }>(file, at)? else { break };
        let size = u64::try_from(i64::from_be_bytes(size)).unwrap_or(u64::MAX);
        let end = at.saturating_add(CAF_CHUNK).saturating_add(size);
        if [a, b, c, d] == *b"data" {
            let begin = at + CAF_CHUNK + CAF_EDITS;
            return Ok((begin < whole.end).then(|| begin..end.clamp(begin, whole.end)));
        }
        if end >= whole.end {
            break;
        }
        at = end;
    }
    Ok(None)
}

/// The header of an AIFF file with samples of 8 bits, until the first of them.
fn aiff_header(rate: u32, channels: u16, bytes: u64) -> Vec<u8> {
    let size = |bytes: u64| u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes();
    // A rate is a float of 80 bits: its exponent, and the number shifted until its highest bit is set.
    let zeros = rate.leading_zeros();
    let (exponent, mantissa) = ((16_383 + 31 - zeros) as u16, u64::from(rate) << (32 + zeros));
    let mut header = b"FORM".to_vec();
    header.extend(size(46 + bytes));
    header.extend(b"AIFFCOMM\0\0\0\x12");
    header.extend(channels.to_be_bytes());
    header.extend(size(bytes / u64::from(channels)));
    header.extend(8_u16.to_be_bytes());
    header.extend(exponent.to_be_bytes());
    header.extend(mantissa.to_be_bytes());
    header.extend(b"SSND");
    header.extend(size(8 + bytes));
    header.extend([0; 8]);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(bytes: &[u8]) -> FileLayout {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("file");
        std::fs::write(&path, bytes).expect("written");
        FileLayout::of(&mut File::open(&path).expect("opened")).expect("read")
    }

    fn tag(size: [u8; 4], length: usize) -> Vec<u8> {
        let mut tag = b"ID3\x04\0\0".to_vec();
        tag.extend(size);
        tag.extend(vec![b'x'; length]);
        tag
    }

    /// Tags are passed over one after the other; a length beyond the end leaves the file as it is.
    #[test]
    fn the_sound_begins_after_the_tags() {
        let bytes = [tag([0, 0, 1, 2], 130), tag([0, 0, 0, 3], 3), b"sound".to_vec()].concat();
        assert_eq!(layout(&bytes).parts[0].range, 153..158);
        assert_eq!(layout(&tag([0, 1, 0, 0], 4)).parts[0].range, 0..14);
        assert_eq!(layout(b"").parts[0].range, 0..0);
    }

    fn page(flags: u8, body: usize) -> Vec<u8> {
        let mut page = b"OggS\0".to_vec();
        page.push(flags);
        page.resize(27, 0);
        page[26] = 1;
        page.push(u8::try_from(body).expect("a short body"));
        page.resize(page.len() + body, b'.');
        page
    }

    /// Links are told apart by the pages that begin a stream, also if all have the same serial number, and with noise
    /// between two pages; several streams that begin together are one link.
    #[test]
    fn a_chained_file_is_taken_apart_into_its_links() {
        let link = [page(2, 30), page(2, 30), page(0, 200), page(4, 99)].concat();
        let length = link.len() as u64;
        let twice = [link.clone(), link.clone()].concat();
        let ranges =
            |bytes: &[u8]| layout(bytes).parts.into_iter().map(|part| part.range).collect::<Vec<_>>();
        assert_eq!(ranges(&link), vec![0..length; 1]);
        assert_eq!(ranges(&twice), [0..length, length..2 * length]);
        let noisy = [link.clone(), b"OggOg noise".to_vec(), link.clone()].concat();
        assert_eq!(ranges(&noisy), [0..length + 11, length + 11..2 * length + 11]);
        assert_eq!(ranges(&link[..length as usize - 50]), vec![0..length - 50; 1]);
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "byte strings are references")]
    fn wave(magic: &[u8; 4], size: u32, chunks: &[(&[u8; 4], u32, &[u8])]) -> Vec<u8> {
        let mut bytes = magic.to_vec();
        bytes.extend(size.to_le_bytes());
        bytes.extend(b"WAVE");
        for (id, size, body) in chunks {
            bytes.extend(*id);
            bytes.extend(size.to_le_bytes());
            bytes.extend(*body);
        }
        bytes
    }

    /// Of a WAV file from a pipe the sound goes until the end; a true size stays as it is.
    #[test]
    fn the_sizes_of_a_wave_file_are_true() {
        let sizes = |bytes: &[u8]| {
            let plan = layout(bytes).parts.remove(0);
            let data = bytes.windows(4).position(|window| window == b"data").expect("a chunk") as u64 + 4;
            let patch = plan.patches.iter().find(|patch| patch.at == data);
            (patch.map(|patch| u32::from_le_bytes(patch.bytes)), plan.range.end)
        };
        for size in [0, u32::MAX, 900] {
            let bytes = wave(b"RIFF", size, &[(b"fmt ", 2, b"ab"), (b"data", size, b"0123456789")]);
            assert_eq!(sizes(&bytes), (Some(10), 40), "{size}");
        }
        let whole = wave(b"RIFF", 40, &[(b"data", 10, b"0123456789"), (b"LIST", 10, b"0123456789")]);
        assert_eq!(layout(&whole).parts[0].patches, []);
        let ds64 = [&0_u64.to_le_bytes()[..], &6_u64.to_le_bytes(), &[0; 12]].concat();
        let large = wave(b"RF64", u32::MAX, &[(b"ds64", 28, &ds64), (b"data", u32::MAX, b"0123456789")]);
        assert_eq!(sizes(&large), (Some(6), large.len() as u64 - 4));
    }

    #[test]
    fn the_size_of_an_aiff_file_is_true() {
        let mut bytes = b"FORM\0\0\0\0AIFFSSND\0\0\0\0".to_vec();
        bytes.extend([0; 8 + 6]);
        let patches = layout(&bytes).parts.remove(0).patches;
        let size =
            |at| patches.iter().find(|patch| patch.at == at).map(|patch| u32::from_be_bytes(patch.bytes));
        assert_eq!((size(4), size(16)), (Some(26), Some(14)));
    }

    /// Samples of 8 bits in CAF get the header of AIFF; others stay as they are, and so does a broken description.
    #[test]
    fn samples_of_8_bits_in_caf_become_aiff() {
        let caf = |bits: u32, size: i64| {
            let mut bytes = b"caff\0\x01\0\0desc\0\0\0\0\0\0\0\x20".to_vec();
            bytes.extend(44_100.0_f64.to_be_bytes());
            bytes.extend(b"lpcm\0\0\0\0");
            for number in [2 * bits / 8, 1, 2, bits] {
                bytes.extend(number.to_be_bytes());
            }
            bytes.extend(b"data");
            bytes.extend(size.to_be_bytes());
            bytes.extend(b"\0\0\0\x01sound!tail");
            bytes
        };
        let plan = layout(&caf(8, 4 + 6)).parts.remove(0);
        assert_eq!(plan.range, 68..74);
        let right = b"FORM\0\0\0\x34AIFFCOMM\0\0\0\x12\0\x02\0\0\0\x03\0\x08\x40\x0E\xAC\x44\0\0\0\0\0\0SSND\0\0\0\x0E\0\0\0\0\0\0\0\0";
        assert_eq!(plan.prefix, right);
        assert_eq!(layout(&caf(8, -1)).parts[0].range, 68..78);
        assert_eq!(layout(&caf(16, 4 + 6)).parts[0].prefix, b"");
        assert_eq!(layout(&caf(16, 4 + 6)).parts[0].patches, []);
        // The size of sound from a pipe is told: the number of edits, and all that follows.
        let patches = layout(&caf(16, -1)).parts.remove(0).patches;
        let size: Vec<u8> = patches.iter().flat_map(|patch| patch.bytes).collect();
        assert_eq!((patches[0].at, size), (56, 14_u64.to_be_bytes().to_vec()));
        assert_eq!(layout(&caf(8, 4 + 6)[..60]).parts[0].range, 0..60);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

        /// Whatever the bytes of a file are, its parts lie within it, one after the other.
        #[test]
        fn parts_lie_within_the_file(
            magic in proptest::sample::select(vec![&b"OggS\0\x02"[..], b"RIFF", b"RF64", b"FORM", b"ID3\x04\0\0", b"caff"]),
            rest in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600),
        ) {
            let bytes = [magic, &rest].concat();
            let mut end = 0;
            for part in layout(&bytes).parts {
                assert!(part.range.start >= end && part.range.end <= bytes.len() as u64, "{part:?}");
                end = part.range.end;
            }
        }
    }
}

//! Writes the rendered mix into a WAV file.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};

use super::audio_graph::OFFLINE_RATE;
use crate::foundation::{GrowingOutput, OutputFileError};

/// Samples between two updates of the header, 10 s of sound: after a power cut the file still opens.
const FLUSH_SAMPLES: u64 = 2 * 10 * OFFLINE_RATE as u64;
/// WAV counts bytes in 32 bits, which is six hours of 16-bit stereo at 48 kHz.
const MOST_SAMPLES: u64 = (u32::MAX as u64 - 1_024) / 2;
/// 16-bit stereo.
const SPEC: WavSpec =
    WavSpec { channels: 2, sample_rate: OFFLINE_RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };

/// Why the file cannot be written.
#[derive(Debug, thiserror::Error)]
pub(in crate::mixer) enum WavError {
    #[error("{file}: cannot create the folder: {source}")]
    Folder { file: PathBuf, source: io::Error },
    #[error(transparent)]
    Output(#[from] OutputFileError),
    #[error("{file}: cannot write the sound: {source}")]
    Write { file: PathBuf, source: hound::Error },
    #[error("{file}: a WAV file holds at most six hours; the recording stops here")]
    Full { file: PathBuf },
}

impl WavError {
    /// Whether whoever read the pipe has ended.
    pub(in crate::mixer) fn is_closed_pipe(&self) -> bool {
        match self {
            Self::Output(error) => error.is_closed_pipe(),
            Self::Write { source: hound::Error::IoError(reason), .. } => {
                reason.kind() == io::ErrorKind::BrokenPipe
            }
            _ => false,
        }
    }
}

/// A 16-bit stereo file at [`OFFLINE_RATE`] that is being written.
pub(in crate::mixer) struct WavFile {
    file: PathBuf,
    writer: SampleWriter,
    samples: u64,
    flushed: u64,
}

/// Where samples go.
enum SampleWriter {
    /// The header is corrected while the file grows.
    File(WavWriter<BufWriter<File>>),
    /// What is written into a pipe stays as it is: its header names the greatest length, as players of streams expect.
    Stream(BufWriter<File>),
}

impl SampleWriter {
    fn begin(output: GrowingOutput) -> hound::Result<Self> {
        match output {
            GrowingOutput::File(file) => WavWriter::new(BufWriter::new(file), SPEC).map(Self::File),
            GrowingOutput::Stream(stream) => {
                let mut stream = BufWriter::new(stream);
                stream.write_all(&endless_header())?;
                Ok(Self::Stream(stream))
            }
        }
    }

    fn write_sample(&mut self, sample: i16) -> hound::Result<()> {
        match self {
            Self::File(writer) => writer.write_sample(sample),
            Self::Stream(stream) => Ok(stream.write_all(&sample.to_le_bytes())?),
        }
    }

    fn flush(&mut self) -> hound::Result<()> {
        match self {
            Self::File(writer) => writer.flush(),
            Self::Stream(stream) => Ok(stream.flush()?),
        }
    }

    fn finish(mut self) -> hound::Result<()> {
        self.flush()?;
        match self {
            Self::File(writer) => writer.finalize(),
            Self::Stream(_) => Ok(()),
        }
    }
}

/// The 44 bytes before the samples of a WAV file whose length is not known.
fn endless_header() -> [u8; 44] {
    let frame = SPEC.channels * SPEC.bits_per_sample / 8;
    let mut header = [0; 44];
    header[..4].copy_from_slice(b"RIFF");
    header[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    header[8..16].copy_from_slice(b"WAVEfmt ");
    header[16..20].copy_from_slice(&16_u32.to_le_bytes());
    // Format 1: PCM.
    header[20..22].copy_from_slice(&1_u16.to_le_bytes());
    header[22..24].copy_from_slice(&SPEC.channels.to_le_bytes());
    header[24..28].copy_from_slice(&SPEC.sample_rate.to_le_bytes());
    header[28..32].copy_from_slice(&(SPEC.sample_rate * u32::from(frame)).to_le_bytes());
    header[32..34].copy_from_slice(&frame.to_le_bytes());
    header[34..36].copy_from_slice(&SPEC.bits_per_sample.to_le_bytes());
    header[36..40].copy_from_slice(b"data");
    header[40..].copy_from_slice(&u32::MAX.to_le_bytes());
    header
}

impl WavFile {
    /// Creates the file, and its folder if needed.
    pub(in crate::mixer) fn create(file: &Path) -> Result<Self, WavError> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)
                .map_err(|source| WavError::Folder { file: file.to_owned(), source })?;
        }
        let writer = SampleWriter::begin(GrowingOutput::create(file)?)
            .map_err(|source| WavError::Write { file: file.to_owned(), source })?;
        Ok(Self { file: file.to_owned(), writer, samples: 0, flushed: 0 })
    }

    /// Appends interleaved samples in −1..=1.
    pub(in crate::mixer) fn write(&mut self, samples: &[f32]) -> Result<(), WavError> {
        if self.samples + samples.len() as u64 > MOST_SAMPLES {
            return Err(WavError::Full { file: self.file.clone() });
        }
        self.append(samples).map_err(|source| WavError::Write { file: self.file.clone(), source })
    }

    fn append(&mut self, samples: &[f32]) -> hound::Result<()> {
        for sample in samples {
            self.writer.write_sample((sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16)?;
        }
        self.samples += samples.len() as u64;
        if self.samples - self.flushed >= FLUSH_SAMPLES {
            self.flushed = self.samples;
            self.writer.flush()?;
        }
        Ok(())
    }

    /// Completes the file. Dropping it does the same but reports no error.
    pub(in crate::mixer) fn finish(self) -> Result<(), WavError> {
        let file = self.file;
        self.writer.finish().map_err(|source| WavError::Write { file, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream begins as a file of the same sound does, but for the two lengths, which nobody can know yet.
    #[test]
    fn the_header_of_a_stream_is_that_of_a_file_without_its_lengths() {
        let mut whole = io::Cursor::new(Vec::new());
        WavWriter::new(&mut whole, SPEC).and_then(WavWriter::finalize).expect("written");
        let (mut file, stream) = (whole.into_inner(), endless_header());
        assert_eq!(file.len(), stream.len());
        for length in [4..8, 40..44] {
            assert_eq!(stream[length.clone()], [0xFF; 4]);
            file[length].fill(0xFF);
        }
        assert_eq!(file, stream);
    }
}

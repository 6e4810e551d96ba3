//! Writes the rendered mix into a WAV file.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};

use super::audio_graph::OFFLINE_RATE;

/// Samples between two updates of the header, 10 s of sound: after a power cut the file still opens.
const FLUSH_SAMPLES: u64 = 2 * 10 * OFFLINE_RATE as u64;
/// WAV counts bytes in 32 bits, which is six hours of 16-bit stereo at 48 kHz.
const MOST_SAMPLES: u64 = (u32::MAX as u64 - 1_024) / 2;

/// Why the file cannot be written.
#[derive(Debug, thiserror::Error)]
pub(in crate::mixer) enum WavError {
    #[error("{file}: cannot create the folder: {source}")]
    Folder { file: PathBuf, source: std::io::Error },
    #[error("{file}: cannot write the sound: {source}")]
    Write { file: PathBuf, source: hound::Error },
    #[error("{file}: a WAV file holds at most six hours; the recording stops here")]
    Full { file: PathBuf },
}

/// A 16-bit stereo file at [`OFFLINE_RATE`] that is being written.
pub(in crate::mixer) struct WavFile {
    file: PathBuf,
    writer: WavWriter<BufWriter<File>>,
    samples: u64,
    flushed: u64,
}

impl WavFile {
    /// Creates the file, and its folder if needed.
    pub(in crate::mixer) fn create(file: &Path) -> Result<Self, WavError> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)
                .map_err(|source| WavError::Folder { file: file.to_owned(), source })?;
        }
        let spec = WavSpec {
            channels: 2,
            sample_rate: OFFLINE_RATE,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let writer = WavWriter::create(file, spec)
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
        self.writer.finalize().map_err(|source| WavError::Write { file, source })
    }
}

//! Writes what is heard into a WAV file.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};

use super::console::OFFLINE_RATE;

/// The file is made whole this often, so that a power cut leaves what was heard: every ten seconds of sound.
const FLUSH_SAMPLES: u64 = 2 * 10 * OFFLINE_RATE as u64;
/// The format counts bytes in 32 bits; a run may be longer than that (six hours).
const MOST_SAMPLES: u64 = (u32::MAX as u64 - 1_024) / 2;

/// Why nothing more is written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WavError {
    #[error("{file}: the folder cannot be made: {source}")]
    Folder { file: PathBuf, source: std::io::Error },
    #[error("{file}: the sound cannot be written: {source}")]
    Write { file: PathBuf, source: hound::Error },
    #[error("{file}: a WAV file cannot be longer than six hours; what came until now is kept")]
    Full { file: PathBuf },
}

/// A 16-bit stereo file at [`OFFLINE_RATE`] that is being written.
pub(super) struct WavSink {
    file: PathBuf,
    writer: WavWriter<BufWriter<File>>,
    samples: u64,
    flushed: u64,
}

impl WavSink {
    /// Makes the file, and its folder where needed.
    pub(super) fn create(file: &Path) -> Result<Self, WavError> {
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
    pub(super) fn write(&mut self, samples: &[f32]) -> Result<(), WavError> {
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

    /// Completes the file. Dropping the sink does the same but cannot say what went wrong.
    pub(super) fn finish(self) -> Result<(), WavError> {
        let file = self.file;
        self.writer.finalize().map_err(|source| WavError::Write { file, source })
    }
}

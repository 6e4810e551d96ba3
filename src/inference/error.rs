//! What can be wrong with a model.

use std::path::PathBuf;

use crate::foundation::FileError;

/// Why a model cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ModelError {
    /// The manifest or the network's file.
    #[error(transparent)]
    File(#[from] FileError),
    /// Nobody has heard of this model.
    #[error("no model is called {name:?}: {looked}; the built-in ones are {known}")]
    Unknown { name: String, looked: String, known: String },
    /// The network's file is not the one that the manifest describes.
    #[error("{file}: its SHA-256 is {found}, but {manifest} says {expected}")]
    Hash { file: PathBuf, manifest: PathBuf, expected: String, found: String },
    /// The network's file cannot be understood or run.
    #[error("{file}: {what}: {reason}")]
    Broken { file: PathBuf, what: &'static str, reason: String },
    /// A tensor is not shaped as the manifest says.
    #[error("{file}: {tensor} is {found}, but {manifest} says {expected}")]
    Shape { file: PathBuf, manifest: PathBuf, tensor: String, expected: String, found: String },
    /// A detector where an expression network is wanted, or the other way round.
    #[error("{manifest}: task: this is {found}, but {wanted} is wanted here")]
    Task { manifest: PathBuf, found: &'static str, wanted: &'static str },
}

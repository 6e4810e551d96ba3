//! Where models come from: a folder if one is set, else the binary itself, else the folder of
//! packaged networks beside the program, which are there to compare with.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::embedded::{self, EMBEDDED, Embedded};
use super::{Manifest, ModelError};
use crate::foundation::{FileError, parse_ron, read_ron, shipped_folder};

/// Networks that other projects made, in the source tree and beside the program.
const PACKAGED: &str = "models/packaged";

/// Finds models by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Models {
    folder: Option<PathBuf>,
}

/// Where a model was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelOrigin {
    /// Inside the binary.
    Embedded,
    /// In the folder of models.
    Folder,
    /// In the folder of packaged networks.
    Packaged,
}

/// A manifest and the bytes of its network, which have the hash that it names.
#[derive(Debug, Clone)]
pub struct Model {
    pub name: String,
    pub origin: ModelOrigin,
    pub manifest: Manifest,
    /// Where the manifest lies, for errors.
    pub manifest_file: PathBuf,
    /// Where the network lies, for errors.
    pub network_file: PathBuf,
    /// The ONNX file.
    pub network: Cow<'static, [u8]>,
}

impl Models {
    /// The models inside the binary, and the packaged ones.
    #[must_use]
    pub fn embedded() -> Self {
        Self::default()
    }

    /// The models of a folder; what it has no manifest for comes from the binary or is packaged.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()) }
    }

    /// Reads a model and checks its manifest and its hash.
    ///
    /// # Errors
    /// [`ModelError`] names the file, the place and what was expected.
    pub fn get(&self, name: &str) -> Result<Model, ModelError> {
        let model = match (self.manifest_in_folder(name)?, embedded::find(name)) {
            (Some(manifest), _) => from_folder(name, manifest, ModelOrigin::Folder)?,
            (None, Some(model)) => in_binary(model)?,
            (None, None) => {
                let manifest = packaged(name).ok_or_else(|| self.unknown(name))?;
                from_folder(name, manifest, ModelOrigin::Packaged)?
            }
        };
        check_hash(&model)?;
        Ok(model)
    }

    /// The names of all models, in the binary, in the folder and packaged, in order.
    ///
    /// # Errors
    /// [`FileError::Unreadable`] when a folder cannot be read.
    pub fn names(&self) -> Result<Vec<String>, FileError> {
        let mut names: Vec<String> = EMBEDDED.iter().map(|model| model.name.to_owned()).collect();
        if let Some(folder) = &self.folder {
            names.extend(names_in(folder)?);
        }
        let packaged = shipped_folder(Path::new(PACKAGED));
        if packaged.is_dir() {
            names.extend(names_in(&packaged)?);
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn manifest_in_folder(&self, name: &str) -> Result<Option<PathBuf>, FileError> {
        let Some(folder) = &self.folder else { return Ok(None) };
        if !folder.is_dir() {
            let missing = io::Error::new(io::ErrorKind::NotFound, "the folder of models is not there");
            return Err(FileError::unreadable(folder, missing));
        }
        let manifest = folder.join(format!("{name}.ron"));
        Ok(manifest.is_file().then_some(manifest))
    }

    fn unknown(&self, name: &str) -> ModelError {
        let looked = match &self.folder {
            Some(folder) => format!("{} has no {name}.ron", folder.display()),
            None => "no folder of models is set".into(),
        };
        let known = self.names().unwrap_or_default().join(", ");
        ModelError::Unknown { name: name.to_owned(), looked, known }
    }
}

fn packaged(name: &str) -> Option<PathBuf> {
    let manifest = shipped_folder(Path::new(PACKAGED)).join(format!("{name}.ron"));
    manifest.is_file().then_some(manifest)
}

fn names_in(folder: &Path) -> Result<Vec<String>, FileError> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| FileError::unreadable(folder, error))? {
        let file = entry.map_err(|error| FileError::unreadable(folder, error))?.path();
        if file.extension().is_some_and(|extension| extension == "ron")
            && let Some(stem) = file.file_stem().and_then(|stem| stem.to_str())
        {
            names.push(stem.to_owned());
        }
    }
    Ok(names)
}

fn in_binary(model: &'static Embedded) -> Result<Model, ModelError> {
    let manifest_file = PathBuf::from(format!("models/{}.ron", model.name));
    let manifest: Manifest = parse_ron(&manifest_file, model.manifest)?;
    manifest.validate(&manifest_file)?;
    Ok(Model {
        name: model.name.to_owned(),
        origin: ModelOrigin::Embedded,
        network_file: Path::new("models").join(&manifest.file),
        manifest,
        manifest_file,
        network: Cow::Borrowed(model.network),
    })
}

fn from_folder(name: &str, manifest_file: PathBuf, origin: ModelOrigin) -> Result<Model, ModelError> {
    let manifest: Manifest = read_ron(&manifest_file)?;
    manifest.validate(&manifest_file)?;
    let network_file = manifest_file.with_file_name(&manifest.file);
    let network =
        std::fs::read(&network_file).map_err(|error| FileError::unreadable(&network_file, error))?;
    Ok(Model {
        name: name.to_owned(),
        origin,
        manifest,
        manifest_file,
        network_file,
        network: Cow::Owned(network),
    })
}

fn check_hash(model: &Model) -> Result<(), ModelError> {
    let found = format!("{:x}", Sha256::digest(&model.network));
    if found.eq_ignore_ascii_case(&model.manifest.sha256) {
        return Ok(());
    }
    Err(ModelError::Hash {
        file: model.network_file.clone(),
        manifest: model.manifest_file.clone(),
        expected: model.manifest.sha256.clone(),
        found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).expect("written");
        }
        dir
    }

    #[test]
    fn every_shipped_model_is_valid_and_has_its_hash() {
        let models = Models::embedded();
        for name in models.names().expect("names") {
            let model = models.get(&name).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(model.origin == ModelOrigin::Embedded, embedded::find(&name).is_some(), "{name}");
            assert!(!model.manifest.licence.is_empty() && !model.manifest.origin.is_empty());
        }
    }

    #[test]
    fn a_network_that_is_not_there_is_named() {
        let manifest =
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/packaged/fer_mini_xception.ron"));
        let dir = folder_with(&[("own.ron", manifest)]);
        let words = Models::in_folder(dir.path()).get("own").unwrap_err().to_string();
        assert!(words.contains("fer_mini_xception.onnx: cannot be read"), "{words}");
    }

    #[test]
    fn a_network_with_another_hash_is_refused_with_both_hashes() {
        let manifest =
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/packaged/fer_mini_xception.ron"));
        let dir = folder_with(&[("own.ron", manifest), ("fer_mini_xception.onnx", "not a network")]);
        let words = Models::in_folder(dir.path()).get("own").unwrap_err().to_string();
        assert!(words.contains("own.ron says 78c296a7"), "{words}");
    }

    #[test]
    fn a_folder_overrides_by_name_and_the_rest_stays() {
        let manifest =
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/packaged/fer_mini_xception.ron"));
        let dir = folder_with(&[("fer_mini_xception.ron", manifest)]);
        let network =
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/packaged/fer_mini_xception.onnx"));
        std::fs::write(dir.path().join("fer_mini_xception.onnx"), network).expect("written");
        let models = Models::in_folder(dir.path());
        assert_eq!(models.get("fer_mini_xception").expect("valid").origin, ModelOrigin::Folder);
        assert_eq!(models.get("faceapi_expression").expect("valid").origin, ModelOrigin::Packaged);
        assert_eq!(models.get("expression").expect("valid").origin, ModelOrigin::Embedded);
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let words = Models::embedded().get("mood_ring").unwrap_err().to_string();
        assert!(words.contains("\"mood_ring\"") && words.contains("faceapi_expression"), "{words}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let words = Models::in_folder("/nowhere/models").get("own").unwrap_err().to_string();
        assert!(words.contains("/nowhere/models"), "{words}");
    }
}

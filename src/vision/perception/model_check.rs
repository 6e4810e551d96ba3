//! Whether each model is whole, for `attune doctor`.

use serde::Serialize;

use crate::foundation::FileError;
use crate::inference::{Model, ModelError, ModelOrigin, Models, Task};
use crate::vision::expression::Classifier;
use crate::vision::face::Detector;

/// What was found out about one model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelCheck {
    pub name: String,
    /// Where it was found, if it was.
    pub origin: Option<ModelOrigin>,
    /// What it is for, e.g. "a face detector".
    pub task: Option<&'static str>,
    /// SPDX name of its licence.
    pub licence: Option<String>,
    /// Whether the file has the hash that the manifest names.
    pub hash_ok: bool,
    /// Whether it can be run.
    pub loadable: bool,
    /// What is wrong, with file and place.
    pub problem: Option<String>,
}

/// Checks every model, in the binary and in the folder.
///
/// # Errors
/// [`FileError::Unreadable`] when the folder cannot be read.
pub fn check_models(models: &Models) -> Result<Vec<ModelCheck>, FileError> {
    Ok(models.names()?.into_iter().map(|name| check(models, name)).collect())
}

fn check(models: &Models, name: String) -> ModelCheck {
    match models.get(&name) {
        Ok(model) => {
            let problem = try_loading(&model).err().map(|error| error.to_string());
            ModelCheck {
                name,
                origin: Some(model.origin),
                task: Some(model.manifest.task.words()),
                licence: Some(model.manifest.licence),
                hash_ok: true,
                loadable: problem.is_none(),
                problem,
            }
        }
        Err(error) => ModelCheck {
            name,
            origin: None,
            task: None,
            licence: None,
            hash_ok: false,
            loadable: false,
            problem: Some(error.to_string()),
        },
    }
}

fn try_loading(model: &Model) -> Result<(), ModelError> {
    match model.manifest.task {
        Task::Detector(_) => Detector::load(model).map(drop),
        Task::Expression(_) => Classifier::load(model).map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_model_is_whole() {
        let checks = check_models(&Models::embedded()).expect("no folder to read");
        assert!(checks.len() >= 3);
        for check in checks {
            assert!(check.hash_ok && check.loadable && check.problem.is_none(), "{check:?}");
            assert!(matches!(check.origin, Some(ModelOrigin::Embedded | ModelOrigin::Packaged)), "{check:?}");
        }
    }

    #[test]
    fn a_broken_model_is_told_with_its_file() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(dir.path().join("own.ron"), "(file: 3)").expect("written");
        let checks = check_models(&Models::in_folder(dir.path())).expect("readable");
        let own = checks.iter().find(|check| check.name == "own").expect("listed");
        assert!(!own.hash_ok && !own.loadable);
        assert!(own.problem.as_ref().is_some_and(|words| words.contains("own.ron:1:")), "{own:?}");
    }
}

//! The models inside the binary.

/// A model that travels in the binary.
pub(super) struct Embedded {
    pub(super) name: &'static str,
    pub(super) manifest: &'static str,
    pub(super) network: &'static [u8],
}

macro_rules! embedded {
    ($($name:literal),+ $(,)?) => {
        &[$(Embedded {
            name: $name,
            manifest: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/", $name, ".ron")),
            network: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/", $name, ".onnx")),
        }),+]
    };
}

/// Every manifest in `models/`; a test compares this list with the folder.
pub(super) const EMBEDDED: &[Embedded] = embedded!["expression", "face_detection_short_range"];

pub(super) fn find(name: &str) -> Option<&'static Embedded> {
    EMBEDDED.iter().find(|model| model.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::foundation::parse_ron;
    use crate::inference::Manifest;

    #[test]
    fn every_manifest_in_the_folder_is_embedded() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/models");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .expect("the folder of models")
            .filter_map(|entry| entry.expect("readable").file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".ron").map(str::to_owned))
            .collect();
        let listed: BTreeSet<String> = EMBEDDED.iter().map(|model| model.name.to_owned()).collect();
        assert_eq!(files, listed);
    }

    #[test]
    fn embedded_manifests_name_the_file_that_is_embedded() {
        for model in EMBEDDED {
            let manifest: Manifest = parse_ron(model.name.as_ref(), model.manifest).expect("valid");
            assert_eq!(manifest.file, format!("{}.onnx", model.name));
        }
    }
}

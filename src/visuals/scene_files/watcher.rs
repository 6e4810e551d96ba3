//! Notices scenes and shaders that a person writes while they are shown.
//!
//! Files are compared by their time of change once a second. A watch of the file system would save little and costs
//! more: editors replace, rename and truncate files in their own ways, and a folder may not be there yet.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, SystemTime};

use super::library::{PALETTES, PRESENCE, SceneLibrary};
use super::shader_check::read_shader;
use crate::foundation::{WorkDone, Worker, WorkerError, WorkerOptions};
use crate::visuals::people::PersonLightTiming;
use crate::visuals::scene::{Scene, Visualizer};

/// A change in the folder of scenes.
#[derive(Debug, Clone)]
pub(super) enum SceneFileUpdate {
    /// A scene is new or was written again.
    Scene(Box<Scene>),
    /// A scene is there no longer.
    Gone(String),
    /// The response to people was written again.
    Presence(Box<PersonLightTiming>),
    /// A shader was written again, and is whole; `None` is the one that Attune ships with.
    Shader(Visualizer, Option<String>),
    /// A file is broken: its name, and what is wrong with file, place and what was expected.
    Broken(String, String),
    /// A file that was broken is whole again.
    Mended(String),
}

/// Time between two checks of the folder.
const EVERY: Duration = Duration::from_secs(1);

/// Remembers when each file was written.
#[derive(Debug)]
pub(super) struct SceneWatcher {
    library: SceneLibrary,
    scenes: BTreeMap<String, Option<SystemTime>>,
    shaders: BTreeMap<Visualizer, SystemTime>,
    broken: Vec<String>,
    /// Colours that a person wrote; every scene is new when they change.
    colors: Option<SystemTime>,
    presence: Option<SystemTime>,
}

impl SceneWatcher {
    /// Has seen nothing yet, so that everything is new.
    pub(super) fn new(library: SceneLibrary) -> Self {
        Self {
            library,
            scenes: BTreeMap::new(),
            shaders: BTreeMap::new(),
            broken: Vec::new(),
            colors: None,
            presence: None,
        }
    }

    /// Reads what was written since the last check.
    pub(super) fn check(&mut self) -> Vec<SceneFileUpdate> {
        let mut updates = Vec::new();
        let colors = self.library.written(PALETTES);
        if colors != self.colors {
            self.colors = colors;
            self.scenes.clear();
        }
        let names = self.library.names();
        for name in &names {
            let written = self.library.written(name);
            if self.scenes.insert(name.clone(), written) == Some(written) {
                continue;
            }
            let file = format!("{name}.ron");
            match self.library.load(name) {
                Ok(scene) => {
                    self.note_mended(&file, &mut updates);
                    updates.push(SceneFileUpdate::Scene(Box::new(scene)));
                }
                Err(error) => self.note_broken(file, error.to_string(), &mut updates),
            }
        }
        let gone: Vec<String> = self.scenes.keys().filter(|name| !names.contains(name)).cloned().collect();
        for name in gone {
            self.scenes.remove(&name);
            self.note_mended(&format!("{name}.ron"), &mut updates);
            updates.push(SceneFileUpdate::Gone(name));
        }
        for visualizer in Visualizer::ALL {
            self.look_at_shader(visualizer, &mut updates);
        }
        self.look_at_presence(&mut updates);
        updates
    }

    fn look_at_presence(&mut self, updates: &mut Vec<SceneFileUpdate>) {
        let written = self.library.presence_written();
        if written == self.presence {
            return;
        }
        self.presence = written;
        let file = format!("{PRESENCE}.ron");
        match self.library.presence_response() {
            Ok(response) => {
                self.note_mended(&file, updates);
                updates.push(SceneFileUpdate::Presence(Box::new(response)));
            }
            Err(error) => self.note_broken(file, error.to_string(), updates),
        }
    }

    fn look_at_shader(&mut self, visualizer: Visualizer, updates: &mut Vec<SceneFileUpdate>) {
        let file = self.library.folder().map(|folder| folder.join(format!("{}.wgsl", visualizer.name())));
        let written = file.as_ref().and_then(|file| fs::metadata(file).and_then(|data| data.modified()).ok());
        let (Some(file), Some(written)) = (file, written) else {
            if self.shaders.remove(&visualizer).is_some() {
                self.note_mended(&format!("{}.wgsl", visualizer.name()), updates);
                updates.push(SceneFileUpdate::Shader(visualizer, None));
            }
            return;
        };
        if self.shaders.insert(visualizer, written) == Some(written) {
            return;
        }
        let name = format!("{}.wgsl", visualizer.name());
        match read_shader(&file) {
            Ok(text) => {
                self.note_mended(&name, updates);
                updates.push(SceneFileUpdate::Shader(visualizer, Some(text)));
            }
            Err(error) => self.note_broken(name, error.to_string(), updates),
        }
    }

    fn note_broken(&mut self, file: String, words: String, updates: &mut Vec<SceneFileUpdate>) {
        if !self.broken.contains(&file) {
            self.broken.push(file.clone());
        }
        updates.push(SceneFileUpdate::Broken(file, words));
    }

    fn note_mended(&mut self, file: &str, updates: &mut Vec<SceneFileUpdate>) {
        if let Some(place) = self.broken.iter().position(|broken| broken == file) {
            updates.push(SceneFileUpdate::Mended(self.broken.remove(place)));
        }
    }

    /// Checks again and again on a thread of its own until the worker is dropped. The thread waits while nobody takes updates.
    ///
    /// # Errors
    /// [`WorkerError`] if the system gives no thread.
    pub(super) fn watch(mut self) -> Result<Worker<(), SceneFileUpdate>, WorkerError> {
        Worker::spawn(WorkerOptions::named("scenes"), move |context| {
            loop {
                if !self.check().into_iter().all(|update| context.report(update)) || !context.sleep(EVERY) {
                    return WorkDone::Finished;
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(updates: &[SceneFileUpdate]) -> Vec<String> {
        updates
            .iter()
            .map(|one| match one {
                SceneFileUpdate::Scene(scene) => format!("scene {}", scene.title),
                SceneFileUpdate::Presence(response) => format!("presence {}", response.idle_strength),
                SceneFileUpdate::Gone(name) => format!("gone {name}"),
                SceneFileUpdate::Shader(visualizer, text) => {
                    format!("shader {} {}", visualizer.name(), text.is_some())
                }
                SceneFileUpdate::Broken(file, what) => format!("broken {file} {what}"),
                SceneFileUpdate::Mended(file) => format!("mended {file}"),
            })
            .collect()
    }

    fn touch(file: &std::path::Path, text: &str, second: u64) {
        fs::write(file, text).expect("written");
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + second);
        fs::File::options().write(true).open(file).and_then(|f| f.set_modified(time)).expect("a time");
    }

    const AURORA: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/aurora.ron"));
    const SHADER: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/aurora.wgsl"));

    #[test]
    fn a_scene_that_is_written_again_is_news_and_a_broken_one_is_named_until_it_is_mended() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut watcher = SceneWatcher::new(SceneLibrary::new(dir.path()));
        let shipped = watcher.check().len();
        assert!(shipped >= 1 && watcher.check().is_empty());

        let file = dir.path().join("mine.ron");
        let mine = AURORA.replace("\"aurora\"", "\"mine\"").replace("Aurora over water", "Mine");
        touch(&file, &mine, 1);
        assert_eq!(described(&watcher.check()), ["scene Mine"]);
        touch(&file, "(\n name: \"mine\",\n oops: 1)", 2);
        let found = described(&watcher.check());
        assert!(found[0].starts_with("broken mine.ron") && found[0].contains("mine.ron:3"), "{found:?}");
        assert!(watcher.check().is_empty());
        touch(&file, &mine, 3);
        assert_eq!(described(&watcher.check()), ["mended mine.ron", "scene Mine"]);
        fs::remove_file(&file).expect("removed");
        assert_eq!(described(&watcher.check()), ["gone mine"]);
    }

    #[test]
    fn the_response_to_people_is_taken_over_and_goes_back_with_its_file() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut watcher = SceneWatcher::new(SceneLibrary::new(dir.path()));
        watcher.check();
        let file = dir.path().join("presence.ron");
        touch(&file, "(idle_strength: 0.25)", 1);
        assert_eq!(described(&watcher.check()), ["presence 0.25"]);
        touch(&file, "(idle_strength: 7.0)", 2);
        let found = described(&watcher.check());
        assert!(found[0].starts_with("broken presence.ron") && found[0].contains('7'), "{found:?}");
        fs::remove_file(&file).expect("removed");
        assert_eq!(described(&watcher.check()), ["mended presence.ron", "presence 0.6"]);
    }

    #[test]
    fn a_shader_is_taken_over_when_it_compiles_and_named_with_its_line_when_not() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut watcher = SceneWatcher::new(SceneLibrary::new(dir.path()));
        watcher.check();
        let file = dir.path().join("aurora.wgsl");
        touch(&file, SHADER, 1);
        assert_eq!(described(&watcher.check()), ["shader aurora true"]);
        touch(&file, &format!("// one\nfn oops() -> f32 {{ return 1.0 }}\n{SHADER}"), 2);
        let found = described(&watcher.check());
        assert!(found[0].contains("aurora.wgsl:2:"), "{found:?}");
        touch(&file, &format!("// one\n\nfn oops() -> f32 {{ return vec2(1.0); }}\n{SHADER}"), 3);
        let found = described(&watcher.check());
        assert!(found[0].starts_with("broken") && found[0].contains("aurora.wgsl:3:"), "{found:?}");
        fs::remove_file(&file).expect("removed");
        assert_eq!(described(&watcher.check()), ["mended aurora.wgsl", "shader aurora false"]);
    }
}

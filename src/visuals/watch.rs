//! Looking for scenes and shaders that a person writes while they are shown.

use std::collections::BTreeMap;
use std::fs;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, SystemTime};

use super::company::Manners;
use super::library::{Library, PALETTES, PRESENCE};
use super::scene::Scene;
use super::scenes::Visualizer;

/// Something new in the folder of scenes.
#[derive(Debug, Clone)]
pub(super) enum News {
    /// A scene is new or was written again.
    Scene(Box<Scene>),
    /// A scene is there no longer.
    Gone(String),
    /// How the picture answers people was written again.
    Manners(Box<Manners>),
    /// A shader was written again, and is whole; `None` is the one that Attune ships with.
    Shader(Visualizer, Option<String>),
    /// A file is broken: its name, and what is wrong with file, place and what was expected.
    Broken(String, String),
    /// A file that was broken is whole again.
    Mended(String),
}

/// How often the folder is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// News that wait to be read; the thread waits when there are more.
const MOST_NEWS: usize = 64;

/// Remembers when each file was written.
#[derive(Debug)]
pub(super) struct Watcher {
    library: Library,
    scenes: BTreeMap<String, Option<SystemTime>>,
    shaders: BTreeMap<Visualizer, SystemTime>,
    broken: Vec<String>,
    /// Colours that a person wrote; every scene is new when they change.
    colors: Option<SystemTime>,
    manners: Option<SystemTime>,
}

impl Watcher {
    /// Has seen nothing yet, so that everything is new.
    pub(super) fn new(library: Library) -> Self {
        Self {
            library,
            scenes: BTreeMap::new(),
            shaders: BTreeMap::new(),
            broken: Vec::new(),
            colors: None,
            manners: None,
        }
    }

    /// Reads what was written since the last look.
    pub(super) fn look(&mut self) -> Vec<News> {
        let mut news = Vec::new();
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
                    self.mend(&file, &mut news);
                    news.push(News::Scene(Box::new(scene)));
                }
                Err(error) => self.breaks(file, error.to_string(), &mut news),
            }
        }
        let gone: Vec<String> = self.scenes.keys().filter(|name| !names.contains(name)).cloned().collect();
        for name in gone {
            self.scenes.remove(&name);
            self.mend(&format!("{name}.ron"), &mut news);
            news.push(News::Gone(name));
        }
        for visualizer in Visualizer::ALL {
            self.look_at_shader(visualizer, &mut news);
        }
        self.look_at_manners(&mut news);
        news
    }

    fn look_at_manners(&mut self, news: &mut Vec<News>) {
        let written = self.library.manners_written();
        if written == self.manners {
            return;
        }
        self.manners = written;
        let file = format!("{PRESENCE}.ron");
        match self.library.manners() {
            Ok(manners) => {
                self.mend(&file, news);
                news.push(News::Manners(Box::new(manners)));
            }
            Err(error) => self.breaks(file, error.to_string(), news),
        }
    }

    fn look_at_shader(&mut self, visualizer: Visualizer, news: &mut Vec<News>) {
        let file = self.library.folder().map(|folder| folder.join(format!("{}.wgsl", visualizer.name())));
        let written = file.as_ref().and_then(|file| fs::metadata(file).and_then(|data| data.modified()).ok());
        let (Some(file), Some(written)) = (file, written) else {
            if self.shaders.remove(&visualizer).is_some() {
                self.mend(&format!("{}.wgsl", visualizer.name()), news);
                news.push(News::Shader(visualizer, None));
            }
            return;
        };
        if self.shaders.insert(visualizer, written) == Some(written) {
            return;
        }
        let name = format!("{}.wgsl", visualizer.name());
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()));
        match text.and_then(|text| check_shader(&file, &text).map(|()| text)) {
            Ok(text) => {
                self.mend(&name, news);
                news.push(News::Shader(visualizer, Some(text)));
            }
            Err(words) => self.breaks(name, words, news),
        }
    }

    fn breaks(&mut self, file: String, words: String, news: &mut Vec<News>) {
        if !self.broken.contains(&file) {
            self.broken.push(file.clone());
        }
        news.push(News::Broken(file, words));
    }

    fn mend(&mut self, file: &str, news: &mut Vec<News>) {
        if let Some(place) = self.broken.iter().position(|broken| broken == file) {
            news.push(News::Mended(self.broken.remove(place)));
        }
    }

    /// Goes on looking on a thread of its own, until nobody listens any more.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn watch(mut self) -> std::io::Result<Receiver<News>> {
        let (sender, receiver) = sync_channel(MOST_NEWS);
        thread::Builder::new().name("scenes".into()).spawn(move || {
            loop {
                thread::sleep(EVERY);
                if !tell(self.look(), &sender) {
                    return;
                }
            }
        })?;
        Ok(receiver)
    }
}

/// `false` when nobody listens any more. News that find no room wait.
fn tell(news: Vec<News>, sender: &SyncSender<News>) -> bool {
    news.into_iter().all(|one| sender.send(one).is_ok())
}

/// Whether a scene's WGSL compiles, with file, line and what is wrong.
pub(super) fn check_shader(file: &std::path::Path, text: &str) -> Result<(), String> {
    let source = Visualizer::shader_from(text).replace("#{MATERIAL_BIND_GROUP}", "2");
    let at = |line: Option<u32>, words: &str| match line {
        Some(line) => format!("{}:{line}: {words}", file.display()),
        None => format!("{}: {words}", file.display()),
    };
    let module = naga::front::wgsl::parse_str(&source).map_err(|error| {
        // Some errors begin with a place that is nowhere.
        let mut places = error.labels().map(|(span, _)| span).filter(naga::Span::is_defined);
        at(places.next().map(|span| span.location(&source).line_number), error.message())
    })?;
    let (flags, plain) = (naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty());
    naga::valid::Validator::new(flags, plain).validate(&module).map_err(|error| {
        let line = error.location(&source).map(|place| place.line_number);
        let mut words = error.as_inner().to_string();
        let mut cause = std::error::Error::source(error.as_inner());
        while let Some(inner) = cause {
            words = format!("{words}: {inner}");
            cause = inner.source();
        }
        at(line, &words)
    })?;
    if module.entry_points.iter().any(|entry| entry.name == "fragment") {
        return Ok(());
    }
    Err(at(None, "the function \"fragment\" is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(news: &[News]) -> Vec<String> {
        news.iter()
            .map(|one| match one {
                News::Scene(scene) => format!("scene {}", scene.title),
                News::Manners(manners) => format!("manners {}", manners.dream_strength),
                News::Gone(name) => format!("gone {name}"),
                News::Shader(visualizer, text) => format!("shader {} {}", visualizer.name(), text.is_some()),
                News::Broken(file, what) => format!("broken {file} {what}"),
                News::Mended(file) => format!("mended {file}"),
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
        let mut watcher = Watcher::new(Library::new(dir.path()));
        let shipped = watcher.look().len();
        assert!(shipped >= 1 && watcher.look().is_empty());

        let file = dir.path().join("mine.ron");
        let mine = AURORA.replace("\"aurora\"", "\"mine\"").replace("Aurora over water", "Mine");
        touch(&file, &mine, 1);
        assert_eq!(words(&watcher.look()), ["scene Mine"]);
        touch(&file, "(\n name: \"mine\",\n oops: 1)", 2);
        let found = words(&watcher.look());
        assert!(found[0].starts_with("broken mine.ron") && found[0].contains("mine.ron:3"), "{found:?}");
        assert!(watcher.look().is_empty());
        touch(&file, &mine, 3);
        assert_eq!(words(&watcher.look()), ["mended mine.ron", "scene Mine"]);
        fs::remove_file(&file).expect("removed");
        assert_eq!(words(&watcher.look()), ["gone mine"]);
    }

    #[test]
    fn how_people_are_answered_is_taken_over_and_goes_back_with_its_file() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut watcher = Watcher::new(Library::new(dir.path()));
        watcher.look();
        let file = dir.path().join("presence.ron");
        touch(&file, "(dream_strength: 0.25)", 1);
        assert_eq!(words(&watcher.look()), ["manners 0.25"]);
        touch(&file, "(dream_strength: 7.0)", 2);
        let found = words(&watcher.look());
        assert!(found[0].starts_with("broken presence.ron") && found[0].contains('7'), "{found:?}");
        fs::remove_file(&file).expect("removed");
        assert_eq!(words(&watcher.look()), ["mended presence.ron", "manners 0.6"]);
    }

    #[test]
    fn a_shader_is_taken_over_when_it_compiles_and_named_with_its_line_when_not() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut watcher = Watcher::new(Library::new(dir.path()));
        watcher.look();
        let file = dir.path().join("aurora.wgsl");
        touch(&file, SHADER, 1);
        assert_eq!(words(&watcher.look()), ["shader aurora true"]);
        touch(&file, &format!("// one\nfn oops() -> f32 {{ return 1.0 }}\n{SHADER}"), 2);
        let found = words(&watcher.look());
        assert!(found[0].contains("aurora.wgsl:2:"), "{found:?}");
        touch(&file, &format!("// one\n\nfn oops() -> f32 {{ return vec2(1.0); }}\n{SHADER}"), 3);
        let found = words(&watcher.look());
        assert!(found[0].starts_with("broken") && found[0].contains("aurora.wgsl:3:"), "{found:?}");
        fs::remove_file(&file).expect("removed");
        assert_eq!(words(&watcher.look()), ["mended aurora.wgsl", "shader aurora false"]);
    }
}

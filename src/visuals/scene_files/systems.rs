//! Reads the scenes at the start and takes over files that a person writes while they are shown.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::shader::Shader;

use super::library::SceneLibrary;
use super::watcher::{SceneFileUpdate, SceneWatcher};
use crate::foundation::{ClockMode, FaultKey, Faults, Folders, FrameStage, Worker, WorkerEvent};
use crate::settings::SectionChanged;
use crate::visuals::draw::replace_shader;
use crate::visuals::faults;
use crate::visuals::people::{PeopleLights, PersonLightTiming};
use crate::visuals::scene::{AdvanceScenes, SceneChange, SceneCrossfade, SceneSources};
use crate::visuals::settings::VisualsSettings;

pub(in crate::visuals) fn plugin(app: &mut App) {
    app.add_message::<SectionChanged<VisualsSettings>>().add_systems(Startup, open_scenes).add_systems(
        Update,
        (adapt_colors, take_updates.run_if(resource_exists::<SceneFileInbox>))
            .chain()
            .in_set(FrameStage::Present)
            .before(AdvanceScenes)
            .run_if(resource_exists::<SceneCrossfade>),
    );
}

/// The thread that looks for changes of a person's files.
#[derive(Resource)]
struct SceneFileInbox(Worker<(), SceneFileUpdate>);

/// Where faults are raised, and when.
#[derive(SystemParam)]
struct FaultLog<'w> {
    faults: ResMut<'w, Faults>,
    time: Res<'w, Time>,
}

impl FaultLog<'_> {
    fn raise(&mut self, key: FaultKey, what: impl Into<String>) {
        self.faults.raise(key, what, self.time.elapsed());
    }
}

fn open_scenes(
    mut commands: Commands,
    settings: Res<VisualsSettings>,
    clock_mode: Res<ClockMode>,
    folders: Res<Folders>,
    mut log: FaultLog,
    mut shaders: Option<ResMut<Assets<Shader>>>,
) {
    let library = SceneLibrary::of(&settings, &folders);
    // What is wrong with a person's own file is told with the other files below.
    match library.presence_response().or_else(|_| PersonLightTiming::shipped()) {
        Ok(response) => commands.insert_resource(PeopleLights::new(response)),
        Err(error) => log.raise(faults::PRESENCE, error.to_string()),
    }
    let first = library.load(&settings.scene).or_else(|error| {
        log.raise(faults::SCENE, format!("{error}. The built-in scene is shown instead."));
        SceneLibrary::fallback()
    });
    let scene = match first {
        Ok(scene) => scene,
        Err(error) => {
            log.raise(faults::SCENE, error.to_string());
            return;
        }
    };
    let mut crossfade = SceneCrossfade::new(scene, Vec::new());
    let mut broken = BrokenSceneFiles::default();
    let mut watcher = SceneWatcher::new(library);
    for update in watcher.check() {
        // The lights have their response already.
        broken.take(update, &mut crossfade, None, shaders.as_deref_mut());
    }
    // What is wrong with the scene at the start is said already.
    broken.0.retain(|(file, _)| *file != format!("{}.ron", settings.scene));
    broken.tell(&mut log);
    commands.insert_resource(crossfade);
    commands.insert_resource(broken);
    // A stepped run reads its scenes once, so that it does not depend on when a file is saved.
    if !clock_mode.is_stepped() {
        watch(watcher, &mut commands, &mut log);
    }
}

fn watch(watcher: SceneWatcher, commands: &mut Commands, log: &mut FaultLog) {
    match watcher.watch() {
        Ok(worker) => commands.insert_resource(SceneFileInbox(worker)),
        Err(error) => log.raise(faults::SCENE_WATCH, unwatched(&error.to_string())),
    }
}

/// Reads the scenes again when their colours are to be adapted to other colour vision or another light in the room. The
/// colours ease from where they are.
fn adapt_colors(
    mut changes: MessageReader<SectionChanged<VisualsSettings>>,
    mut commands: Commands,
    (settings, folders, clock_mode): (Res<VisualsSettings>, Res<Folders>, Res<ClockMode>),
    mut targets: SceneFileTargets,
    mut broken: ResMut<BrokenSceneFiles>,
    mut log: FaultLog,
) {
    let adaptation = |settings: &VisualsSettings| (settings.safe_colors, settings.room_light);
    if !changes.read().any(|change| adaptation(&change.before) != adaptation(&settings)) {
        return;
    }
    let mut watcher = SceneWatcher::new(SceneLibrary::of(&settings, &folders));
    broken.0.clear();
    if clock_mode.is_stepped() {
        let SceneFileTargets { crossfade, lights, shaders } = &mut targets;
        for update in watcher.check() {
            broken.take(update, crossfade, lights.as_deref_mut(), shaders.as_deref_mut());
        }
        broken.tell(&mut log);
    } else {
        // A thread reads them, and takes the place of the one that has watched so far.
        watch(watcher, &mut commands, &mut log);
    }
}

fn unwatched(why: &str) -> String {
    format!("Changes of scene files are not noticed: {why}.")
}

/// Files that are broken, and what is wrong with them.
#[derive(Resource, Default)]
struct BrokenSceneFiles(Vec<(String, String)>);

impl BrokenSceneFiles {
    fn take(
        &mut self,
        update: SceneFileUpdate,
        crossfade: &mut SceneCrossfade,
        lights: Option<&mut PeopleLights>,
        shaders: Option<&mut Assets<Shader>>,
    ) {
        match update {
            SceneFileUpdate::Presence(response) => {
                if let Some(lights) = lights {
                    lights.set_response(*response);
                }
            }
            SceneFileUpdate::Scene(scene) => crossfade.put(*scene),
            // A shipped scene that a broken file had replaced comes back as a scene of its own.
            SceneFileUpdate::Gone(name) => crossfade.remove(&name),
            SceneFileUpdate::Shader(visualizer, text) => {
                if let Some(shaders) = shaders {
                    replace_shader(shaders, visualizer, text.as_deref().unwrap_or(visualizer.wgsl()));
                }
            }
            SceneFileUpdate::Broken(file, what) => {
                self.0.retain(|(other, _)| *other != file);
                self.0.push((file, what));
            }
            SceneFileUpdate::Mended(file) => self.0.retain(|(other, _)| *other != file),
        }
    }

    fn tell(&self, log: &mut FaultLog) {
        match self.0.first() {
            Some((_, what)) => {
                log.raise(faults::SCENE_FILES, format!("{what}. The last working version stays in use."));
            }
            None => log.faults.clear(faults::SCENE_FILES),
        }
    }
}

/// What files can change.
#[derive(SystemParam)]
struct SceneFileTargets<'w> {
    crossfade: ResMut<'w, SceneCrossfade>,
    lights: Option<ResMut<'w, PeopleLights>>,
    shaders: Option<ResMut<'w, Assets<Shader>>>,
}

/// Takes over files that were written since the last frame. A broken one is a fault; its last working version stays.
fn take_updates(
    inbox: Res<SceneFileInbox>,
    mut broken: ResMut<BrokenSceneFiles>,
    mut targets: SceneFileTargets,
    mut log: FaultLog,
    settings: Res<VisualsSettings>,
    sources: SceneSources,
) {
    let (mut any, mut mended) = (false, false);
    while let Some(event) = inbox.0.poll() {
        let update = match event {
            WorkerEvent::News(update) => update,
            WorkerEvent::Panicked(why) => {
                log.raise(faults::SCENE_WATCH, unwatched(&why));
                continue;
            }
        };
        mended |= matches!(&update, SceneFileUpdate::Scene(scene) if scene.name == settings.scene);
        let SceneFileTargets { crossfade, lights, shaders } = &mut targets;
        broken.take(update, crossfade, lights.as_deref_mut(), shaders.as_deref_mut());
        any = true;
    }
    if mended && log.faults.holds(faults::SCENE) {
        log.faults.clear(faults::SCENE);
        let seconds = settings.director.asked_dissolve_seconds;
        let change = SceneChange { scene: settings.scene.clone(), seconds };
        // If another dissolve is under way, the mended scene waits among the others.
        targets.crossfade.begin(&change, &sources.inputs());
    }
    if any {
        broken.tell(&mut log);
    }
}

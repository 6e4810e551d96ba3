//! The director in the app: commands, mood and music go in, and scenes change.

use std::path::PathBuf;
use std::time::Duration;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::favourites::{read_favourites, set_aside, write_favourites};
use super::scene_director::{Director, FadeTiming, SceneOnShow, SceneRequest};
use crate::command::{Command, Request, Toast, UnknownName};
use crate::foundation::{ClockMode, Faults, Folders, FrameStage, LocalTime};
use crate::mixer::NowPlaying;
use crate::music::MusicOptions;
use crate::settings::SectionChanged;
use crate::visuals::faults;
use crate::visuals::scene::{AdvanceScenes, SceneCrossfade, SceneSources};
use crate::visuals::settings::VisualsSettings;

pub(in crate::visuals) fn plugin(app: &mut App) {
    crate::command::plugin(app);
    app.add_message::<SectionChanged<VisualsSettings>>();
    app.add_systems(PostStartup, start_director).add_systems(
        Update,
        (apply_settings, take_requests, direct_scenes)
            .chain()
            .in_set(FrameStage::Present)
            .before(AdvanceScenes)
            .run_if(resource_exists::<SceneCrossfade>)
            .run_if(resource_exists::<DirectorState>),
    );
}

/// The director, and when it looks again.
#[derive(Resource)]
pub struct DirectorState {
    director: Director,
    /// App time of the next look, in seconds.
    next_look: f64,
    /// App time of the newest fade of the music that was looked at.
    fade: Option<Duration>,
    /// Where favourites are kept; `None` keeps them for this run only.
    file: Option<PathBuf>,
    /// Whether that file could not be read; it is set aside before another is written.
    unreadable: bool,
}

impl DirectorState {
    /// The director itself.
    #[must_use]
    pub fn director(&self) -> &Director {
        &self.director
    }

    /// Asks for a scene.
    pub fn ask(&mut self, request: SceneRequest) {
        self.director.ask(request);
        self.next_look = 0.0;
    }
}

/// The name of the file of favourite scenes in the configuration folder.
const FAVOURITES: &str = "favourites.ron";
/// Seconds between two looks at the mood.
const LOOK_EVERY: f64 = 0.25;

/// Where and on which clock the app runs.
#[derive(SystemParam)]
struct DirectorParams<'w> {
    clock_mode: Res<'w, ClockMode>,
    folders: Res<'w, Folders>,
    time: Res<'w, Time>,
}

fn start_director(
    mut commands: Commands,
    settings: Res<VisualsSettings>,
    crossfade: Option<Res<SceneCrossfade>>,
    options: Option<Res<MusicOptions>>,
    place: DirectorParams,
    mut faults: ResMut<Faults>,
) {
    let Some(crossfade) = crossfade else { return };
    let seed = options.map_or(0, |options| options.seed);
    let mut director = Director::new(&crossfade.current().name, settings.director.clone(), seed);
    let file = place.folders.config_file(FAVOURITES).filter(|_| !place.clock_mode.is_stepped());
    let mut unreadable = false;
    if let Some(file) = &file {
        match read_favourites(file) {
            Ok(names) => director.set_favourites(names),
            Err(error) => {
                unreadable = true;
                faults.raise(faults::FAVOURITES, error.to_string(), place.time.elapsed());
            }
        }
    }
    commands.insert_resource(DirectorState { director, next_look: 0.0, fade: None, file, unreadable });
}

fn apply_settings(
    mut changes: MessageReader<SectionChanged<VisualsSettings>>,
    settings: Res<VisualsSettings>,
    mut state: ResMut<DirectorState>,
) {
    if changes.read().count() > 0 {
        state.director.change_settings(settings.director.clone());
    }
}

fn take_requests(
    mut requests: MessageReader<Request>,
    mut state: ResMut<DirectorState>,
    crossfade: Res<SceneCrossfade>,
    (mut faults, mut toast): (ResMut<Faults>, ResMut<Toast>),
    time: Res<Time>,
) {
    for request in requests.read() {
        match &request.command {
            Command::NextScene => state.ask(SceneRequest::Next),
            Command::PreviousScene => state.ask(SceneRequest::Back),
            Command::ShowScene(name) => match crossfade.find(name) {
                Some(scene) => state.ask(SceneRequest::Show(scene.name.clone())),
                None => *toast = no_such_scene(&request.command, name, &crossfade, time.elapsed()),
            },
            Command::KeepScene => state.director.toggle_lock(),
            Command::FavouriteScene => {
                state.director.toggle_favourite(&crossfade.current().name);
                save_favourites(&mut state, &mut faults, &time);
            }
            _ => {}
        }
    }
}

fn no_such_scene(command: &Command, name: &str, crossfade: &SceneCrossfade, now: Duration) -> Toast {
    let sentence = UnknownName { what: "scene", name, place: "here" };
    let known = crossfade.scenes().iter().flat_map(|scene| [scene.name.as_str(), scene.title.as_str()]);
    Toast::unknown_name(command, sentence, known, now)
}

fn save_favourites(state: &mut DirectorState, faults: &mut Faults, time: &Time) {
    let Some(file) = &state.file else { return };
    let aside = if state.unreadable { set_aside(file) } else { Ok(()) };
    match aside.and_then(|()| write_favourites(file, state.director.favourites())) {
        Ok(()) => {
            state.unreadable = false;
            faults.clear(faults::FAVOURITES);
        }
        Err(error) => faults.raise(faults::FAVOURITES, error.to_string(), time.elapsed()),
    }
}

/// App time, and the time of the day.
#[derive(SystemParam)]
struct DirectorClock<'w> {
    time: Res<'w, Time>,
    local: Res<'w, LocalTime>,
}

fn direct_scenes(
    mut state: ResMut<DirectorState>,
    mut crossfade: ResMut<SceneCrossfade>,
    sources: SceneSources,
    playing: Res<NowPlaying>,
    clock: DirectorClock,
) {
    let now = clock.time.elapsed_secs_f64();
    let on_show = SceneOnShow { scene: &crossfade.current().name, dissolving: crossfade.is_dissolving() };
    state.director.observe(on_show, now);
    if playing.last_fade_at != state.fade {
        state.fade = playing.last_fade_at;
        state.next_look = 0.0;
    }
    if now < state.next_look {
        return;
    }
    state.next_look = now + LOOK_EVERY;
    let music = FadeTiming {
        since_fade: playing.last_fade_at.map(|at| now - at.as_secs_f64()),
        until_fade: playing.next_fade_in.map(|left| left.as_secs_f64()),
    };
    let inputs = sources.inputs();
    let mood = inputs.mood.map(|mood| (mood.valence, mood.arousal));
    let candidates = crossfade.candidates(mood, clock.local.hour);
    if let Some(change) = state.director.step(now, on_show, music, &candidates) {
        info!("scene: {}", change.scene);
        crossfade.begin(&change, &inputs);
    }
}

#[cfg(test)]
mod tests {
    use bevy::state::app::StatesPlugin;
    use bevy::time::TimeUpdateStrategy;

    use super::*;
    use crate::foundation::FoundationPlugin;
    use crate::session::SessionPlugin;
    use crate::visuals::VisualsPlugin;
    use crate::visuals::inputs::SceneInputs;
    use crate::visuals::scene::SceneChange;

    const STEP: Duration = Duration::from_millis(50);

    /// The visuals without a renderer, on a clock of 20 updates a second, after their first update.
    fn app(change: impl FnOnce(&mut VisualsSettings), folders: Folders) -> App {
        let mut settings = VisualsSettings { folder: "/nonexistent".into(), ..VisualsSettings::default() };
        settings.director.on = false;
        change(&mut settings);
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, StatesPlugin, FoundationPlugin, SessionPlugin, VisualsPlugin))
            .insert_resource(settings)
            .insert_resource(folders)
            .insert_resource(TimeUpdateStrategy::ManualDuration(STEP));
        app.update();
        app
    }

    fn press(app: &mut App, command: Command) {
        app.world_mut().write_message(Request::script(command));
        app.update();
    }

    fn run(app: &mut App, seconds: f32) {
        for _ in 0..(seconds / STEP.as_secs_f32()).round() as u32 {
            app.update();
        }
    }

    fn on_show(app: &App) -> String {
        app.world().resource::<SceneCrossfade>().current().name.clone()
    }

    fn is_dissolving(app: &App) -> bool {
        app.world().resource::<SceneCrossfade>().is_dissolving()
    }

    fn favourites(app: &App) -> Vec<String> {
        app.world().resource::<DirectorState>().director().favourites().iter().cloned().collect()
    }

    /// With reduced motion a dissolve takes 2.5 times as long. A second V within it waits, and then brings another
    /// scene; favourites mean the scene that is on show.
    #[test]
    fn a_second_request_within_a_slow_dissolve_is_not_lost() {
        let mut app = app(|settings| settings.reduced_motion = true, Folders::default());
        press(&mut app, Command::NextScene);
        let first = on_show(&app);
        assert!(is_dissolving(&app));
        run(&mut app, 3.5);
        assert!(is_dissolving(&app), "it is slow");
        press(&mut app, Command::NextScene);
        assert_eq!(on_show(&app), first);
        press(&mut app, Command::FavouriteScene);
        assert_eq!(favourites(&app), std::slice::from_ref(&first));
        run(&mut app, 12.0);
        assert!(!is_dissolving(&app));
        let second = on_show(&app);
        assert_ne!(second, first, "the second request counts");
        press(&mut app, Command::FavouriteScene);
        assert!(favourites(&app).contains(&second), "{:?}", favourites(&app));
        press(&mut app, Command::PreviousScene);
        assert_eq!(on_show(&app), first);
    }

    /// A scene is asked for by its name or its title. A name that is not there is refused with the nearest ones, and the
    /// picture stays.
    #[test]
    fn a_scene_that_is_not_there_is_refused_with_the_nearest_names() {
        let mut app = app(|_| (), Folders::default());
        let before = on_show(&app);
        press(&mut app, Command::ShowScene("rian".into()));
        let words = |app: &App| {
            let now = app.world().resource::<Time>().elapsed();
            app.world().resource::<Toast>().words(now).map(str::to_owned)
        };
        assert_eq!(words(&app).as_deref(), Some("There is no scene \"rian\" here. Did you mean \"rain\"?"));
        run(&mut app, 1.0);
        assert_eq!((on_show(&app), is_dissolving(&app)), (before, false));
        press(&mut app, Command::ShowScene("ink in WATER".into()));
        run(&mut app, 1.0);
        assert_eq!(on_show(&app), "ink");
    }

    /// A change that the director did not ask for is on show all the same, and the way back leads over it.
    #[test]
    fn a_change_from_elsewhere_is_observed() {
        let mut app = app(|_| (), Folders::default());
        let before = on_show(&app);
        let change = SceneChange { scene: "rain".into(), seconds: 0.5 };
        app.world_mut().resource_mut::<SceneCrossfade>().begin(&change, &SceneInputs::default());
        run(&mut app, 1.0);
        press(&mut app, Command::FavouriteScene);
        assert_eq!(favourites(&app), ["rain"]);
        press(&mut app, Command::PreviousScene);
        assert_eq!(on_show(&app), before);
    }

    /// Scenes change by themselves after the longest stay, unless a person keeps the one on show.
    #[test]
    fn scenes_change_by_themselves_unless_one_is_kept() {
        let automatic = |settings: &mut VisualsSettings| {
            settings.director.on = true;
            (settings.director.stay_seconds, settings.director.longest_seconds) = (5.0, 10.0);
        };
        let mut changing = app(automatic, Folders::default());
        let mut kept = app(automatic, Folders::default());
        press(&mut kept, Command::KeepScene);
        let (first, same) = (on_show(&changing), on_show(&kept));
        run(&mut changing, 12.0);
        run(&mut kept, 12.0);
        assert_ne!(on_show(&changing), first);
        assert_eq!(on_show(&kept), same);
        press(&mut kept, Command::KeepScene);
        run(&mut kept, 1.0);
        assert_ne!(on_show(&kept), same);
    }

    /// The director keeps away from the fade that the mixer plans, wherever the track ends.
    #[test]
    fn scenes_keep_away_from_the_planned_fade() {
        let automatic = |settings: &mut VisualsSettings| {
            settings.director.on = true;
            settings.director.apart_seconds = 10.0;
            (settings.director.stay_seconds, settings.director.longest_seconds) = (5.0, 6.0);
        };
        let mut app = app(automatic, Folders::default());
        let first = on_show(&app);
        app.world_mut().resource_mut::<NowPlaying>().next_fade_in = Some(Duration::from_secs(3));
        run(&mut app, 8.0);
        assert_eq!(on_show(&app), first, "a fade comes soon");
        let now = app.world().resource::<Time>().elapsed();
        let mut playing = app.world_mut().resource_mut::<NowPlaying>();
        (playing.next_fade_in, playing.last_fade_at) = (Some(Duration::from_mins(3)), Some(now));
        run(&mut app, 8.0);
        assert_eq!(on_show(&app), first, "a fade began");
        run(&mut app, 4.0);
        assert_ne!(on_show(&app), first);
    }

    /// Favourites lie in the configuration folder and are there at the next start; a broken file is a fault.
    #[test]
    fn favourites_are_kept_in_the_configuration_folder() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let folders = Folders::below(dir.path());
        let mut first = app(|_| (), folders.clone());
        press(&mut first, Command::FavouriteScene);
        assert_eq!(favourites(&first), [on_show(&first)]);
        let mut second = app(|_| (), folders.clone());
        assert_eq!(favourites(&second), [on_show(&second)]);
        let file = folders.config_file(FAVOURITES).expect("a folder");
        std::fs::write(&file, "nonsense").expect("written");
        second = app(|_| (), folders);
        assert!(second.world().resource::<Faults>().holds(faults::FAVOURITES));
        press(&mut second, Command::FavouriteScene);
        assert!(!second.world().resource::<Faults>().holds(faults::FAVOURITES));
        let aside = std::fs::read_to_string(file.with_extension("ron.broken")).expect("it is kept");
        assert_eq!(aside, "nonsense");
    }
}

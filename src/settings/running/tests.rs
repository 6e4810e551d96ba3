use std::time::Duration;

use super::super::add_settings::AddSettings as _;
use super::super::load::load;
use super::super::systems::SettingsToSave;
use super::super::user_file::UserFile;
use super::super::{Assignment, settings};
use super::*;

settings! {
    /// A lamp that an app holds.
    #[derive(Resource)]
    pub struct LampSection / LampSectionOverlay {
        /// How bright it is.
        pub power: f32 = 0.5, in 0.0..=1.0,
        /// What it is called.
        pub name: String = "lamp".into(),
    }
}

settings! {
    /// Everything.
    pub struct Everything / EverythingOverlay {
        /// The lamp.
        pub lamp: LampSection,
    }
}

fn app() -> App {
    let mut app = App::new();
    app.init_resource::<Time>().add_settings::<LampSection>("lamp");
    app
}

fn change(app: &mut App, key: &str, value: Option<&str>) {
    app.world_mut().write_message(ChangeSetting { key: key.into(), value: value.map(str::to_owned) });
    app.update();
}

fn power(app: &App) -> f32 {
    app.world().resource::<LampSection>().power
}

/// A room that is alone in an app has the defaults of its section.
#[test]
fn a_section_without_a_file_has_its_defaults() {
    assert_eq!(*app().world().resource::<LampSection>(), LampSection::default());
}

/// What was loaded is taken over with where it came from, and no section is left.
#[test]
fn a_loaded_section_is_taken_over() {
    let set: Assignment = "lamp.power=0.25".parse().expect("KEY=VALUE");
    let loaded = load::<Everything>(None, &[set]).expect("valid");
    let mut app = App::new();
    app.insert_resource(LoadedSections::new(loaded));
    app.add_settings::<LampSection>("lamp").add_settings::<LampSection>("lamp");
    assert!((power(&app) - 0.25).abs() < 1e-6);
    let catalog = app.world().resource::<SettingsCatalog>();
    assert_eq!(catalog.origin("lamp.power"), ValueOrigin::CommandLine);
    assert_eq!(catalog.field("lamp.power").expect("known").value, "0.25");
    assert_eq!(app.world().resource::<LoadedSections>().left().count(), 0);
}

/// A change reaches the resource, the catalogue and everybody who listens, in the same frame.
#[test]
fn a_change_is_taken_over_and_told() {
    let mut app = app();
    change(&mut app, "lamp.power", Some("0.75"));
    assert!((power(&app) - 0.75).abs() < 1e-6);
    let told = app.world().resource::<Messages<SectionChanged<LampSection>>>();
    let before: Vec<f32> = told.get_cursor().read(told).map(|message| message.before.power).collect();
    assert_eq!(before, [0.5]);
    let catalog = app.world().resource::<SettingsCatalog>();
    assert_eq!(catalog.field("lamp.power").expect("known").value, "0.75");
    assert_eq!(catalog.origin("lamp.power"), ValueOrigin::Screen);
    change(&mut app, "lamp.power", None);
    assert!((power(&app) - 0.5).abs() < 1e-6);
    assert_eq!(app.world().resource::<SettingsCatalog>().origin("lamp.power"), ValueOrigin::Shipped);
}

/// What cannot be is refused with a reason, and the section stays as it is.
#[test]
fn a_wrong_change_is_refused() {
    for (key, value, reason) in [
        ("lamp.power", "2.0", "lamp.power: 2 is not between 0 and 1"),
        ("lamp.power", "bright", "lamp.power: bright is not a number from 0 to 1"),
        ("lamp.pwer", "0.5", "lamp.pwer: there is no such setting; did you mean lamp.power?"),
        ("bulb.power", "0.5", "bulb.power: there is no such setting"),
    ] {
        let mut app = app();
        change(&mut app, key, Some(value));
        let refused = app.world().resource::<Messages<SettingRefused>>();
        let reasons: Vec<String> =
            refused.get_cursor().read(refused).map(|message| message.reason.to_string()).collect();
        assert_eq!(reasons, [reason]);
        assert_eq!(*app.world().resource::<LampSection>(), LampSection::default());
    }
}

/// Changes are saved once they rest, or when the app ends; a reset takes the value out of the file.
#[test]
fn changes_are_saved_into_the_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("settings.ron");
    std::fs::write(&path, "(lamp: (power: 0.1)) // mine\n").expect("written");
    let text = || std::fs::read_to_string(&path).expect("read");
    let mut app = app();
    app.insert_resource(SettingsToSave::into_file(UserFile::new::<Everything>(path.clone())));
    change(&mut app, "lamp.power", Some("0.2"));
    change(&mut app, "lamp.power", Some("0.3"));
    change(&mut app, "lamp.name", Some("hall"));
    assert_eq!(text(), "(lamp: (power: 0.1)) // mine\n");
    app.world_mut().resource_mut::<Time>().advance_by(Duration::from_secs(1));
    app.update();
    // The end waits for a save that goes on.
    app.world_mut().write_message(AppExit::Success);
    app.update();
    assert_eq!(text(), "(lamp: (power: 0.3, name: \"hall\")) // mine\n");
    change(&mut app, "lamp.power", None);
    app.world_mut().write_message(AppExit::Success);
    app.update();
    assert_eq!(text(), "(lamp: (name: \"hall\")) // mine\n");
}

/// A file that cannot be saved is a fault that can be seen, and goes away with the next save that works.
#[test]
fn a_save_that_fails_is_a_fault() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("settings.ron");
    std::fs::write(&path, "(lamp: (pwer: 0.1))").expect("written");
    let mut app = app();
    app.insert_resource(SettingsToSave::into_file(UserFile::new::<Everything>(path.clone())));
    let faults = |app: &App| app.world().resource::<crate::foundation::Faults>().active().count();
    for (text, expected) in [(None, 1), (Some("(lamp: (power: 0.1))"), 0)] {
        if let Some(text) = text {
            std::fs::write(&path, text).expect("written");
        }
        change(&mut app, "lamp.power", Some("0.2"));
        app.world_mut().write_message(AppExit::Success);
        app.update();
        assert_eq!(faults(&app), expected);
    }
}

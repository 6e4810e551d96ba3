//! `attune doctor`: checks this machine, with a remedy for what is missing.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::args::SettingsArgs;
use super::print::print_line;
use super::setup::{Configured, SETTINGS, configure};
use crate::foundation::Folders;
use crate::mixer::{DeviceOpener, GraphSettings, MixerSettings, output_names};
use crate::music::{ScannedFolder, playable_formats, shipped_album};
use crate::sense::camera::{CameraSettings, CameraSource, devices};
use crate::vision::perception::{ModelCheck, PerceptionSettings, check_models};
use crate::visuals::display::{MonitorArea, find_display, monitors};
use crate::visuals::{PictureOutput, graphics_available};

#[derive(Debug, Clone, Args)]
pub(super) struct DoctorArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsArgs,
    /// The music folder to check. Default: the starter album.
    #[arg(long, value_name = "DIR")]
    music: Option<PathBuf>,
    /// A folder of networks with their manifests to check, instead of the built-in ones.
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct HealthCheck {
    what: &'static str,
    ok: bool,
    /// What was found.
    found: String,
    /// What helps, if it is not ok.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl HealthCheck {
    fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, ok: true, found: found.into(), remedy: None }
    }

    fn missing(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what, ok: false, found: found.into(), remedy: Some(remedy.into()) }
    }

    /// "ok       camera     Fake Cam", with the remedy on a line of its own.
    fn line(&self) -> String {
        let mark = if self.ok { "ok" } else { "missing" };
        let remedy = self.remedy.as_ref().map_or_else(String::new, |remedy| format!("\n{:19}→ {remedy}", ""));
        format!("{mark:8} {:9} {}{remedy}", self.what, self.found)
    }
}

pub(super) fn doctor(args: &DoctorArgs, folders: &Folders) -> anyhow::Result<ExitCode> {
    let checks = examine(args, folders);
    if args.json {
        print_line!("{}", serde_json::to_string_pretty(&checks)?)?;
    } else {
        for check in &checks {
            print_line!("{}", check.line())?;
        }
    }
    // Attune runs without camera, screen and sound, but not without models or with broken settings.
    let healthy = checks.iter().all(|check| check.ok || !["models", "settings"].contains(&check.what));
    Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn examine(args: &DoctorArgs, folders: &Folders) -> Vec<HealthCheck> {
    let (settings, camera, perception, mixer) = settings(args, folders);
    let music = args.music.clone().unwrap_or_else(shipped_album);
    vec![
        check_camera(camera.as_ref()),
        check_display(),
        check_graphics(),
        check_sound(mixer.as_ref()),
        list_outputs(),
        check_networks(perception),
        check_music(&music),
        settings,
    ]
}

type SettingsCheck = (HealthCheck, Option<CameraSettings>, Option<PerceptionSettings>, Option<MixerSettings>);

fn settings(args: &DoctorArgs, folders: &Folders) -> SettingsCheck {
    let named = args.settings.config.clone().or_else(|| folders.existing_config_file(SETTINGS));
    let remedy = "correct the file at the given line, or remove it";
    match configure(&args.settings, folders) {
        Err(error) => (HealthCheck::missing("settings", error.to_string(), remedy), None, None, None),
        Ok(Configured { settings, complaint, .. }) => {
            let check = match (complaint, named) {
                (Some(complaint), _) => HealthCheck::missing("settings", complaint, remedy),
                (None, Some(file)) => {
                    HealthCheck::ok("settings", format!("{} over the shipped settings", file.display()))
                }
                (None, None) => HealthCheck::ok("settings", "the shipped settings"),
            };
            let mut perception = settings.perception;
            if let Some(folder) = &args.models {
                perception.models_folder = folder.display().to_string();
            }
            (check, Some(settings.camera), Some(perception), Some(settings.mixer))
        }
    }
}

fn check_camera(settings: Option<&CameraSettings>) -> HealthCheck {
    let remedy = "plug one in; until then the visitor clip plays";
    let found = devices();
    if found.is_empty() {
        return HealthCheck::missing("camera", "no video device", remedy);
    }
    let Some(settings) = settings else {
        return HealthCheck::missing(
            "camera",
            "not checked, because the settings are broken",
            "correct the settings first",
        );
    };
    let mut problems = Vec::new();
    for device in &found {
        match CameraSource::open(device.index, settings) {
            Ok(_) => {
                // The link stays the same when numbers change.
                let link =
                    device.links.first().map_or(String::new(), |link| format!(", camera:{}", link.display()));
                return HealthCheck::ok("camera", format!("{} (camera:{}{link})", device.name, device.index));
            }
            Err(error) => problems.push(format!("{}: {error}", device.name)),
        }
    }
    HealthCheck::missing("camera", problems.join("; "), remedy)
}

fn check_display() -> HealthCheck {
    let found = find_display().and_then(|found| Ok((found.name, monitors()?)));
    match found {
        Ok((name, monitors)) => HealthCheck::ok("display", format!("{name}; {}", list(&monitors))),
        Err(error) => {
            HealthCheck::missing("display", error.to_string(), "without one, Attune runs without pictures")
        }
    }
}

/// "1 HDMI-A-1 1920×1080, 2 DP-2 1080×1920": the settings take the number or a part of the name.
fn list(screens: &[MonitorArea]) -> String {
    let names: Vec<String> = (1..)
        .zip(screens)
        .map(|(number, screen)| format!("{number} {} {}×{}", screen.name, screen.size.0, screen.size.1))
        .collect();
    if names.is_empty() { "no monitor is listed".into() } else { format!("monitors: {}", names.join(", ")) }
}

fn check_graphics() -> HealthCheck {
    match graphics_available(PictureOutput::Pictures) {
        Ok(names) => HealthCheck::ok("vulkan", names.join(", ")),
        Err(error) => {
            HealthCheck::missing("vulkan", error.to_string(), "without one, Attune runs without pictures")
        }
    }
}

fn check_sound(settings: Option<&MixerSettings>) -> HealthCheck {
    let Some(settings) = settings else {
        let found = "not checked, because the settings are broken";
        return HealthCheck::missing("sound", found, "correct the settings first");
    };
    let output = GraphSettings { volume: 0.0, ..GraphSettings::from(settings) };
    match (DeviceOpener::default().0)(&output) {
        Ok(_) if settings.device.is_empty() => HealthCheck::ok("sound", "the default device opens"),
        Ok(_) => HealthCheck::ok("sound", format!("{:?} opens", settings.device)),
        Err(error) => HealthCheck::missing(
            "sound",
            error.to_string(),
            "connect a sound device or start the sound server (PipeWire or PulseAudio; ALSA programs reach it \
             through libasound2-plugins); until then Attune runs without sound",
        ),
    }
}

/// The values that `mixer.device` in the settings can have.
fn list_outputs() -> HealthCheck {
    match output_names() {
        names if names.is_empty() => HealthCheck::missing("outputs", "none", "see sound"),
        names => HealthCheck::ok("outputs", names.join(" | ")),
    }
}

fn check_networks(settings: Option<PerceptionSettings>) -> HealthCheck {
    let remedy = "put the file that the manifest names into the same folder, or correct its sha256; see models/README.md";
    let Some(settings) = settings else {
        return HealthCheck::missing(
            "models",
            "not checked, because the settings are broken",
            "correct the settings first",
        );
    };
    match check_models(&settings.models()) {
        Err(error) => HealthCheck::missing("models", error.to_string(), remedy),
        Ok(models) => summarise(&models, remedy),
    }
}

fn summarise(models: &[ModelCheck], remedy: &str) -> HealthCheck {
    let problems: Vec<String> = models
        .iter()
        .filter_map(|model| Some(format!("{}: {}", model.name, model.problem.as_ref()?)))
        .collect();
    if problems.is_empty() {
        let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
        HealthCheck::ok("models", format!("{} (hashes match, all load)", names.join(", ")))
    } else {
        HealthCheck::missing("models", problems.join("; "), remedy)
    }
}

fn check_music(folder: &Path) -> HealthCheck {
    let formats = playable_formats();
    let remedy = format!("name a folder with music ({formats}) with --music");
    match ScannedFolder::scan(folder) {
        Err(error) => HealthCheck::missing("music", format!("{}: {error}", folder.display()), remedy),
        Ok(library) if library.entries.is_empty() => {
            HealthCheck::missing("music", format!("{}: no track can be played", folder.display()), remedy)
        }
        Ok(library) => {
            let unreadable = match library.unreadable.len() {
                0 => String::new(),
                n => format!(", {n} cannot be read"),
            };
            HealthCheck::ok(
                "music",
                format!("{} tracks in {}{unreadable}", library.entries.len(), folder.display()),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_comes_with_its_remedy() {
        let line = HealthCheck::missing("camera", "no video device", "plug one in").line();
        assert!(
            line.starts_with("missing") && line.contains("no video device") && line.contains("→ plug one in")
        );
    }

    #[test]
    fn monitors_are_listed_as_settings_take_them() {
        let screen = |name: &str, at| MonitorArea { name: name.into(), at, size: (1920, 1080) };
        let words = list(&[screen("HDMI-A-1", (0, 0)), screen("DP-2", (1920, 0))]);
        assert_eq!(words, "monitors: 1 HDMI-A-1 1920×1080, 2 DP-2 1920×1080");
    }

    #[test]
    fn an_empty_music_folder_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let check = check_music(folder.path());
        assert!(!check.ok);
        assert!(check.found.contains(&folder.path().display().to_string()), "{}", check.found);
    }
}

//! The table of commands: name, texts and parameters of each.
//!
//! One macro writes the enum and the table from the same lines, so that neither can miss an entry. The names are those
//! of serde, thus RON files, JSON and text use the same ones.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::foundation::most_similar;

/// What a command is about; the order of the help and of the table in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CommandGroup {
    Window,
    Music,
    Mood,
    Scene,
    /// Moves through the menu.
    Menu,
}

/// A value that a command takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Parameter {
    /// A number within a range.
    Number { name: &'static str, range: RangeInclusive<f32> },
    /// A text, for instance the name of a scene.
    Text { name: &'static str },
}

impl Parameter {
    const fn number(name: &'static str, least: f32, most: f32) -> Self {
        Self::Number { name, range: least..=most }
    }

    const fn text(name: &'static str) -> Self {
        Self::Text { name }
    }
}

/// What is known of a command without its values.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandInfo {
    /// The stable name, for files and remotes.
    pub name: &'static str,
    pub group: CommandGroup,
    /// Two or three words for the menu and its help.
    pub label: &'static str,
    /// One sentence for the README and for remotes.
    pub help: &'static str,
    /// What it takes, in order.
    pub parameters: &'static [Parameter],
}

/// Why a text is not a command.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CommandError {
    #[error("there is no command {name:?}{}", suggestion(*nearest))]
    Unknown { name: String, nearest: Option<&'static str> },
    #[error("{name}: {reason}")]
    Malformed { name: String, reason: String },
    #[error("{name}: {parameter} is {value}, expected {}..={}", range.start(), range.end())]
    OutOfRange { name: &'static str, parameter: &'static str, value: f32, range: RangeInclusive<f32> },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}

macro_rules! commands {
    ($($variant:ident $(($payload:ty))? $({$($field:ident: $field_type:ty),+})?
        = $name:literal, $group:ident, $label:literal, $help:literal $(, [$($parameter:expr),+])?;)+) => {
        /// Something that can be asked of a running Attune.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub enum Command {
            $(
                #[doc = $help]
                #[serde(rename = $name)]
                $variant $(($payload))? $({$($field: $field_type),+})?,
            )+
        }

        /// Every command once, in the order of the enum.
        pub const COMMANDS: &[CommandInfo] = &[$(CommandInfo {
            name: $name,
            group: CommandGroup::$group,
            label: $label,
            help: $help,
            parameters: &[$($($parameter),+)?],
        }),+];

        impl Command {
            /// Its entry in the table.
            #[must_use]
            pub fn info(&self) -> &'static CommandInfo {
                match self {
                    $(Self::$variant { .. } => const {
                        &CommandInfo {
                            name: $name,
                            group: CommandGroup::$group,
                            label: $label,
                            help: $help,
                            parameters: &[$($($parameter),+)?],
                        }
                    })+
                }
            }
        }
    };
}

commands! {
    ToggleFullscreen = "toggle_fullscreen", Window, "Fullscreen", "Fullscreen, or a window";
    ToggleMenu = "toggle_menu", Window, "Menu", "Open or close the menu";
    ToggleHud = "toggle_hud", Window, "Text", "Show or hide the text on the picture";
    ToggleOperatorPanel = "toggle_operator_panel", Window, "Operator panel",
        "Operator panel: probabilities, the last minute, latencies, faults";
    SaveScreenshot = "save_screenshot", Window, "Save picture", "Save the picture, without text";
    Quit = "quit", Window, "Quit", "End the program";

    TogglePause = "toggle_pause", Music, "Pause", "Pause or continue the music";
    Pause = "pause", Music, "Pause", "Pause the music, and a crossfade with it";
    Resume = "resume", Music, "Resume", "Continue the music where it was paused";
    SeekBack = "seek_back", Music, "Back", "Go back in the track (10 seconds by default)";
    SeekForward = "seek_forward", Music, "Forward", "Go forward in the track (10 seconds by default)";
    SeekTo(f32) = "seek_to", Music, "Seek", "Go to a time of the track, in seconds",
        [Parameter::number("seconds", 0.0, 86_400.0)];
    NextTrack = "next_track", Music, "Next track", "Next track";
    PlayTrack(String) = "play_track", Music, "Play track",
        "Play the track with this title or file name, from the library", [Parameter::text("track")];
    SetVolume(f32) = "set_volume", Music, "Volume", "Set the volume",
        [Parameter::number("volume", 0.0, 1.0)];
    Like = "like", Music, "Like", "I like this track";
    NotNow = "not_now", Music, "Not now", "Skip this track and leave it out for a few hours";
    PlayAgain = "play_again", Music, "Play again", "Play this track again when it ends";
    SwitchAmbientPad = "switch_ambient_pad", Music, "Soft chords",
        "Soft chords: off, when no music plays, always";

    ToggleCamera = "toggle_camera", Mood, "Camera", "Close the camera device, or open it again";
    ToggleManualMood = "toggle_manual_mood", Mood, "Set the mood by hand",
        "Set the mood by hand, with or without a camera: arrows, stick or mouse";
    CloseManualMood = "close_manual_mood", Mood, "Close", "Close the control that sets the mood by hand";
    MoveManualMood { valence: f32, arousal: f32 } = "move_manual_mood", Mood, "Move the mood",
        "Move the mood that is set by hand by a number of steps, while its control is open",
        [Parameter::number("valence", -10.0, 10.0), Parameter::number("arousal", -10.0, 10.0)];
    SetManualMood { valence: f32, arousal: f32 } = "set_manual_mood", Mood, "Set the mood",
        "Set the mood to a point of the valence-arousal plane",
        [Parameter::number("valence", -1.0, 1.0), Parameter::number("arousal", -1.0, 1.0)];

    NextScene = "next_scene", Scene, "Next scene", "Another scene";
    PreviousScene = "previous_scene", Scene, "Previous scene", "The scene before";
    ShowScene(String) = "show_scene", Scene, "Show scene", "Show the scene with this name",
        [Parameter::text("scene")];
    KeepScene = "keep_scene", Scene, "Keep this scene", "Keep this scene, or change scenes automatically again";
    FavouriteScene = "favourite_scene", Scene, "Favourite scene", "Add this scene to the favourites, or remove it";

    MenuUp = "menu_up", Menu, "Up", "Move up in the menu";
    MenuDown = "menu_down", Menu, "Down", "Move down in the menu";
    MenuConfirm = "menu_confirm", Menu, "Choose", "Choose the selected row of the menu";
}

impl Command {
    /// The stable name, without values.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.info().name
    }

    /// The values of its numeric parameters, in order.
    fn numbers(&self) -> [Option<f32>; 2] {
        match *self {
            Self::SetVolume(value) | Self::SeekTo(value) => [Some(value), None],
            Self::SetManualMood { valence, arousal } | Self::MoveManualMood { valence, arousal } => {
                [Some(valence), Some(arousal)]
            }
            _ => [None, None],
        }
    }

    /// Checks that each number lies in its range.
    ///
    /// # Errors
    /// [`CommandError::OutOfRange`] names the parameter, its value and the range.
    pub fn validate(&self) -> Result<(), CommandError> {
        for (value, parameter) in self.numbers().into_iter().zip(self.info().parameters) {
            if let (Some(value), Parameter::Number { name: parameter, range }) = (value, parameter)
                && !range.contains(&value)
            {
                let name = self.name();
                return Err(CommandError::OutOfRange { name, parameter, value, range: range.clone() });
            }
        }
        Ok(())
    }
}

/// Reads a command as it is written in files: its name, with values in brackets.
impl FromStr for Command {
    type Err = CommandError;

    fn from_str(text: &str) -> Result<Self, CommandError> {
        let text = text.trim();
        let name = text.split('(').next().unwrap_or_default().trim();
        if COMMANDS.iter().all(|info| info.name != name) {
            let nearest = most_similar(name, COMMANDS.iter().map(|info| info.name));
            return Err(CommandError::Unknown { name: name.to_owned(), nearest });
        }
        let command: Self = ron::from_str(text).map_err(|error| CommandError::Malformed {
            name: name.to_owned(),
            reason: error.code.to_string(),
        })?;
        command.validate()?;
        Ok(command)
    }
}

/// As [`FromStr`] reads it.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&ron::to_string(self).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a remote sends as text is the command that a key would send.
    #[test]
    fn a_command_is_read_from_its_name_and_values() {
        for (text, command) in [
            ("next_track", Command::NextTrack),
            (" set_volume(0.5) ", Command::SetVolume(0.5)),
            ("show_scene(\"aurora\")", Command::ShowScene("aurora".into())),
            (
                "set_manual_mood(valence: 0.5, arousal: -1.0)",
                Command::SetManualMood { valence: 0.5, arousal: -1.0 },
            ),
        ] {
            assert_eq!(text.parse::<Command>().as_ref(), Ok(&command));
            assert_eq!(command.to_string().parse::<Command>().as_ref(), Ok(&command), "{command}");
        }
    }

    /// JSON, as a web page sends it, uses the same names.
    #[test]
    fn a_command_is_read_from_json() {
        let read = |text| serde_json::from_str::<Command>(text).expect("a command");
        assert_eq!(read("\"like\""), Command::Like);
        assert_eq!(read("{\"set_volume\": 0.25}"), Command::SetVolume(0.25));
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_nearest_one() {
        let error = "nxt_track".parse::<Command>().unwrap_err().to_string();
        assert_eq!(error, "there is no command \"nxt_track\"; did you mean next_track?");
        let error = "zzzzzzzzzzzzzz".parse::<Command>().unwrap_err().to_string();
        assert!(!error.contains("did you mean"), "{error}");
    }

    #[test]
    fn a_value_out_of_range_or_missing_is_refused() {
        let error = "set_volume(1.5)".parse::<Command>().unwrap_err().to_string();
        assert_eq!(error, "set_volume: volume is 1.5, expected 0..=1");
        assert!("set_volume(NaN)".parse::<Command>().is_err());
        let error = "set_manual_mood(valence: 0.0, arousal: 2.0)".parse::<Command>().unwrap_err().to_string();
        assert!(error.contains("arousal is 2"), "{error}");
        let error = "set_volume".parse::<Command>().unwrap_err().to_string();
        assert!(error.starts_with("set_volume: "), "{error}");
    }

    /// A remote may list the table: names are unique, and each entry has its texts.
    #[test]
    fn each_entry_of_the_table_is_whole() {
        for (index, info) in COMMANDS.iter().enumerate() {
            assert!(COMMANDS[..index].iter().all(|other| other.name != info.name), "{} twice", info.name);
            assert!(!info.label.is_empty() && !info.help.is_empty(), "{}", info.name);
            assert!(info.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", info.name);
        }
        assert_eq!(Command::SetVolume(0.0).info().parameters.len(), 1);
        assert_eq!(Command::MenuConfirm.info().name, "menu_confirm");
    }
}

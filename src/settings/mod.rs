//! Settings, declared once: the macro `settings!` makes a type, its defaults, its ranges, its description and the part of it
//! that a person's file may change. Names no room.
//!
//! A value is found in this order: the default of the declaration, the person's file, `--set` on the command line,
//! a change while running. [`load`] lays the first three over each other and keeps where each value came from;
//! [`AddSettings`] takes a section into the app and keeps it up to date.

mod add_settings;
mod assign;
mod context;
mod declare;
mod describe;
mod edit;
mod load;
mod outline;
mod reference;
mod running;
mod setting;
mod systems;
mod text;
mod user_file;

pub use add_settings::AddSettings;
pub use assign::{AssignError, Assignment, assign, find_field, reset, written};
pub use context::{SettingContext, ValueProblem, Violation, require};
pub(crate) use declare::{
    choices, declare_section, default_impl, default_or, from_next, layered, optional, quantities, settings,
    whole_value,
};
pub use describe::{SettingField, SettingKind, SettingNode, SettingRange, SettingSection};
pub use edit::SettingEdit;
pub use load::{
    LoadError, LoadedSettings, SettingsTree, ValueOrigin, ValueOrigins, load, located, parse_overlay,
    tree_of, with_field,
};
pub use outline::{RonOutline, TextPlace};
pub use reference::{comment_of, reference};
pub use running::{
    ChangeSetting, LoadedSections, SectionChanged, SettingRefused, SettingTakenOver, SettingsCatalog,
    SettingsSection,
};
pub use setting::Setting;
pub use systems::{SettingsPlugin, SettingsToSave};
pub use text::ron_text;
pub use user_file::{UserFile, UserFileError};

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

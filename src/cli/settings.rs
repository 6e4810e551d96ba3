//! `attune settings`: what can be set, what it is now, and changes in the person's file.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::print::print_line;
use super::setup::SETTINGS;
use crate::app::settings::Settings;
use crate::foundation::Folders;
use crate::settings::{
    AssignError, Assignment, LoadedSettings, Setting as _, SettingContext, SettingEdit, SettingField,
    SettingKind, SettingNode, UserFile, find_field, load,
};

#[derive(Debug, Clone, Args)]
pub(super) struct SettingsCommandArgs {
    #[command(subcommand)]
    command: Option<SettingsCommand>,
    /// The file to read and change. Default: settings.ron in your configuration folder.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, Clone, Subcommand)]
enum SettingsCommand {
    /// List all settings, or those of a section, with their values (this is also what happens without a command).
    List {
        /// A section, e.g. mixer or mixer.ambient.
        #[arg(value_name = "SECTION")]
        section: Option<String>,
    },
    /// Show one setting: its value, what it does, its range and its default.
    Get {
        /// A dotted path, e.g. mixer.volume.
        key: String,
    },
    /// Write a value into your file. All else in the file stays as it is.
    Set {
        /// A dotted path, e.g. mixer.volume.
        key: String,
        /// The value, e.g. 0.5, true, auto; quotes around a text may be left out.
        #[arg(allow_negative_numbers = true)]
        value: String,
    },
    /// Take a value out of your file, so that the default holds again.
    Reset {
        /// A dotted path, e.g. mixer.volume.
        key: String,
    },
}

pub(super) fn settings(args: &SettingsCommandArgs, folders: &Folders) -> anyhow::Result<ExitCode> {
    let file = args.config.clone().or_else(|| folders.config_file(SETTINGS));
    let file = file.context("the system names no configuration folder; name a file with --config")?;
    let file = UserFile::new::<Settings>(file);
    match args.command.clone().unwrap_or(SettingsCommand::List { section: None }) {
        SettingsCommand::List { section } => list(&file, section.as_deref()),
        SettingsCommand::Get { key } => get(&file, &key),
        SettingsCommand::Set { key, value } => set(&file, key, value),
        SettingsCommand::Reset { key } => reset(&file, &key),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// The settings with the file laid over them, and their description.
fn read(file: &UserFile) -> anyhow::Result<(LoadedSettings<Settings>, SettingNode)> {
    let loaded = load(Some((file.path(), &file.text()?)), &[])?;
    let tree = describe(&loaded.settings);
    Ok((loaded, tree))
}

fn describe(settings: &Settings) -> SettingNode {
    settings.describe(&Settings::default(), &SettingContext::default())
}

fn list(file: &UserFile, section: Option<&str>) -> anyhow::Result<()> {
    let (loaded, tree) = read(file)?;
    let node = match section {
        None => &tree,
        Some(section) => tree.find(section).ok_or_else(|| unknown(&tree, section))?,
    };
    for field in node.fields() {
        let origin = loaded.origins.of(&field.path).name();
        print_line!("{:<44} {:<24} {}", field.path, shortened(&field.value), origin)?;
    }
    Ok(())
}

/// Long lists would hide the rest; `get` shows them whole.
fn shortened(value: &str) -> String {
    const MOST: usize = 24;
    if value.chars().count() <= MOST {
        return value.to_owned();
    }
    format!("{}…", value.chars().take(MOST - 1).collect::<String>())
}

fn unknown(tree: &SettingNode, key: &str) -> AssignError {
    match find_field(tree, key) {
        Err(error) => error,
        Ok(field) => AssignError::UnknownKey { key: field.path.clone(), near: None },
    }
}

fn get(file: &UserFile, key: &str) -> anyhow::Result<()> {
    let (loaded, tree) = read(file)?;
    let field = find_field(&tree, key)?;
    print_line!("{} = {}", field.path, field.value)?;
    print_line!("{}", field.doc)?;
    print_line!("  from     {}", loaded.origins.of(key).name())?;
    print_line!("  default  {}", field.default)?;
    if let Some(allowed) = allowed(field) {
        print_line!("  allowed  {allowed}")?;
    }
    if field.from_next_start {
        print_line!("  a change holds from the next start")?;
    }
    Ok(())
}

fn allowed(field: &SettingField) -> Option<String> {
    match &field.kind {
        SettingKind::Choice(names) => Some(names.join(", ")),
        _ => Some(field.range_text()).filter(|text| !text.is_empty()),
    }
}

fn set(file: &UserFile, key: String, value: String) -> anyhow::Result<()> {
    let assignment = Assignment { key, value };
    let field = after(file, &assignment)?;
    file.save(&[SettingEdit::Set { path: field.path.clone(), value: field.value.clone() }])?;
    print_line!("{} = {} in {}", field.path, field.value, file.path().display())?;
    Ok(())
}

/// The field as it is after an assignment. A file with other values out of range can be mended value by value, so
/// that only the new value and the rules between fields are checked, against the defaults.
fn after(file: &UserFile, assignment: &Assignment) -> anyhow::Result<SettingField> {
    let text = file.text()?;
    let assignments = std::slice::from_ref(assignment);
    let settings = match load::<Settings>(Some((file.path(), &text)), assignments) {
        Ok(loaded) => loaded.settings,
        Err(error) => match load::<Settings>(Some((file.path(), &text)), &[]) {
            // The file is well, so the assignment is not.
            Ok(_) => return Err(error.into()),
            Err(_) => load::<Settings>(None, assignments)?.settings,
        },
    };
    Ok(find_field(&describe(&settings), &assignment.key)?.clone())
}

fn reset(file: &UserFile, key: &str) -> anyhow::Result<()> {
    let tree = describe(&Settings::default());
    let field = find_field(&tree, key)?;
    file.save(&[SettingEdit::Remove { path: field.path.clone() }])?;
    print_line!("{} = {} (default)", field.path, field.default)?;
    Ok(())
}

//! Changes while running: to the section, to everybody who listens, and into the person's file.

use std::time::Duration;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::tasks::{IoTaskPool, Task, block_on, poll_once};

use super::edit::SettingEdit;
use super::running::{
    ChangeSetting, LoadedSections, SectionChanged, SectionName, SettingRefused, SettingTakenOver,
    SettingsCatalog, SettingsSection, changed,
};
use super::user_file::{UserFile, UserFileError};
use crate::foundation::{FaultKey, Faults};

/// A slider sends many changes; they are saved together once it rests this long.
const REST: Duration = Duration::from_millis(700);
/// Changed settings could not be saved.
const NOT_SAVED: FaultKey = FaultKey::new("settings", "not saved");

/// Makes changes of settings known and saves them. Added with the first section.
pub struct SettingsPlugin;

impl Plugin for SettingsPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<SettingsCatalog>()
            .init_resource::<LoadedSections>()
            .init_resource::<SettingsToSave>()
            .init_resource::<Faults>()
            .add_message::<ChangeSetting>()
            .add_message::<SettingRefused>()
            .add_message::<SettingTakenOver>()
            .add_systems(First, refuse_unknown)
            .add_systems(Last, save);
    }
}

/// Changes that wait to be saved, and the file for them. Without a file they hold for this run only.
#[derive(Resource, Default)]
pub struct SettingsToSave {
    file: Option<UserFile>,
    edits: Vec<SettingEdit>,
    /// App time of the last change.
    changed_at: Duration,
    saving: Option<Task<Result<(), UserFileError>>>,
}

impl SettingsToSave {
    /// Saves changes into this file.
    #[must_use]
    pub fn into_file(file: UserFile) -> Self {
        Self { file: Some(file), ..Self::default() }
    }

    /// A later change of the same setting takes the place of an earlier one.
    fn add(&mut self, edit: SettingEdit, now: Duration) {
        self.edits.retain(|earlier| earlier.path() != edit.path());
        self.edits.push(edit);
        self.changed_at = now;
    }
}

/// What every change of a setting touches beside its section.
#[derive(SystemParam)]
pub(super) struct ChangeOutputs<'w> {
    catalog: ResMut<'w, SettingsCatalog>,
    to_save: ResMut<'w, SettingsToSave>,
    refused: MessageWriter<'w, SettingRefused>,
    taken_over: MessageWriter<'w, SettingTakenOver>,
}

/// Changes one section.
pub(super) fn apply_changes<S: SettingsSection>(
    mut changes: MessageReader<ChangeSetting>,
    name: Res<SectionName<S>>,
    mut section: ResMut<S>,
    mut out: ChangeOutputs,
    time: Option<Res<Time>>,
    mut done: MessageWriter<SectionChanged<S>>,
) {
    for change in changes.read().filter(|change| change.key.split('.').next() == Some(name.name)) {
        let after = match changed(&*section, name.name, change) {
            Ok(after) => after,
            Err(reason) => {
                out.refused.write(SettingRefused { key: change.key.clone(), reason });
                continue;
            }
        };
        out.catalog.take_over(name.name, &after, change);
        let now = time.as_ref().map_or(Duration::ZERO, |time| time.elapsed());
        if let Some(edit) = edit_of(change, &out.catalog) {
            out.to_save.add(edit, now);
        }
        if after != *section {
            let before = std::mem::replace(&mut *section, after);
            done.write(SectionChanged { before });
            out.taken_over.write(SettingTakenOver { key: change.key.clone() });
        }
    }
}

/// What a change means for the file.
fn edit_of(change: &ChangeSetting, catalog: &SettingsCatalog) -> Option<SettingEdit> {
    let field = catalog.field(&change.key).ok()?;
    let path = change.key.clone();
    Some(match change.value {
        Some(_) => SettingEdit::Set { path, value: field.value.clone() },
        None => SettingEdit::Remove { path },
    })
}

/// A key of a section that no room has.
fn refuse_unknown(
    mut changes: MessageReader<ChangeSetting>,
    catalog: Res<SettingsCatalog>,
    mut refused: MessageWriter<SettingRefused>,
) {
    for change in changes.read().filter(|change| !catalog.knows_section_of(&change.key)) {
        if let Err(reason) = catalog.field(&change.key) {
            refused.write(SettingRefused { key: change.key.clone(), reason });
        }
    }
}

/// Saves beside the frame once changes rest; at the end of the app at once.
fn save(
    mut to_save: ResMut<SettingsToSave>,
    mut faults: ResMut<Faults>,
    time: Option<Res<Time>>,
    mut exits: MessageReader<AppExit>,
) {
    if to_save.edits.is_empty() && to_save.saving.is_none() {
        return;
    }
    let ends = exits.read().count() > 0;
    let now = time.map_or(Duration::ZERO, |time| time.elapsed());
    let to_save = &mut *to_save;
    if let Some(saving) = &mut to_save.saving {
        let done = if ends { Some(block_on(saving)) } else { block_on(poll_once(saving)) };
        let Some(result) = done else { return };
        to_save.saving = None;
        tell(result, &mut faults, now);
    }
    if to_save.edits.is_empty() || !(ends || now.saturating_sub(to_save.changed_at) >= REST) {
        return;
    }
    let changes = std::mem::take(&mut to_save.edits);
    let Some(file) = to_save.file.clone() else { return };
    if ends {
        tell(file.save(&changes), &mut faults, now);
    } else {
        let pool = IoTaskPool::get_or_init(bevy::tasks::TaskPool::default);
        to_save.saving = Some(pool.spawn(async move { file.save(&changes) }));
    }
}

fn tell(result: Result<(), UserFileError>, faults: &mut Faults, now: Duration) {
    match result {
        Ok(()) => faults.clear(NOT_SAVED),
        Err(error) => {
            faults.raise(NOT_SAVED, format!("Settings are not saved: {error}."), now);
        }
    }
}

//! Settings in a running app: sections as resources, changes as messages.

use std::any::Any;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use bevy::ecs::component::Mutable;
use bevy::prelude::*;

use super::assign::{AssignError, assign, find_field, reset};
use super::context::SettingContext;
use super::describe::{SettingField, SettingNode};
use super::load::{LoadedSettings, SettingsTree, ValueOrigin, ValueOrigins};
use super::setting::Setting;

/// A section that a room keeps as a resource.
pub trait SettingsSection: Setting + Default + Resource<Mutability = Mutable> {}

impl<S: Setting + Default + Resource<Mutability = Mutable>> SettingsSection for S {}

/// Sections that were loaded before the app was built, until their rooms take them.
#[derive(Resource, Default)]
pub struct LoadedSections {
    sections: BTreeMap<&'static str, Box<dyn Any + Send + Sync>>,
    origins: ValueOrigins,
}

impl LoadedSections {
    /// All sections of a tree.
    #[must_use]
    pub fn new<T: SettingsTree>(loaded: LoadedSettings<T>) -> Self {
        let LoadedSettings { settings, origins } = loaded;
        Self { sections: settings.into_sections().into_iter().collect(), origins }
    }

    /// Sections that no room has taken.
    pub fn left(&self) -> impl Iterator<Item = &'static str> {
        self.sections.keys().copied()
    }

    /// Where the values of all sections came from.
    pub(super) fn origins(&self) -> &ValueOrigins {
        &self.origins
    }

    pub(super) fn take<S: SettingsSection>(&mut self, name: &str) -> Option<S> {
        let section = self.sections.remove(name)?;
        section.downcast::<S>().ok().map(|section| *section)
    }
}

/// All sections of the app with their values now, and where each value came from. Read by a settings screen.
#[derive(Resource, Default)]
pub struct SettingsCatalog {
    sections: Vec<SettingNode>,
    origins: ValueOrigins,
}

impl SettingsCatalog {
    /// The sections in the order in which their rooms came.
    #[must_use]
    pub fn sections(&self) -> &[SettingNode] {
        &self.sections
    }

    /// A field by its dotted path.
    ///
    /// # Errors
    /// [`AssignError::UnknownKey`] or [`AssignError::IsSection`].
    pub fn field(&self, path: &str) -> Result<&SettingField, AssignError> {
        let section = path.split('.').next().unwrap_or_default();
        match self.sections.iter().find(|node| node.path() == section) {
            Some(node) => find_field(node, path),
            None => Err(AssignError::UnknownKey { key: path.to_owned(), near: None }),
        }
    }

    /// Where a value came from.
    #[must_use]
    pub fn origin(&self, path: &str) -> ValueOrigin {
        self.origins.of(path)
    }

    fn describe<S: SettingsSection>(&mut self, name: &str, section: &S) {
        let context = SettingContext { path: name.to_owned(), ..SettingContext::default() };
        let node = section.describe(&S::default(), &context);
        match self.sections.iter_mut().find(|node| node.path() == name) {
            Some(before) => *before = node,
            None => self.sections.push(node),
        }
    }
}

/// Asks for another value of a setting. The value holds from the next frame, and is saved in the person's file.
#[derive(Message, Debug, Clone, PartialEq, Eq)]
pub struct ChangeSetting {
    /// Dotted path, e.g. `mixer.volume`.
    pub key: String,
    /// RON, quotes around a text may be left out; `None` asks for the default.
    pub value: Option<String>,
}

/// The section `S` has another value than before. Its resource is changed already.
#[derive(Message, Debug, Clone)]
pub struct SectionChanged<S: Send + Sync + 'static> {
    pub before: S,
}

/// A setting has another value than before; its section is changed already.
#[derive(Message, Debug, Clone, PartialEq, Eq)]
pub struct SettingTakenOver {
    /// Dotted path, e.g. `mixer.volume`.
    pub key: String,
}

/// A change was not made.
#[derive(Message, Debug, Clone, PartialEq)]
pub struct SettingRefused {
    pub key: String,
    pub reason: AssignError,
}

/// Under which name a section is kept.
#[derive(Resource)]
pub(super) struct SectionName<S> {
    pub(super) name: &'static str,
    section: PhantomData<fn() -> S>,
}

impl<S> SectionName<S> {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, section: PhantomData }
    }
}

/// A section after a change. The section itself stays as it is where the change is refused.
pub(super) fn changed<S: SettingsSection>(
    section: &S,
    name: &str,
    change: &ChangeSetting,
) -> Result<S, AssignError> {
    let mut after = section.clone();
    match &change.value {
        Some(value) => assign(&mut after, name, &change.key, value)?,
        None => reset(&mut after, name, &change.key)?,
    }
    after.check(&SettingContext::default()).map_err(|wrong| wrong.within(name))?;
    Ok(after)
}

impl SettingsCatalog {
    /// Adds a section; the first one brings the origins of all.
    pub(super) fn add<S: SettingsSection>(&mut self, name: &'static str, section: &S, origins: ValueOrigins) {
        if self.sections.is_empty() {
            self.origins = origins;
        }
        self.describe(name, section);
    }

    /// Takes over a changed section.
    pub(super) fn take_over<S: SettingsSection>(&mut self, name: &str, section: &S, change: &ChangeSetting) {
        self.describe(name, section);
        let origin = if change.value.is_some() { ValueOrigin::Screen } else { ValueOrigin::Shipped };
        self.origins.note(&change.key, origin);
    }

    /// Whether a room has registered the section of this path.
    pub(super) fn knows_section_of(&self, path: &str) -> bool {
        let section = path.split('.').next().unwrap_or_default();
        self.sections.iter().any(|node| node.path() == section)
    }
}

#[cfg(test)]
mod tests;

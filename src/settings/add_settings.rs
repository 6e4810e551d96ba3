//! How a room registers its section.

use bevy::prelude::*;

use super::running::{LoadedSections, SectionChanged, SectionName, SettingsCatalog, SettingsSection};
use super::systems::{SettingsPlugin, apply_changes};

/// Takes sections of settings into an app.
pub trait AddSettings {
    /// Keeps the section as a resource: as it was loaded, else as it is already in the app, else its default.
    /// A [`ChangeSetting`](super::ChangeSetting) for one of its fields changes it, and sends [`SectionChanged`].
    ///
    /// Calling it again does nothing.
    fn add_settings<S: SettingsSection>(&mut self, name: &'static str) -> &mut Self;
}

impl AddSettings for App {
    fn add_settings<S: SettingsSection>(&mut self, name: &'static str) -> &mut Self {
        if self.world().contains_resource::<SectionName<S>>() {
            return self;
        }
        if !self.is_plugin_added::<SettingsPlugin>() {
            self.add_plugins(SettingsPlugin);
        }
        let world = self.world_mut();
        let mut loaded = world.get_resource_or_init::<LoadedSections>();
        let (section, origins) = (loaded.take::<S>(name), loaded.origins().clone());
        if let Some(section) = section {
            world.insert_resource(section);
        }
        world.init_resource::<S>();
        world.resource_scope(|world, mut catalog: Mut<SettingsCatalog>| {
            catalog.add(name, world.resource::<S>(), origins);
        });
        self.insert_resource(SectionName::<S>::new(name))
            .add_message::<SectionChanged<S>>()
            .add_systems(First, apply_changes::<S>)
    }
}

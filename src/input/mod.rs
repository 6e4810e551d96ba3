//! Keys, pads and media keys become commands.

mod bindings;
mod context;
mod help_table;
mod stick;
mod systems;
#[cfg(test)]
mod tests;
mod trigger;

pub use bindings::Bindings;
pub use context::InputContext;
pub use help_table::help_table;
pub use trigger::{PadStick, StickSide, Trigger, UnknownTrigger};

use std::path::PathBuf;
use std::time::Duration;

use bevy::input::InputSystems;
use bevy::prelude::*;

use crate::command::{self, Screen};
use crate::foundation::{FaultKey, Faults};

/// A person's bindings cannot be read.
pub const BINDINGS_FILE: FaultKey = FaultKey::new("input", "bindings");

/// Writes [`command::Request`] messages, [`command::DirectionInput`] and the state [`Screen`], in `PreUpdate`, so that
/// every room answers in the same frame. Without Bevy's input or states it does without them.
#[derive(Debug, Clone, Default)]
pub struct InputPlugin {
    /// A person's bindings; a file that is not there changes nothing.
    pub bindings: Option<PathBuf>,
}

impl Plugin for InputPlugin {
    fn build(&self, app: &mut App) {
        command::plugin(app);
        app.init_resource::<InputContext>().init_resource::<Faults>();
        let file = self.bindings.clone().filter(|file| file.exists());
        let overlaid = file.map_or_else(Bindings::shipped, |file| Bindings::with_overlay(&file));
        let bindings = overlaid.or_else(|error| {
            let what = format!("{error}. The default keys are used instead");
            app.world_mut().resource_mut::<Faults>().raise(BINDINGS_FILE, what, Duration::ZERO);
            Bindings::shipped()
        });
        match bindings {
            Ok(bindings) => app.insert_resource(bindings),
            Err(error) => {
                error!("{error}");
                app.init_resource::<Bindings>()
            }
        };
        app.add_systems(
            PreUpdate,
            (
                context::find_context,
                systems::press,
                systems::hold,
                context::toggle_menu.run_if(resource_exists::<State<Screen>>),
            )
                .chain()
                .after(InputSystems),
        );
    }
}

//! Where the picture is shown: the window and its monitor, pictures without a window, and protection from burn-in.

mod availability;
mod awake;
mod burn_in;
mod display_server;
mod graphics_error;
mod monitor_choice;
mod monitor_list;
mod monitor_watcher;
mod output;
mod present_mode;
mod settings;
mod window_layout;
mod window_placement;
mod x11;

pub use availability::graphics_available;
pub use awake::{AwakeScreen, ScreenSavers};
pub use burn_in::drift;
pub use display_server::{DisplayServer, FoundDisplay, UnusableVariable, find_display};
pub use graphics_error::GraphicsError;
pub use monitor_choice::{MonitorArea, MonitorError, MonitorTarget, choose_monitor};
pub use monitor_list::monitors;
pub use output::{PictureOutput, make_ready, plugins};
pub use settings::{DisplaySettings, DisplaySettingsOverlay};
pub use window_layout::{LayoutInputs, WindowLayout, home_monitor, lay_out_window};

pub(super) use awake::plugin as awake_plugin;
pub(super) use output::PictureTarget;
pub(super) use present_mode::plugin as present_mode_plugin;
pub(super) use window_placement::plugin as window_plugin;

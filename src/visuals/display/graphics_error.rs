//! Why no pictures can be shown.

/// What is missing, with the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphicsError {
    /// Nothing answers as a display.
    #[error("no display: {reason}. Start from a desktop session, or set DISPLAY or WAYLAND_DISPLAY")]
    NoDisplay { reason: String },
    /// No Vulkan driver.
    #[error(
        "no Vulkan driver: install your graphics card's driver, or mesa-vulkan-drivers, which also works without a card"
    )]
    NoAdapter,
    /// The environment names which drivers there are, and none of them works.
    #[error("no graphics adapter with {variable}={value}: unset it, or install the driver that it names")]
    FilteredOut { variable: &'static str, value: String },
    /// A display answers, but its window system does not work.
    #[error("the window system does not start: {reason}")]
    WindowSystem { reason: String },
}

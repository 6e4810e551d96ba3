//! Whether this machine can show pictures. Bevy panics when it cannot, so this is asked first.

use std::env;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use super::output::PictureOutput;

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
}

/// Names of the graphics adapters that can draw, best first; "(software)" marks those without a card.
///
/// # Errors
/// [`GraphicsError`] says what is missing for this output.
pub fn graphics_available(output: PictureOutput) -> Result<Vec<String>, GraphicsError> {
    match output {
        PictureOutput::Nothing => return Ok(Vec::new()),
        PictureOutput::Window { .. } => drop(display()?),
        PictureOutput::Pictures => {}
    }
    adapters()
}

/// The display that answers, e.g. "Wayland wayland-0" or "X11 :0".
///
/// # Errors
/// [`GraphicsError::NoDisplay`] says what was tried.
pub fn display() -> Result<String, GraphicsError> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let mut tried = Vec::new();
    if let Some(name) = set("WAYLAND_DISPLAY") {
        let socket = set("XDG_RUNTIME_DIR").map_or_else(PathBuf::new, PathBuf::from).join(&name);
        match UnixStream::connect(&socket) {
            Ok(_) => return Ok(format!("Wayland {name}")),
            Err(error) => tried.push(format!("WAYLAND_DISPLAY={name} does not answer ({error})")),
        }
    }
    if let Some(name) = set("DISPLAY") {
        match x11rb::connect(Some(&name)) {
            Ok(_) => return Ok(format!("X11 {name}")),
            Err(error) => tried.push(format!("DISPLAY={name} does not answer ({error})")),
        }
    }
    if tried.is_empty() {
        tried.push("neither DISPLAY nor WAYLAND_DISPLAY is set".into());
    }
    Err(GraphicsError::NoDisplay { reason: tried.join("; ") })
}

fn adapters() -> Result<Vec<String>, GraphicsError> {
    let backends = wgpu::Backends::from_env().unwrap_or(wgpu::Backends::PRIMARY);
    let descriptor =
        wgpu::InstanceDescriptor { backends, ..wgpu::InstanceDescriptor::new_without_display_handle() };
    let instance = wgpu::Instance::new(descriptor);
    let found = bevy::tasks::block_on(instance.enumerate_adapters(backends));
    let mut infos: Vec<_> = found.iter().map(wgpu::Adapter::get_info).collect();
    infos.sort_by_key(|info| info.device_type == wgpu::DeviceType::Cpu);
    let names: Vec<_> = infos
        .into_iter()
        .map(|info| match info.device_type {
            wgpu::DeviceType::Cpu => format!("{} (software)", info.name),
            _ => info.name,
        })
        .collect();
    if names.is_empty() { Err(GraphicsError::NoAdapter) } else { Ok(names) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run without pictures asks for no display and no graphics driver.
    #[test]
    fn nothing_is_needed_for_no_pictures() {
        assert_eq!(graphics_available(PictureOutput::Nothing), Ok(Vec::new()));
    }
}

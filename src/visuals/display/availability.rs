//! Whether this machine can show pictures. Bevy panics when it cannot, so this is asked first.

use std::env;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

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
        if x11_answers(&name) {
            return Ok(format!("X11 {name}"));
        }
        tried.push(format!("DISPLAY={name} does not answer"));
    }
    if tried.is_empty() {
        tried.push("neither DISPLAY nor WAYLAND_DISPLAY is set".into());
    }
    Err(GraphicsError::NoDisplay { reason: tried.join("; ") })
}

/// A name of a display as `X(7)` has it: `[host]:number[.screen]`.
fn parse_x11(name: &str) -> Option<(&str, u16)> {
    let (host, rest) = name.rsplit_once(':')?;
    let number = rest.split('.').next()?.parse().ok()?;
    Some((host, number))
}

fn x11_answers(name: &str) -> bool {
    let Some((host, number)) = parse_x11(name) else { return false };
    if host.is_empty() || host == "unix" {
        return UnixStream::connect(format!("/tmp/.X11-unix/X{number}")).is_ok() || abstract_x11(number);
    }
    let Some(port) = 6000u16.checked_add(number) else { return false };
    let Ok(mut addresses) = (host, port).to_socket_addrs() else { return false };
    addresses.any(|address| TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok())
}

#[cfg(target_os = "linux")]
fn abstract_x11(number: u16) -> bool {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::SocketAddr;

    SocketAddr::from_abstract_name(format!("/tmp/.X11-unix/X{number}"))
        .is_ok_and(|address| UnixStream::connect_addr(&address).is_ok())
}

#[cfg(not(target_os = "linux"))]
fn abstract_x11(_number: u16) -> bool {
    false
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

    #[test]
    fn names_of_x11_displays_are_read_as_x_does() {
        assert_eq!(parse_x11(":0"), Some(("", 0)));
        assert_eq!(parse_x11("localhost:10.0"), Some(("localhost", 10)));
        assert_eq!(parse_x11("nonsense"), None);
    }

    #[test]
    fn nothing_is_needed_for_no_pictures() {
        assert_eq!(graphics_available(PictureOutput::Nothing), Ok(Vec::new()));
    }

    #[test]
    fn a_display_that_is_not_there_does_not_answer() {
        assert!(!x11_answers(":4242"));
        assert!(!x11_answers("nonsense"));
    }
}

//! Whether this machine can show pictures. Bevy panics when it cannot, so this is asked first.

use std::env;

use super::display_server::find_display;
use super::graphics_error::GraphicsError;
use super::output::PictureOutput;

/// Variables that leave out graphics adapters, or drivers of the Vulkan loader.
const FILTERS: [&str; 5] = [
    "WGPU_BACKEND",
    "VK_ICD_FILENAMES",
    "VK_DRIVER_FILES",
    "VK_LOADER_DRIVERS_SELECT",
    "VK_LOADER_DRIVERS_DISABLE",
];

/// Names of the graphics adapters that can draw, best first; "(software)" marks those without a card.
///
/// # Errors
/// [`GraphicsError`] says what is missing for this output.
pub fn graphics_available(output: PictureOutput) -> Result<Vec<String>, GraphicsError> {
    match output {
        PictureOutput::Nothing => return Ok(Vec::new()),
        PictureOutput::Window { .. } => drop(find_display()?),
        PictureOutput::Pictures => {}
    }
    adapters()
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
    if names.is_empty() { Err(no_adapter()) } else { Ok(names) }
}

fn no_adapter() -> GraphicsError {
    let set = |variable| Some((variable, env::var_os(variable).filter(|value| !value.is_empty())?));
    FILTERS.into_iter().find_map(set).map_or(GraphicsError::NoAdapter, |(variable, value)| {
        GraphicsError::FilteredOut { variable, value: value.to_string_lossy().into_owned() }
    })
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

//! The sound devices of the machine, by name.

use kira::backend::cpal::cpal::traits::{DeviceTrait as _, HostTrait as _};
use kira::backend::cpal::cpal::{Device, default_host};

use super::error::OutputError;

/// Names of the sound devices that can play, as the system gives them; the default one first.
#[must_use]
pub fn output_names() -> Vec<String> {
    let host = default_host();
    let default = host.default_output_device().map(|device| name(&device));
    let others = host.output_devices().into_iter().flatten().map(|device| name(&device));
    let mut names = Vec::new();
    for name in default.into_iter().chain(others) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The device whose name is `wanted`, else one whose name contains it; the default one for an empty name.
pub(super) fn find(wanted: &str) -> Result<Device, OutputError> {
    let host = default_host();
    if wanted.is_empty() {
        return host.default_output_device().ok_or(OutputError::NoDefaultDevice);
    }
    let devices: Vec<Device> = host.output_devices()?.collect();
    let names: Vec<String> = devices.iter().map(name).collect();
    match choose(wanted, &names) {
        Some(n) => Ok(devices[n].clone()),
        None => Err(OutputError::UnknownDevice(wanted.to_owned())),
    }
}

/// Index of the matching name, ignoring case: a whole name first, else a part of one.
fn choose(wanted: &str, names: &[String]) -> Option<usize> {
    let wanted = wanted.to_lowercase();
    let lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    lower
        .iter()
        .position(|name| *name == wanted)
        .or_else(|| lower.iter().position(|name| name.contains(&wanted)))
}

/// For example "pulse: Sound Server": the identifier and the description.
fn name(device: &Device) -> String {
    let description = device.description().map(|text| text.name().to_owned()).unwrap_or_default();
    match device.id() {
        Ok(id) if description.is_empty() || id.id() == description => id.id().to_owned(),
        Ok(id) => format!("{}: {description}", id.id()),
        Err(_) => description,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_name_comes_before_a_part_and_capitals_do_not_matter() {
        let names = ["hw:0: USB Audio".to_owned(), "pulse: Server".to_owned(), "usb audio".to_owned()];
        assert_eq!(choose("USB audio", &names), Some(2));
        assert_eq!(choose("usb", &names), Some(0));
        assert_eq!(choose("PULSE", &names), Some(1));
        assert_eq!(choose("hdmi", &names), None);
    }
}

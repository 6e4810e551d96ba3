//! Which sound devices there are.

use kira::backend::cpal::cpal::traits::{DeviceTrait as _, HostTrait as _};
use kira::backend::cpal::cpal::{Device, default_host};

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

/// The device whose name is `wanted`, or else contains it; the default one for no name.
pub(super) fn find(wanted: &str) -> Result<Device, String> {
    let host = default_host();
    if wanted.is_empty() {
        return host.default_output_device().ok_or_else(|| "there is no default sound device".to_owned());
    }
    let devices: Vec<Device> = host.output_devices().map_err(|error| error.to_string())?.collect();
    let names: Vec<String> = devices.iter().map(name).collect();
    match choose(wanted, &names) {
        Some(n) => Ok(devices[n].clone()),
        None => Err(format!("no sound device is called {wanted:?}; `attune doctor` names those there are")),
    }
}

/// The name that is meant: the whole name before a part of one, capitals do not matter.
fn choose(wanted: &str, names: &[String]) -> Option<usize> {
    let wanted = wanted.to_lowercase();
    let lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    lower
        .iter()
        .position(|name| *name == wanted)
        .or_else(|| lower.iter().position(|name| name.contains(&wanted)))
}

/// "pulse: Sound Server": the short name by which programs know it, and the words for people.
fn name(device: &Device) -> String {
    let words = device.description().map(|words| words.name().to_owned()).unwrap_or_default();
    match device.id() {
        Ok(id) if words.is_empty() || id.id() == words => id.id().to_owned(),
        Ok(id) => format!("{}: {words}", id.id()),
        Err(_) => words,
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

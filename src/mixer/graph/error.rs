//! Why an output cannot be opened or has stopped.

use std::convert::Infallible;

use kira::backend::cpal::Error as KiraDeviceError;
use kira::backend::cpal::cpal::{self, ErrorKind};
use kira::{PlaySoundError, ResourceLimitReached};

/// Why there is no sound from an output.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The machine has no sound device at all.
    #[error("there is no default sound device")]
    NoDefaultDevice,
    /// No device has the name of the settings.
    #[error("no sound device is called {0:?}; `attune doctor` lists the names")]
    UnknownDevice(String),
    /// Another program uses the device.
    #[error("another program uses the sound device: {0}")]
    Busy(cpal::Error),
    /// The device or its sound server is not there any more.
    #[error("the sound device is gone: {0}")]
    Gone(cpal::Error),
    /// This user may not use the device.
    #[error("no permission to use the sound device: {0}")]
    Denied(cpal::Error),
    /// Any other error of the sound system.
    #[error("{0}")]
    System(cpal::Error),
    /// A backend other than the system's, as tests have it.
    #[error("{0}")]
    Backend(String),
    /// The device has taken no sound for longer than `mixer.device_frozen_seconds`.
    #[error("it stopped taking sound")]
    Stalled,
    /// The device has not answered since the start.
    #[error("it does not answer")]
    NoAnswer,
    /// The settings name another device now.
    #[error("another device was chosen")]
    Replaced,
    /// The thread that opens devices could not be started or has panicked.
    #[error("opening it failed: {0}")]
    Thread(String),
    /// The audio graph has more tracks or sounds than kira was told to make room for.
    #[error("the audio graph has no room for all of its tracks")]
    GraphFull,
}

impl From<cpal::Error> for OutputError {
    fn from(error: cpal::Error) -> Self {
        match error.kind() {
            ErrorKind::DeviceBusy => Self::Busy(error),
            ErrorKind::DeviceNotAvailable | ErrorKind::StreamInvalidated | ErrorKind::HostUnavailable => {
                Self::Gone(error)
            }
            ErrorKind::PermissionDenied => Self::Denied(error),
            _ => Self::System(error),
        }
    }
}

impl From<KiraDeviceError> for OutputError {
    fn from(error: KiraDeviceError) -> Self {
        match error {
            KiraDeviceError::NoDefaultOutputDevice => Self::NoDefaultDevice,
            KiraDeviceError::CpalError(error) => error.into(),
        }
    }
}

impl From<Infallible> for OutputError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<ResourceLimitReached> for OutputError {
    fn from(_: ResourceLimitReached) -> Self {
        Self::GraphFull
    }
}

impl<E> From<PlaySoundError<E>> for OutputError {
    fn from(_: PlaySoundError<E>) -> Self {
        Self::GraphFull
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device that is busy can be told from one that is missing.
    #[test]
    fn errors_of_the_system_are_told_apart() {
        let of = |kind| OutputError::from(cpal::Error::new(kind));
        assert!(matches!(of(ErrorKind::DeviceBusy), OutputError::Busy(_)));
        assert!(matches!(of(ErrorKind::DeviceNotAvailable), OutputError::Gone(_)));
        assert!(matches!(of(ErrorKind::PermissionDenied), OutputError::Denied(_)));
        assert!(matches!(of(ErrorKind::UnsupportedConfig), OutputError::System(_)));
    }
}

//! The faults of the perception.

use crate::foundation::FaultKey;

/// The networks cannot be loaded.
pub const MODELS: FaultKey = FaultKey::new("perception", "models");

/// The perception thread failed.
pub const READER: FaultKey = FaultKey::new("perception", "reader");

/// A frame cannot be read.
pub const FRAME: FaultKey = FaultKey::new("perception", "frame");

//! Signal processing that knows nothing of tracks: limiter, compressor, ducking.

mod ducking;
mod limiter;
mod night_compressor;

pub(super) use ducking::Ducker;
pub use ducking::DuckingCurve;
pub(super) use limiter::Limiter;
pub(super) use night_compressor::NightCompressor;
pub use night_compressor::NightSettings;

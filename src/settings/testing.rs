//! A small tree of settings for tests.

use serde::{Deserialize, Serialize};

use super::{Violation, choices, quantities, require, settings};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Glow {
    #[default]
    Warm,
    VeryCold,
}
choices!(Glow { Warm, VeryCold });

/// A power in watts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Watts(pub(super) f32);
quantities!(Watts);

settings! {
    /// One bulb of a lamp.
    pub struct Bulb / BulbOverlay {
        /// Where it is.
        pub name: String = "left".into(),
        /// Its power.
        pub watts: Watts = Watts(5.0), in 0.1..=60.0, unit "W",
    }
}

settings! {
    /// How a lamp is dimmed.
    pub struct Dimmer / DimmerOverlay {
        /// The least brightness.
        pub least: f32 = 0.1, in 0.0..=1.0,
        /// The greatest brightness.
        pub greatest: f32 = 0.9, in 0.0..=1.0,
    }
    check least_below_greatest;
}

fn least_below_greatest(dimmer: &Dimmer) -> Result<(), Violation> {
    require(dimmer.least <= dimmer.greatest, "greatest", || {
        format!("{} is below least ({})", dimmer.greatest, dimmer.least)
    })
}

settings! {
    /// A lamp.
    pub struct Lamp / LampOverlay {
        /// How bright it is
        /// all together.
        pub power: f32 = 0.7, in 0.3..=0.7,
        /// How many bulbs are lit.
        pub lit: u32 = 2, in 0..=8,
        /// Its colour.
        pub glow: Glow = Glow::Warm,
        /// Its bulbs.
        pub bulbs: Vec<Bulb> = vec![Bulb::default(), Bulb { name: "right".into(), watts: Watts(9.0) }],
        /// How it is dimmed by day.
        pub day: Dimmer,
        /// How it is dimmed at night.
        pub night: Dimmer = Dimmer { greatest: 0.3, ..Dimmer::default() }, from next start,
    }
}

settings! {
    /// All of a small flat.
    pub struct Flat / FlatOverlay {
        /// The lamp of the hall.
        pub hall: Lamp,
        /// The socket.
        pub socket: Socket,
        /// A number without a range.
        pub height: f32 = 2.5, unit "m",
    }
}

settings! {
    /// A socket.
    pub struct Socket / SocketOverlay {
        /// What it is called.
        pub label: String = String::new(), from next start,
        /// When it goes off; never, if nothing is said.
        pub off_after: Option<f32> = None, in 1.0..=24.0, unit "h",
        /// Whether it is on.
        pub on: bool = true,
    }
}

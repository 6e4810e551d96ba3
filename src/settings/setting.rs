//! What every type of a setting can do: take over a part from a file, check itself and describe itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::context::{SettingContext, Violation};
use super::describe::{SettingKind, SettingNode};
use super::text::ron_text;

/// The type of a setting or of a section of settings.
pub trait Setting: Sized + Clone + PartialEq + Serialize {
    /// What a file may hold of it: a section with every field optional, or one optional value.
    type Overlay: DeserializeOwned + Default;

    /// Takes over what the overlay names and keeps the rest.
    fn lay(&mut self, overlay: Self::Overlay);

    /// Checks the value, or all values of a section and the rules between them.
    ///
    /// # Errors
    /// The first value that cannot be used.
    fn check(&self, context: &SettingContext) -> Result<(), Violation> {
        let _ = context;
        Ok(())
    }

    /// Describes the field or the section. `default` is what it is when nothing is set.
    fn describe(&self, default: &Self, context: &SettingContext) -> SettingNode {
        SettingNode::Field(context.field(SettingKind::List, self, default))
    }
}

/// An overlay of one whole value, and what makes a kind of a field.
macro_rules! leaf {
    ($leaf:ty, $kind:expr) => {
        leaf!($leaf, $kind, |_value, _context| Ok(()));
    };
    ($leaf:ty, $kind:expr, $check:expr) => {
        impl Setting for $leaf {
            type Overlay = Option<Self>;

            fn lay(&mut self, overlay: Self::Overlay) {
                if let Some(value) = overlay {
                    *self = value;
                }
            }

            fn check(&self, context: &SettingContext) -> Result<(), Violation> {
                let check: fn(&Self, &SettingContext) -> Result<(), Violation> = $check;
                check(self, context)
            }

            fn describe(&self, default: &Self, context: &SettingContext) -> SettingNode {
                SettingNode::Field(context.field($kind, self, default))
            }
        }
    };
}

macro_rules! integers {
    ($as_f64:expr; $($integer:ty),+) => {$(
        leaf!($integer, SettingKind::Integer, |value, context| match context.range {
            // All ranges are far below 2⁵³.
            Some(range) if !(range.least..=range.greatest).contains(&$as_f64(*value)) => {
                Err(context.out_of_range(value))
            }
            _ => Ok(()),
        });
    )+};
}

macro_rules! floats {
    ($($float:ty),+) => {$(
        leaf!($float, SettingKind::Number, |value, context| match context.range {
            // The bounds are rounded as the value was, so that a bound itself is within the range.
            Some(range) if !(range.least as $float..=range.greatest as $float).contains(value) => {
                Err(context.out_of_range(value))
            }
            None if !value.is_finite() => Err(context.out_of_range(value)),
            _ => Ok(()),
        });
    )+};
}

leaf!(bool, SettingKind::Switch);
leaf!(String, SettingKind::Text);
leaf!(PathBuf, SettingKind::Text);
integers!(f64::from; u16, u32);
integers!((|value| value as f64); u64, usize);
floats!(f32, f64);

/// A list is replaced as a whole; each item is checked.
impl<T: Setting + DeserializeOwned> Setting for Vec<T> {
    type Overlay = Option<Self>;

    fn lay(&mut self, overlay: Self::Overlay) {
        if let Some(value) = overlay {
            *self = value;
        }
    }

    fn check(&self, context: &SettingContext) -> Result<(), Violation> {
        for (number, item) in (1..).zip(self) {
            item.check(context).map_err(|wrong| wrong.within(&format!("[{number}]")))?;
        }
        Ok(())
    }
}

/// What a file says of an optional value: nothing, or a value that may be `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Given<T>(Option<T>);

impl<T> Default for Given<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(|value| Self(Some(value)))
    }
}

/// `None` is written as `None`; a value may be written without `Some`.
impl<T: Setting + DeserializeOwned> Setting for Option<T> {
    type Overlay = Given<Self>;

    fn lay(&mut self, overlay: Self::Overlay) {
        if let Some(value) = overlay.0 {
            *self = value;
        }
    }

    fn check(&self, context: &SettingContext) -> Result<(), Violation> {
        self.as_ref().map_or(Ok(()), |value| value.check(context))
    }
}

/// Entries of a table are replaced one by one.
impl<K, V> Setting for BTreeMap<K, V>
where
    K: Clone + Ord + Serialize + DeserializeOwned,
    V: Setting + DeserializeOwned,
{
    type Overlay = Option<Self>;

    fn lay(&mut self, overlay: Self::Overlay) {
        self.extend(overlay.into_iter().flatten());
    }

    fn check(&self, context: &SettingContext) -> Result<(), Violation> {
        for (key, value) in self {
            value.check(context).map_err(|wrong| wrong.within(ron_text(key).trim_matches('"')))?;
        }
        Ok(())
    }
}

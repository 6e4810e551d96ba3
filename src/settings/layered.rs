//! Settings in layers: the shipped file gives every value, a person's file changes some.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

/// A value that a second file can change in part.
pub trait Layered: Sized {
    /// The same shape with every field optional.
    type Overlay: DeserializeOwned + Default;

    /// Takes over what the overlay names and keeps the rest.
    fn lay(&mut self, overlay: Self::Overlay);
}

macro_rules! whole {
    ($($leaf:ty),+ $(,)?) => {$(
        impl Layered for $leaf {
            type Overlay = Option<Self>;

            fn lay(&mut self, overlay: Self::Overlay) {
                if let Some(value) = overlay {
                    *self = value;
                }
            }
        }
    )+};
}

whole!(bool, u16, u32, u64, usize, f32, f64, String, std::path::PathBuf);

impl<T: DeserializeOwned> Layered for Vec<T> {
    type Overlay = Option<Self>;

    fn lay(&mut self, overlay: Self::Overlay) {
        if let Some(value) = overlay {
            *self = value;
        }
    }
}

/// Entries of a table are replaced one by one.
impl<K: DeserializeOwned + Ord, V: DeserializeOwned> Layered for BTreeMap<K, V> {
    type Overlay = Option<Self>;

    fn lay(&mut self, overlay: Self::Overlay) {
        self.extend(overlay.into_iter().flatten());
    }
}

impl<T: DeserializeOwned, const N: usize> Layered for [T; N]
where
    [T; N]: DeserializeOwned,
{
    type Overlay = Option<Self>;

    fn lay(&mut self, overlay: Self::Overlay) {
        if let Some(value) = overlay {
            *self = value;
        }
    }
}

/// Declares a settings struct: all fields required in the shipped file, all
/// optional in a person's file, unknown fields refused in both.
macro_rules! settings {
    (
        $(#[$meta:meta])*
        pub struct $name:ident / $overlay:ident {
            $($(#[$field_meta:meta])* pub $field:ident: $ty:ty,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $ty,)+
        }

        #[doc = concat!("What a person's file may change of [`", stringify!($name), "`].")]
        #[derive(serde::Deserialize, Default)]
        #[serde(deny_unknown_fields, default)]
        pub struct $overlay {
            $($field: <$ty as $crate::settings::Layered>::Overlay,)+
        }

        impl $crate::settings::Layered for $name {
            type Overlay = $overlay;

            fn lay(&mut self, overlay: Self::Overlay) {
                $($crate::settings::Layered::lay(&mut self.$field, overlay.$field);)+
            }
        }
    };
}
pub(crate) use settings;

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::foundation::parse_ron;

    settings! {
        /// A lamp.
        pub struct Lamp / LampOverlay {
            /// Power in watts.
            pub watts: f32,
            /// Its name.
            pub name: String,
        }
    }

    settings! {
        /// A house.
        pub struct House / HouseOverlay {
            /// The lamp.
            pub lamp: Lamp,
            /// Whether anybody is at home.
            pub home: bool,
        }
    }

    fn shipped() -> House {
        parse_ron(Path::new("house.ron"), r#"(lamp: (watts: 5.0, name: "hall"), home: true)"#)
            .expect("the shipped text is whole")
    }

    #[test]
    fn an_overlay_changes_only_what_it_names() {
        let mut house = shipped();
        let overlay = parse_ron(Path::new("mine.ron"), "(lamp: (watts: 9.0))").expect("valid");
        house.lay(overlay);
        assert_eq!(house.lamp, Lamp { watts: 9.0, name: "hall".into() });
        assert!(house.home);
    }

    #[test]
    fn an_overlay_of_a_table_replaces_single_entries() {
        let lamps = |hall: u32, stairs: u32| BTreeMap::from([(1u32, hall), (2, stairs)]);
        let mut table = lamps(10, 20);
        table.lay(Some(BTreeMap::from([(2, 50)])));
        assert_eq!(table, lamps(10, 50));
    }

    #[test]
    fn an_overlay_with_an_unknown_field_is_refused() {
        let result = parse_ron::<HouseOverlay>(Path::new("mine.ron"), "(lamp: (wats: 9.0))");
        assert!(result.is_err());
    }
}

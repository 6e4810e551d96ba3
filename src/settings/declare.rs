//! The macros that declare settings.

/// Declares a section of settings. Each field is declared once, with all that is known of it:
///
/// ```ignore
/// settings! {
///     /// What the section is about.
///     #[derive(Resource)]
///     pub struct LampSettings / LampSettingsOverlay {
///         /// How bright the lamp is.
///         pub power: f32 = 40.0, in 0.0..=100.0, unit "W",
///         /// Which socket it is plugged in.
///         pub socket: String = "hall".into(), from next start,
///         /// How it is dimmed: a section of its own.
///         pub dimmer: DimmerSettings,
///     }
///     check power_suits_dimmer;
/// }
/// ```
///
/// * `= DEFAULT` makes the default; a field without it has the default of its type.
/// * `in RANGE` is for numbers (and lists of numbers); `unit "…"` is shown beside values and ranges.
/// * `from next start` says that the value is read at the start only. On a section it holds for all in it.
/// * `check FUNCTION;` names a `fn(&LampSettings) -> Result<(), Violation>` for rules between fields.
///
/// The overlay type is the same shape with every field optional: what a person's file may hold. Unknown fields are
/// refused in both.
macro_rules! settings {
    ($($declaration:tt)*) => {
        $crate::settings::declare_section! { defaults; $($declaration)* }
    };
}
pub(crate) use settings;

/// Like [`settings!`], but without defaults: for content of which a shipped file gives every value.
macro_rules! layered {
    ($($declaration:tt)*) => {
        $crate::settings::declare_section! { shipped; $($declaration)* }
    };
}
pub(crate) use layered;

/// Reads a declaration of [`settings!`] or [`layered!`], and writes the type, its overlay and its traits.
macro_rules! declare_section {
    (
        $values:ident;
        $(#[doc = $doc:literal])+
        $(#[derive($($derive:path),+)])?
        pub struct $name:ident / $overlay:ident {
            $(
                $(#[doc = $field_doc:literal])*
                pub $field:ident: $ty:ty
                $(= $default:expr)?
                $(, in $range:expr)?
                $(, unit $unit:literal)?
                $(, from next $start:ident)?
            ),+ $(,)?
        }
        $(check $check:path;)?
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize $($(, $derive)+)?)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(
                $(#[doc = $field_doc])*
                $(#[doc = concat!("\n\nRange: `", stringify!($range), "`.")])?
                $(#[doc = concat!("\n\nUnit: ", $unit, ".")])?
                pub $field: $ty,
            )+
        }

        #[doc = concat!("What a file may change of [`", stringify!($name), "`].")]
        #[allow(clippy::struct_field_names, reason = "the names are those of the declaration")]
        #[derive(serde::Deserialize, Default)]
        #[serde(deny_unknown_fields, default)]
        pub struct $overlay {
            $($field: <$ty as $crate::settings::Setting>::Overlay,)+
        }

        impl $name {
            /// What is declared of each field, in order.
            fn contexts(context: &$crate::settings::SettingContext) -> Vec<$crate::settings::SettingContext> {
                vec![$(
                    context.inner(stringify!($field), $crate::settings::SettingContext {
                        path: String::new(),
                        doc: concat!("" $(, $field_doc, "\n")*),
                        range: $crate::settings::optional!($($crate::settings::SettingRange::from($range))?),
                        unit: $crate::settings::optional!($($unit)?),
                        from_next_start: $crate::settings::from_next!($($start)?),
                    }),
                )+]
            }
        }

        impl $crate::settings::Setting for $name {
            type Overlay = $overlay;

            fn lay(&mut self, overlay: Self::Overlay) {
                $($crate::settings::Setting::lay(&mut self.$field, overlay.$field);)+
            }

            fn check(
                &self,
                context: &$crate::settings::SettingContext,
            ) -> Result<(), $crate::settings::Violation> {
                let mut contexts = Self::contexts(context).into_iter();
                $(
                    let inner = contexts.next().unwrap_or_default();
                    $crate::settings::Setting::check(&self.$field, &inner)
                        .map_err(|wrong| wrong.within(stringify!($field)))?;
                )+
                $($check(self)?;)?
                Ok(())
            }

            fn describe(
                &self,
                default: &Self,
                context: &$crate::settings::SettingContext,
            ) -> $crate::settings::SettingNode {
                let mut contexts = Self::contexts(context).into_iter();
                let children = vec![$({
                    let inner = contexts.next().unwrap_or_default();
                    $crate::settings::Setting::describe(&self.$field, &default.$field, &inner)
                }),+];
                let doc = concat!($($doc, "\n"),+);
                $crate::settings::SettingNode::Section(context.section(doc, stringify!($name), children))
            }
        }

        impl $crate::settings::SettingsTree for $name {
            fn into_sections(self) -> Vec<(&'static str, Box<dyn std::any::Any + Send + Sync>)> {
                vec![$((stringify!($field), Box::new(self.$field))),+]
            }
        }

        $crate::settings::default_impl! { $values; $name { $($field: $ty $(= $default)?,)+ } }
    };
}
pub(crate) use declare_section;

/// The `Default` of a section whose declaration holds its defaults; nothing for one whose values are shipped in a file.
macro_rules! default_impl {
    (shipped; $($section:tt)*) => {};
    (defaults; $name:ident { $($field:ident: $ty:ty $(= $default:expr)?,)+ }) => {
        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $crate::settings::default_or!($ty $(, $default)?),)+ }
            }
        }
    };
}
pub(crate) use default_impl;

/// An optional part of a declaration as an `Option`.
macro_rules! optional {
    () => {
        None
    };
    ($value:expr) => {
        Some($value)
    };
}
pub(crate) use optional;

/// Whether `from next start` is written.
macro_rules! from_next {
    () => {
        false
    };
    (start) => {
        true
    };
}
pub(crate) use from_next;

/// The default that is given, or that of the type.
macro_rules! default_or {
    ($ty:ty) => {
        <$ty as Default>::default()
    };
    ($ty:ty, $default:expr) => {
        $default
    };
}
pub(crate) use default_or;

/// Makes a setting of an enum without data: `choices!(Law { Auto, EqualPower, EqualGain });` names all of it.
macro_rules! choices {
    ($name:ident { $($variant:ident),+ $(,)? }) => {
        impl $name {
            /// All choices, in their order.
            pub const CHOICES: &'static [Self] = {
                const fn all_are_named(choice: $name) {
                    match choice {
                        $($name::$variant => {})+
                    }
                }
                let _ = all_are_named;
                &[$(Self::$variant),+]
            };
        }

        impl $crate::settings::Setting for $name {
            type Overlay = Option<Self>;

            fn lay(&mut self, overlay: Self::Overlay) {
                if let Some(value) = overlay {
                    *self = value;
                }
            }

            fn describe(
                &self,
                default: &Self,
                context: &$crate::settings::SettingContext,
            ) -> $crate::settings::SettingNode {
                let kind = $crate::settings::SettingKind::choice_of(Self::CHOICES);
                $crate::settings::SettingNode::Field(context.field(kind, self, default))
            }
        }
    };
}
pub(crate) use choices;

/// Makes settings of quantities: types around one `f32`, in field `0`, that serde writes as a plain number. Range and
/// unit are declared where they are used, as for a plain number.
macro_rules! quantities {
    ($($name:ident),+ $(,)?) => {$(
        impl $crate::settings::Setting for $name {
            type Overlay = Option<Self>;

            fn lay(&mut self, overlay: Self::Overlay) {
                if let Some(value) = overlay {
                    *self = value;
                }
            }

            fn check(
                &self,
                context: &$crate::settings::SettingContext,
            ) -> Result<(), $crate::settings::Violation> {
                $crate::settings::Setting::check(&self.0, context)
            }

            fn describe(
                &self,
                default: &Self,
                context: &$crate::settings::SettingContext,
            ) -> $crate::settings::SettingNode {
                $crate::settings::Setting::describe(&self.0, &default.0, context)
            }
        }
    )+};
}
pub(crate) use quantities;

/// Makes a setting of a type that is set as a whole and checks itself while it is read.
macro_rules! whole_value {
    ($($name:ty),+ $(,)?) => {$(
        impl $crate::settings::Setting for $name {
            type Overlay = Option<Self>;

            fn lay(&mut self, overlay: Self::Overlay) {
                if let Some(value) = overlay {
                    *self = value;
                }
            }
        }
    )+};
}
pub(crate) use whole_value;

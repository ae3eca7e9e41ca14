//! The one macro that ties a group of events to their kinds: the name, the reading and the writing stand in one place.

use serde::Deserialize;

/// Declares an enum of events, each with its `noun.verb-in-past` kind and its data type. Data of more than a word or two
/// is declared `Box<…>`: a log holds a hundred thousand events, and each takes the room of the largest.
macro_rules! events {
    ($(#[$doc:meta])* $group:ident { $($(#[$vdoc:meta])* $variant:ident($($data:tt)+) = $kind:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $group { $($(#[$vdoc])* $variant($($data)+)),+ }

        impl $group {
            /// Every kind of this group.
            pub const KINDS: &'static [&'static str] = &[$($kind),+];

            /// The kind as the log writes it.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind),+ }
            }

            /// The data as compact JSON.
            ///
            /// # Errors
            /// When a value cannot be written as JSON.
            pub fn data(&self) -> Result<String, serde_json::Error> {
                match self { $(Self::$variant(d) => serde_json::to_string(d)),+ }
            }

            /// `None` when the kind is not of this group or the data does not fit it.
            #[must_use]
            pub fn read(kind: &str, data: &str) -> Option<Self> {
                match kind {
                    $($kind => serde_json::from_str(data).ok().map(Self::$variant),)+
                    _ => None,
                }
            }

            /// The same from a text that begins with the data; with it, how many bytes of the text the data are.
            pub(super) fn read_from(kind: &str, text: &str) -> Option<(Self, usize)> {
                match kind {
                    $($kind => $crate::domain::event::group::first(text).map(|(d, end)| (Self::$variant(d), end)),)+
                    _ => None,
                }
            }
        }

        $(events!(@from $group, $variant, $($data)+);)+
    };

    // A group's event, and so any event, from its bare data; boxed where the group says so.
    (@from $group:ident, $variant:ident, Box<$data:ident>) => {
        events!(@into $group, $data, |data| $group::$variant(Box::new(data)));
    };
    (@from $group:ident, $variant:ident, $data:ident) => {
        events!(@into $group, $data, |data| $group::$variant(data));
    };
    (@into $group:ident, $data:ident, |$bare:ident| $made:expr) => {
        impl From<$data> for $group {
            fn from($bare: $data) -> Self {
                $made
            }
        }

        impl From<$data> for $crate::domain::event::Event {
            fn from(data: $data) -> Self {
                $group::from(data).into()
            }
        }
    };
}

pub(super) use events;

/// The value that a text begins with, and how many bytes of the text it takes.
pub(super) fn first<'a, T: Deserialize<'a>>(text: &'a str) -> Option<(T, usize)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}

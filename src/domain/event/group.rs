//! The one macro that ties a group of events to their kinds: the name, the reading and the writing stand in one place.

/// Declares an enum of events, each with its `noun.verb-in-past` kind and its data type.
macro_rules! events {
    ($(#[$doc:meta])* $group:ident { $($(#[$vdoc:meta])* $variant:ident($data:ident) = $kind:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $group { $($(#[$vdoc])* $variant($data)),+ }

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
        }

        $(impl From<$data> for $crate::domain::event::Event {
            fn from(data: $data) -> Self {
                $group::$variant(data).into()
            }
        })+
    };
}

pub(super) use events;

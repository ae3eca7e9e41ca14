//! For whom a draft is written, and which entries such a reader may see.
//! Must not know how a draft is written.

use crate::domain::entry::{Disclosure, Entry};

/// For whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// Our own people: everything that is not struck.
    #[default]
    Internal,
    /// Those who lead: without what is marked internal.
    Executive,
    /// Everybody: only what is marked public.
    Public,
}

impl Audience {
    /// All, in the order of the command line's help.
    pub const ALL: [Self; 3] = [Self::Internal, Self::Executive, Self::Public];

    /// As the command line writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Executive => "executive",
            Self::Public => "public",
        }
    }

    /// Reads what the command line writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == text)
    }

    /// Whether such a reader may see an entry. Entries are left out whole, before anything is counted or folded.
    #[must_use]
    pub fn may_read(self, entry: &Entry) -> bool {
        match self {
            Self::Internal => true,
            Self::Executive => entry.disclosure != Disclosure::Internal,
            Self::Public => entry.disclosure == Disclosure::Public,
        }
    }
}

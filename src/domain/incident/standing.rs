//! What a line's signature is worth, told apart so that a reader can act on each.
//! Must not know how it is found out (see `trust`).

use crate::domain::id::PersonId;
use crate::domain::time::At;

/// What a line's signature is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Signed with a session key of the person whose chain it is.
    By(PersonId),
    /// It carries no signature.
    Unsigned,
    /// It carries one that nobody has looked at yet.
    Unchecked,
    /// What it carries is no signature of this line: the line was changed, or the signature is not its own.
    Bad,
    /// Signed by a key that nobody vouches for, or not yet: a delegation may still come.
    Unvouched,
    /// A key vouches for it that the roster gives to nobody, or not to the person it speaks for.
    UnknownKey,
    /// Signed for somebody else than the person whose chain and word it is.
    OtherPerson(PersonId),
    /// Recorded when the session key was not valid.
    Expired {
        /// It was valid from then.
        from: At,
        /// Until then.
        until: At,
    },
    /// By a key that counts no more, or vouched for by one.
    Revoked,
}

impl Standing {
    /// Whether the line is known to be by the person whose chain it is.
    #[must_use]
    pub const fn is_trusted(&self) -> bool {
        matches!(self, Self::By(_))
    }

    /// Whether people need not be told: signed as it should be, or its signature will be looked at in a moment.
    #[must_use]
    pub const fn is_quiet(&self) -> bool {
        matches!(self, Self::By(_) | Self::Unchecked)
    }

    /// For scripts: `signed`, `unsigned`, `unchecked`, `bad`, `unvouched`, `unknown-key`, `another-person`, `expired`, `revoked`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::By(_) => "signed",
            Self::Unsigned => "unsigned",
            Self::Unchecked => "unchecked",
            Self::Bad => "bad",
            Self::Unvouched => "unvouched",
            Self::UnknownKey => "unknown-key",
            Self::OtherPerson(_) => "another-person",
            Self::Expired { .. } => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// In a sentence without its full stop.
    #[must_use]
    pub fn says(&self) -> String {
        match self {
            Self::By(person) => format!("signed by {person}"),
            Self::Unsigned => "it is not signed".to_owned(),
            Self::Unchecked => "its signature was not checked yet".to_owned(),
            Self::Bad => "its signature does not fit: the line was changed, or signed as another one".to_owned(),
            Self::Unvouched => "it is signed by a session key that nobody vouches for (yet)".to_owned(),
            Self::UnknownKey => {
                "the key that vouches for its session key is not that person's in the roster in force".to_owned()
            }
            Self::OtherPerson(signer) => format!("it was signed by {signer}, in somebody else's name"),
            Self::Expired { from, until } => {
                format!("its session key was valid from {} to {} only", from.short(), until.short())
            }
            Self::Revoked => "it is signed with a revoked key".to_owned(),
        }
    }

    /// How much it says; where several people vouch for one key, the best counts.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::By(_) => 5,
            Self::Expired { .. } => 4,
            Self::Revoked => 3,
            Self::OtherPerson(_) => 2,
            Self::UnknownKey => 1,
            Self::Unsigned | Self::Unchecked | Self::Bad | Self::Unvouched => 0,
        }
    }
}

//! How this console signs, as far as the person at it should know. Plain data; must not know of agents and files.

use crate::domain::time::At;

/// How lines are signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LineSigning {
    /// No incident is open, the roster says off, or it is practice: nothing to say.
    #[default]
    Nothing,
    /// The own key is still being looked for.
    Looking,
    /// Nobody signs, because of this.
    Unsigned(String),
    /// It will sign with the first entry: this own key (its fingerprint) is asked to vouch for it then.
    Ready(String),
    /// A session key signs.
    Signed {
        /// The fingerprint of the own key that vouches for it; `None` while none has.
        by: Option<String>,
        /// Until when.
        until: At,
    },
}

/// How this console signs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signing {
    /// Counts up: several threads tell, and an older word that comes late is no news.
    pub turn: u64,
    /// Lines.
    pub lines: LineSigning,
    /// A signature of the own key that somebody has to touch or confirm for: for what, and what to do.
    pub awaited: Option<String>,
    /// Why the last thing that the own key was asked for has no signature.
    pub failed: Option<String>,
}

//! What the desk's thread is asked to do.

use std::sync::mpsc::SyncSender;

use crate::domain::entry::NewEntry;
use crate::domain::id::IncidentId;

/// At most this many wait: each may wait for a person. Beyond it new ones are refused with that reason.
pub(super) const ORDERS_MAX: usize = 32;

/// Why a checkpoint is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    Attach,
    Detach,
    Activity,
    Close,
}

impl Occasion {
    /// As the statement has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attach => "attach",
            Self::Detach => "detach",
            Self::Activity => "activity",
            Self::Close => "close",
        }
    }
}

/// One thing to do.
pub(super) enum Order {
    /// Look for the own key, and begin with the open incident.
    Begin,
    /// The open incident's session wants a voucher, or its chain wants it repeated. True: somebody asks for it.
    Vouch(bool),
    /// Entries with an approval among them, to be recorded in this incident when it is signed.
    Approve(IncidentId, Vec<NewEntry>),
    /// The heads of every chain known.
    Checkpoint(Occasion),
    /// The same while leaving: whoever waits hears when it is done.
    Leave(SyncSender<()>),
}

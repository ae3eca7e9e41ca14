//! Events about what people may do: a command that was refused, rights taken for a while with a reason, and given back.

use serde::{Deserialize, Serialize};

use super::group::events;
use crate::domain::event::Event;
use crate::domain::id::{EntryRef, RoleId};
use crate::domain::time::At;

events! {
    /// About what people may do.
    AccessEvent {
        /// Somebody tried what they may not.
        Refused(Box<CommandRefused>) = "command.refused",
        /// Somebody took more rights than the roster gives them, for a while.
        Raised(Box<AccessRaised>) = "access.raised",
        /// And gave them back before their end.
        Ended(Box<AccessEnded>) = "access.ended",
    }
}

impl From<AccessEvent> for Event {
    fn from(e: AccessEvent) -> Self {
        Self::Access(e)
    }
}

/// A command that was refused because whoever gave it may not. None of its words is repeated here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandRefused {
    /// The verb, `severity`.
    pub command: String,
    /// Which level or role it needs, in words.
    pub needs: String,
}

/// Rights taken for a while: break-glass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessRaised {
    /// Why.
    pub reason: String,
    /// Until when, at most `policy::BREAK_GLASS_MAX` after it was recorded; what is longer is cut there.
    pub until: At,
    /// The role whose word they speak besides, where a runbook's step asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleId>,
}

/// Rights given back before their end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessEnded {
    /// The entry that took them.
    pub raised: EntryRef,
}

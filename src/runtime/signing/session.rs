//! The session for one verb: the one at hand, or a new one that the own key vouches for now, if it answers in time.

use std::time::Duration;

use crate::domain::id::IncidentId;
use crate::domain::id::PersonId;
use crate::domain::time::At;
use crate::keys::Session;
use crate::keys::own::OwnKey;
use crate::runtime::signing::sessions::Sessions;
use crate::runtime::signing::vouch::vouch;

/// How long a verb waits for somebody at its terminal to touch or confirm. After it the verb goes on without.
const ATTENDED_LIMIT: Duration = Duration::from_secs(30);

/// How long a verb without a terminal waits: an agent that asks nobody answers in milliseconds.
const UNATTENDED_LIMIT: Duration = Duration::from_secs(2);

/// How long a verb waits for the own key.
#[must_use]
pub const fn verb_limit(attended: bool) -> Duration {
    if attended { ATTENDED_LIMIT } else { UNATTENDED_LIMIT }
}

/// Where a verb's session is for, and whether somebody sits there.
#[derive(Clone, Copy, Debug)]
pub struct ForVerb<'a> {
    /// In which incident.
    pub incident: &'a IncidentId,
    /// For whom.
    pub person: &'a PersonId,
    /// The time.
    pub now: At,
    /// Somebody sits at a terminal.
    pub attended: bool,
}

/// Why there is no session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSession {
    /// In a sentence, with the way out.
    pub why: String,
    /// Whether somebody counts on one: who never set a key up is not told so with every verb.
    pub expected: bool,
}

impl NoSession {
    fn told(why: impl ToString) -> Self {
        Self { why: why.to_string(), expected: true }
    }
}

/// The session that signs a verb's lines. `find` looks for the own key and is only asked when there is no session yet;
/// `say` takes a sentence for whoever has to touch or confirm.
///
/// # Errors
/// Why lines stay unsigned, with the way out.
pub fn session_for_verb(
    sessions: &Sessions,
    wanted: ForVerb<'_>,
    find: impl FnOnce() -> Result<OwnKey, NoSession>,
    mut say: impl FnMut(&str),
) -> Result<Session, NoSession> {
    let ForVerb { incident, person, now, attended } = wanted;
    if let Some(session) = sessions.current(incident, person, now).map_err(NoSession::told)? {
        return Ok(session);
    }
    sessions.tidy(now);
    let own = find()?;
    if own.key().kind().is_hardware() && !attended {
        let print = own.key().fingerprint();
        return Err(NoSession::told(format!(
            "your key {print} wants a touch and nobody sits at a terminal; run `warroom key renew` once at one, it holds for 12 h"
        )));
    }
    let mut session = Sessions::draft(incident, person, now).map_err(NoSession::told)?;
    let (limit, print) = (verb_limit(attended), own.key().fingerprint());
    match vouch(&own, &mut session, limit, |what| say(&format!("signature awaited from {print}: {what}"))) {
        Ok(()) => {
            sessions.keep(&session).map_err(NoSession::told)?;
            Ok(session)
        }
        Err(why) => Err(NoSession::told(format!("{print}: {why}; `warroom key renew` tries again"))),
    }
}

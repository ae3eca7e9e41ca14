//! Taking more rights for a while, and giving them back.

use crate::domain::command::{AccessCommand, Request};
use crate::domain::decide::check::words;
use crate::domain::decide::rejection::Rejection;
use crate::domain::event::{AccessEnded, AccessRaised, Event};
use crate::domain::id::PersonId;
use crate::domain::incident::Incident;
use crate::domain::policy::{BREAK_GLASS_MAX, Denial, may_raise};
use crate::domain::time::Span;

pub(super) fn decide(incident: &Incident, request: &Request, command: &AccessCommand) -> Result<Event, Rejection> {
    let open = incident.raise_of(&request.actor, request.now);
    match (command, open) {
        (AccessCommand::End { of: Some(person) }, _) if *person != request.actor => end(incident, request, person),
        (AccessCommand::End { .. }, Some(open)) => Ok(AccessEnded { raised: open.id.clone() }.into()),
        (AccessCommand::End { .. }, None) => {
            Err(Rejection::misuse(with_open("you have taken no rights that could end", incident, request)))
        }
        (AccessCommand::Raise { .. }, Some(open)) => Err(Rejection::misuse(format!(
            "you have taken rights until {} already; `break-glass end` gives them back",
            open.end().hms()
        ))),
        (AccessCommand::Raise { reason, span, role }, None) => {
            let roster = incident.roster.as_ref().or(request.roster.as_deref());
            if roster.is_none_or(|r| r.people.is_empty()) {
                return Err(Rejection::misuse("the roster has no people: everybody may do everything as it is"));
            }
            if *span <= Span::ZERO || *span > BREAK_GLASS_MAX {
                return Err(Rejection::misuse(format!(
                    "for {}: it goes from a minute to {}; whoever needs longer is to be given the role",
                    span.words(),
                    BREAK_GLASS_MAX.words()
                )));
            }
            may_raise(roster, &request.actor).map_err(|why| {
                Rejection::barred(Denial { who: why, needs: "break-glass needs a key that counts".to_owned() })
            })?;
            let reason = words(reason, "the reason")?;
            Ok(AccessRaised { reason, until: request.now.plus(*span), role: role.clone() }.into())
        }
    }
}

/// Somebody else's: whoever gives roles may (`policy` looks).
fn end(incident: &Incident, request: &Request, person: &PersonId) -> Result<Event, Rejection> {
    let open = incident.raise_of(person, request.now);
    open.map(|open| AccessEnded { raised: open.id.clone() }.into()).ok_or_else(|| {
        Rejection::misuse(with_open(&format!("{person} has taken no rights that could end"), incident, request))
    })
}

/// The sentence, and whose rights do hold.
fn with_open(says: &str, incident: &Incident, request: &Request) -> String {
    let open: Vec<String> =
        incident.raises_at(request.now).map(|r| format!("{} to {}", r.person, r.end().hms())).collect();
    if open.is_empty() { says.to_owned() } else { format!("{says}; there are those of {}", open.join(", ")) }
}

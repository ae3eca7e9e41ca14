//! Taking more rights for a while, and giving them back.

use crate::domain::command::{AccessCommand, Request};
use crate::domain::decide::check::words;
use crate::domain::decide::rejection::Rejection;
use crate::domain::event::{AccessEnded, AccessRaised, Event};
use crate::domain::incident::Incident;
use crate::domain::policy::{BREAK_GLASS_MAX, Denial, may_raise};
use crate::domain::time::Span;

pub(super) fn decide(incident: &Incident, request: &Request, command: &AccessCommand) -> Result<Event, Rejection> {
    let open = incident.raise_of(&request.actor, request.now);
    match (command, open) {
        (AccessCommand::End, Some(open)) => Ok(AccessEnded { raised: open.id.clone() }.into()),
        (AccessCommand::End, None) => Err(Rejection::misuse("you have taken no rights that could end")),
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

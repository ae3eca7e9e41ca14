//! Commands as people type them, `role assign scribe dora`: one table of verbs, one reader.
//! The console's palette, drill scripts and the documentation all use this table.

use crate::domain::command::kinds::{AccessCommand, Command, MatterCommand, RoleCommand, WordCommand};
use crate::domain::event::{Status, TaskOutcome};
use crate::domain::id::PersonId;
use crate::domain::incident::resolve_role;
use crate::domain::policy::BREAK_GLASS_USUAL;
use crate::domain::time::Span;

/// One verb as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerbForm {
    /// The words it begins with.
    pub verb: &'static str,
    /// What follows: `ROLE PERSON`.
    pub args: &'static str,
    /// What it does, in a sentence.
    pub help: &'static str,
}

const fn form(verb: &'static str, args: &'static str, help: &'static str) -> VerbForm {
    VerbForm { verb, args, help }
}

/// Every verb that changes an incident.
pub const VERBS: &[VerbForm] = &[
    form("declare", "SEVERITY TITLE", "Begin an incident: severity 1 (worst) to 5, and a title."),
    form("severity", "N REASON", "Make it worse or better, with the reason."),
    form("status", "STATUS REASON", "Move it on: active, mitigated, resolved, closed, cancelled."),
    form("role assign", "ROLE PERSON", "Give a role: ic, deputy, comms, scribe, ops, responder, …"),
    form("role unassign", "ROLE PERSON", "Take a role away."),
    form("role handover", "ROLE PERSON [BRIEFING]", "Offer your role; it moves when they accept."),
    form("role accept", "ROLE", "Take the role that was offered to you."),
    form("role decline", "ROLE", "Leave the role where it is."),
    form("note", "TEXT", "A remark for the timeline."),
    form("fact", "TEXT [| EVIDENCE]", "Something known to be so, and how it is known."),
    form("concern", "TEXT", "Say that something looks wrong; it must be answered."),
    form("concern answer", "ENTRY TEXT", "Answer a concern."),
    form("report", "FROM | TEXT", "Word from outside: a user, a researcher, another team."),
    form("claim", "open|confirmed|refuted TEXT [| EVIDENCE]", "A rumour, and what became of it."),
    form("hypothesis", "TEXT", "A possible cause."),
    form("hypothesis judge", "ENTRY for|against|confirmed|refuted TEXT", "Evidence about a possible cause."),
    form("decide", "QUESTION | OUTCOME [| REASON]", "Record a decision."),
    form("propose", "QUESTION | OPTION | OPTION …", "Put a question to the room."),
    form("object", "ENTRY TEXT", "Disagree; it is kept whatever is decided."),
    form("settle", "ENTRY OUTCOME [| REASON]", "Settle a proposal."),
    form("order", "TEXT", "A standing order, pinned on every screen until lifted."),
    form("order lift", "ENTRY [REASON]", "Lift a standing order."),
    form("task give", "PERSON MINUTES TEXT", "One owner and a time box; the console asks back."),
    form("task answer", "ENTRY done|failed|dropped [TEXT]", "Answer a task."),
    form("action", "TEXT [| OWNER [| DUE]]", "Something to do after the incident."),
    form("action close", "ENTRY [TEXT]", "Close an action item."),
    form("amend", "ENTRY TEXT", "Correct an entry; the old words are shown struck out."),
    form(
        "break-glass",
        "[MINUTES] REASON",
        "Act as commander for a while, in an emergency: loud, recorded, ends by itself.",
    ),
    form("break-glass end", "[PERSON]", "Give those rights back before their end; PERSON's, for whoever gives roles."),
    form("strike", "ENTRY [REASON]", "Strike an entry out of every export and draft."),
];

/// Reads a typed command.
///
/// # Errors
/// A sentence that says what is wrong and how the verb is used.
pub fn parse(line: &str) -> Result<Command, String> {
    let line = line.trim();
    let form = longest_verb(line).ok_or_else(|| unknown(line))?;
    let rest = line.get(form.verb.len()..).unwrap_or_default().trim();
    read(form.verb, rest).ok_or_else(|| format!("usage: {} {}: {}", form.verb, form.args, form.help))
}

/// The longest verb the line begins with, so that `order lift` is not read as `order`.
fn longest_verb(line: &str) -> Option<&'static VerbForm> {
    let begins = |f: &&VerbForm| {
        line.strip_prefix(f.verb).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    };
    VERBS.iter().filter(begins).max_by_key(|f| f.verb.len())
}

fn unknown(line: &str) -> String {
    let word = line.split_whitespace().next().unwrap_or_default();
    let near: Vec<&str> = VERBS.iter().map(|f| f.verb).filter(|v| v.starts_with(word)).collect();
    match near.as_slice() {
        _ if word.is_empty() => "type a verb: note, declare, role assign, decide, …".to_owned(),
        [] => format!("`{word}` is no verb; the palette (:) lists them all"),
        some => format!("`{line}` is not complete: {}", some.join(", ")),
    }
}

fn read(verb: &str, rest: &str) -> Option<Command> {
    let text = || Some(rest.to_owned()).filter(|t| !t.is_empty());
    Some(match verb {
        "declare" => {
            let (severity, title) = head(rest)?;
            Command::Declare { title: title.to_owned(), severity: severity_of(severity)?, onset: None }
        }
        "severity" => {
            let (to, reason) = head(rest)?;
            Command::SetSeverity { to: severity_of(to)?, reason: reason.to_owned() }
        }
        "status" => {
            let (to, reason) = head(rest)?;
            let to = Status::ALL.into_iter().find(|s| s.as_str() == to)?;
            Command::SetStatus { to, reason: reason.to_owned() }
        }
        "amend" => {
            let (entry, text) = head(rest)?;
            Command::Amend { entry: entry.to_owned(), text: text.to_owned(), reason: String::new() }
        }
        "strike" => {
            let (entry, reason) = head_only(rest)?;
            Command::Strike { entry: entry.to_owned(), reason: reason.to_owned() }
        }
        "break-glass" => Command::Access(break_glass(rest)?),
        "break-glass end" => {
            let of = head_only(rest).map(|(of, more)| (PersonId::from(of), more));
            match of {
                None => Command::Access(AccessCommand::End { of: None }),
                Some((of, "")) => Command::Access(AccessCommand::End { of: Some(of) }),
                Some(_) => return None,
            }
        }
        "note" => Command::Word(WordCommand::Note(text()?)),
        _ => {
            return read_role(verb, rest)
                .map(Command::Role)
                .or_else(|| read_word(verb, rest).map(Command::Word))
                .or_else(|| read_matter(verb, rest).map(Command::Matter));
        }
    })
}

fn read_role(verb: &str, rest: &str) -> Option<RoleCommand> {
    let (role, more) = head_only(rest)?;
    let role = resolve_role(role);
    let person = || Some(PersonId::new(more)).filter(|p| !p.as_str().is_empty());
    Some(match verb {
        "role assign" => RoleCommand::Assign(role, person()?),
        "role unassign" => RoleCommand::Unassign(role, person()?),
        "role handover" => {
            let (to, briefing) = head_only(more)?;
            RoleCommand::HandOver(role, PersonId::new(to), briefing.to_owned())
        }
        "role accept" => RoleCommand::Accept(role),
        "role decline" => RoleCommand::Decline(role),
        _ => return None,
    })
}

fn read_word(verb: &str, rest: &str) -> Option<WordCommand> {
    if rest.is_empty() {
        return None;
    }
    Some(match verb {
        "fact" => {
            let (text, evidence) = bar(rest);
            WordCommand::Fact(text, evidence)
        }
        "concern" => WordCommand::Concern(rest.to_owned()),
        "concern answer" => {
            let (id, text) = head(rest)?;
            WordCommand::AnswerConcern(id.to_owned(), text.to_owned())
        }
        "report" => {
            let (from, text) = bar(rest);
            WordCommand::Report(from, Some(text).filter(|t| !t.is_empty())?)
        }
        "claim" => {
            let (verdict, more) = head(rest)?;
            let (claim, evidence) = bar(more);
            WordCommand::Claim(claim, verdict.to_owned(), evidence)
        }
        "hypothesis" => WordCommand::Hypothesis(rest.to_owned()),
        "hypothesis judge" => {
            let (id, more) = head(rest)?;
            let (verdict, text) = head(more)?;
            WordCommand::Judge(id.to_owned(), verdict.to_owned(), text.to_owned())
        }
        _ => return None,
    })
}

fn read_matter(verb: &str, rest: &str) -> Option<MatterCommand> {
    if rest.is_empty() {
        return None;
    }
    let mut parts = rest.split('|').map(|p| p.trim().to_owned()).filter(|p| !p.is_empty());
    Some(match verb {
        "decide" => MatterCommand::Decide(parts.next()?, parts.next()?, parts.next().unwrap_or_default()),
        "propose" => MatterCommand::Propose(parts.next()?, parts.collect()),
        "object" => head(rest).map(|(id, text)| MatterCommand::Object(id.to_owned(), text.to_owned()))?,
        "settle" => {
            let (id, more) = head(rest)?;
            let (outcome, reason) = bar(more);
            MatterCommand::Settle(id.to_owned(), outcome, reason)
        }
        "order" => MatterCommand::Order(rest.to_owned()),
        "order lift" => head_only(rest).map(|(id, why)| MatterCommand::Lift(id.to_owned(), why.to_owned()))?,
        "task give" => {
            let (to, more) = head(rest)?;
            let (minutes, text) = head(more)?;
            MatterCommand::Task(PersonId::new(to), minutes.parse().ok()?, text.to_owned())
        }
        "task answer" => {
            let (id, more) = head(rest)?;
            let (outcome, text) = head_only(more)?;
            let outcome = match outcome {
                "done" => TaskOutcome::Done,
                "failed" => TaskOutcome::Failed,
                "dropped" => TaskOutcome::Dropped,
                _ => return None,
            };
            MatterCommand::AnswerTask(id.to_owned(), outcome, text.to_owned())
        }
        "action" => {
            let (text, owner) = (parts.next()?, parts.next().map(PersonId::from));
            MatterCommand::Action(text, owner, parts.next().unwrap_or_default())
        }
        "action close" => head_only(rest).map(|(id, how)| MatterCommand::CloseAction(id.to_owned(), how.to_owned()))?,
        _ => return None,
    })
}

/// `30 two keys are lost`, `30m two keys are lost`, or the reason alone.
fn break_glass(rest: &str) -> Option<AccessCommand> {
    let (first, more) = head_only(rest)?;
    let minutes = first.strip_suffix('m').unwrap_or(first).parse::<u16>().ok();
    let (span, reason) = match minutes {
        Some(minutes) => (Span::from_mins(i64::from(minutes)), more),
        None => (BREAK_GLASS_USUAL, rest),
    };
    (!reason.is_empty()).then(|| AccessCommand::Raise { reason: reason.to_owned(), span, role: None })
}

fn severity_of(word: &str) -> Option<u8> {
    let digits = word.trim_start_matches("SEV-").trim_start_matches("sev-");
    digits.parse().ok().filter(|n| (1..=5).contains(n))
}

/// The first word and a rest that is not empty.
fn head(text: &str) -> Option<(&str, &str)> {
    head_only(text).filter(|(_, rest)| !rest.is_empty())
}

/// The first word and what follows, perhaps nothing.
fn head_only(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    Some(text.split_once(char::is_whitespace).map_or((text, ""), |(a, b)| (a, b.trim())))
}

/// What stands before and after the first bar.
fn bar(text: &str) -> (String, String) {
    let (a, b) = text.split_once('|').unwrap_or((text, ""));
    (a.trim().to_owned(), b.trim().to_owned())
}

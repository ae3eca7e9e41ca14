//! `warroom key`: which own key there is, which sessions it has vouched for and until when; making one anew, forgetting one.

use clap::Args;
use clap::Subcommand;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::own_key;
use crate::cli::which;
use crate::domain::id::IncidentId;
use crate::domain::id::PersonId;
use crate::domain::roster::Roster;
use crate::domain::time::At;
use crate::keys::Key as PublicKey;
use crate::keys::Session;
use crate::keys::SessionFileError;
use crate::keys::own::OwnKey;
use crate::runtime::signing::Sessions;
use crate::runtime::signing::TOUCH_LIMIT;
use crate::runtime::signing::vouch;

/// `warroom key`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom key                    your own key, and the sessions it has vouched for
  warroom key renew              vouch for a new session key now, in the open incident: touch or confirm when asked
  warroom key forget             throw this incident's session key away; what it signed stays signed
  warroom key --json | jq -r '.[] | select(.id == \"own\") | .fingerprint'

Your own key signs once for each incident and half day; a session key signs the lines. docs/signatures.md says what is signed by what.")]
pub struct Key {
    #[command(subcommand)]
    verb: Option<KeyVerb>,
    /// Answer as JSON: one array, the own key first
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum KeyVerb {
    /// Vouch for a new session key in the incident that is meant
    Renew,
    /// Throw away the session key of the incident that is meant
    Forget {
        /// Of every incident
        #[arg(long)]
        all: bool,
    },
}

impl Key {
    /// Shows, makes or forgets.
    ///
    /// # Errors
    /// Wrong use (2), could not (4).
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        match self.verb {
            None => show(context, self.json),
            Some(KeyVerb::Renew) => renew(context),
            Some(KeyVerb::Forget { all }) => forget(context, all),
        }
    }
}

/// One key, for scripts.
#[derive(Serialize)]
struct Line {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    fingerprint: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    person: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<At>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vouched_by: Option<String>,
    says: String,
}

impl Line {
    fn only(id: String, says: String) -> Self {
        Self { id, kind: None, fingerprint: String::new(), person: String::new(), until: None, vouched_by: None, says }
    }
}

fn show(context: &mut Context, json: bool) -> Result<(), CliError> {
    let now = context.clock()?.now();
    let person = context.actor()?;
    let roster = own_key::roster(context)?;
    let mut lines = vec![match own_key::find(context, false)? {
        Ok(own) => Line {
            kind: Some(own.key().kind().as_str()),
            fingerprint: own.key().fingerprint(),
            person: person.to_string(),
            ..Line::only("own".to_owned(), own_words(&own, &roster, person.as_str()))
        },
        Err(why) => Line::only("own".to_owned(), why),
    }];
    let kept = Sessions::of(&context.paths()?).all();
    lines.extend(kept.into_iter().map(|(file, session)| match session {
        Ok(session) => session_line(&session, now),
        Err(why) => Line::only(file.display().to_string(), file_words(&why)),
    }));
    if json {
        return context.out.json(&lines);
    }
    for line in &lines {
        context.out.line(&format!("{:<10} {}", if line.id == "own" { "own key" } else { "session" }, line.says));
    }
    Ok(())
}

fn own_words(own: &OwnKey, roster: &Roster, person: &str) -> String {
    let key = own.key();
    let whose = whose(key, roster, person);
    format!("{} {} by {}; {whose}", key.kind().as_str(), key.fingerprint(), own.road_words())
}

/// Whom the roster gives a key to.
pub fn whose(key: &PublicKey, roster: &Roster, person: &str) -> String {
    let has = |lines: &[String]| lines.iter().any(|line| line == &**key.line());
    match roster.people.iter().find(|p| has(&p.keys)) {
        Some(owner) if owner.name.as_str() == person => format!("the roster gives it to {person}"),
        Some(owner) => format!("the roster gives it to {}, and you are {person}", owner.name),
        None if roster.people.iter().all(|p| p.keys.is_empty()) => "the roster has nobody's keys".to_owned(),
        None => "the roster gives it to nobody".to_owned(),
    }
}

fn session_line(session: &Session, now: At) -> Line {
    let by = session.voucher.as_ref().map(|v| v.own.fingerprint());
    let until = match session.expires.since(now) {
        left if left.micros() <= 0 => format!("ended {} UTC", session.expires.hm()),
        left => format!("until {} UTC ({})", session.expires.hm(), left.words()),
    };
    let vouched =
        by.as_ref().map_or_else(|| "nobody has vouched for it yet".to_owned(), |by| format!("vouched for by {by}"));
    let print = session.key.key().fingerprint();
    let says = format!("{} as {}: {print}, {until}, {vouched}", session.incident, session.person);
    Line {
        kind: Some(session.key.key().kind().as_str()),
        fingerprint: print,
        person: session.person.to_string(),
        until: Some(session.expires),
        vouched_by: by,
        ..Line::only(session.incident.to_string(), says)
    }
}

fn file_words(why: &SessionFileError) -> String {
    format!("cannot be used: {why}")
}

fn renew(context: &mut Context) -> Result<(), CliError> {
    let chosen = which::for_writing(context)?;
    let (person, now) = (context.actor()?, context.clock()?.now());
    let own = own_key::find(context, true)?.map_err(CliError::Failed)?;
    let sessions = Sessions::of(&context.paths()?);
    let mut session = Sessions::draft(&chosen.id, &person, now).map_err(CliError::failed)?;
    let print = format!("{} ({})", own.key().fingerprint(), own.road_words());
    let said = vouch(&own, &mut session, TOUCH_LIMIT, |what| context.out.talk(&format!("{print}: {what}")));
    said.map_err(|why| CliError::Failed(format!("no session was made: {why}")))?;
    sessions.keep(&session).map_err(CliError::failed)?;
    context.out.line(&session_line(&session, now).says);
    Ok(())
}

fn forget(context: &mut Context, all: bool) -> Result<(), CliError> {
    let sessions = Sessions::of(&context.paths()?);
    if all {
        let files: Vec<_> = sessions.all().into_iter().map(|(file, _)| file).collect();
        for file in &files {
            Session::forget(file).map_err(CliError::failed)?;
        }
        context.out.line(&format!("{} session keys forgotten", files.len()));
        return Ok(());
    }
    let person = context.actor()?;
    let incident = match which::for_writing(context) {
        Ok(chosen) => chosen.id,
        Err(why) => only_one(context, &sessions, &person, why)?,
    };
    let had = sessions.forget(&incident, &person).map_err(CliError::failed)?;
    context.out.line(if had { "the session key is forgotten" } else { "there was no session key" });
    Ok(())
}

/// Where no incident is open, or several are: the one of which a session of this person is kept, where it is one alone.
fn only_one(context: &Context, sessions: &Sessions, person: &PersonId, why: CliError) -> Result<IncidentId, CliError> {
    if context.global.incident.as_ref().is_some_and(|id| !id.is_empty()) {
        return Err(why);
    }
    let kept = sessions.all().into_iter().filter_map(|(_, session)| session.ok()).filter(|s| s.person == *person);
    let mut kept: Vec<IncidentId> = kept.map(|session| session.incident).collect();
    match (kept.pop(), kept.is_empty()) {
        (None, _) => {
            Err(CliError::Usage(format!("no session key of {person} is kept here; nothing is to be forgotten")))
        }
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            kept.push(last);
            let list: Vec<&str> = kept.iter().map(IncidentId::as_str).collect();
            Err(CliError::Usage(format!(
                "session keys of {person} are kept for {}; say which with --incident ID, or --all",
                list.join(", ")
            )))
        }
    }
}

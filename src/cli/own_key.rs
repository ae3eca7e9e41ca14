//! The own key of whoever acts, for verbs: looked for where environment, configuration and roster say.

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::record::sound;
use crate::config::load_config;
use crate::config::load_roster;
use crate::domain::id::PersonId;
use crate::domain::roster::Roster;
use crate::keys::own;
use crate::keys::own::OwnKey;
use crate::runtime::signing::KeySurroundings;
use crate::runtime::signing::NoSession;

/// The roster; a broken one is refused rather than taken for none, for without it everybody may do everything.
///
/// # Errors
/// Wrong use: it is broken.
pub fn roster(context: &Context) -> Result<Roster, CliError> {
    sound(load_roster(&context.paths()?.roster()))
}

/// The own key, or why there is none. `may_ask`: a passphrase may be asked for, where there is a terminal.
///
/// # Errors
/// Wrong use: the roster is broken, or `WARROOM_KEY` holds half a key.
pub fn find(context: &Context, may_ask: bool) -> Result<Result<OwnKey, String>, CliError> {
    let (roster, person) = (roster(context)?, context.actor()?);
    find_among(context, KeySurroundings::look(), &roster, &person, may_ask)
}

/// The own key for a session, or why there is none, and whether somebody expects one: it is named, or the roster has it.
pub fn for_session(context: &Context) -> Result<OwnKey, NoSession> {
    let expected = |context: &Context| {
        let (roster, person) = (roster(context).ok()?, context.actor().ok()?);
        let config = load_config(&context.paths().ok()?.config()).value;
        let listed = roster.person(person.as_str()).is_some_and(|p| !p.keys.is_empty());
        Some(listed || config.key.is_some() || KeySurroundings::look().named.is_some())
    };
    let found = find(context, false).unwrap_or_else(|why| Err(why.to_string()));
    found.map_err(|why| NoSession { why, expected: expected(context).unwrap_or(true) })
}

/// The key to sign a document with: `named` where it is, and any the agent has otherwise. Operators need no roster.
///
/// # Errors
/// Wrong use: half a key is named.
pub fn named(context: &Context, named: Option<String>) -> Result<Result<OwnKey, String>, CliError> {
    let surroundings = KeySurroundings { named, ..KeySurroundings::look() };
    find_among(context, surroundings, &Roster::default(), &PersonId::from(""), true)
}

fn find_among(
    context: &Context,
    surroundings: KeySurroundings,
    roster: &Roster,
    person: &PersonId,
    may_ask: bool,
) -> Result<Result<OwnKey, String>, CliError> {
    // A broken configuration keeps nobody from signing with what the agent has; `doctor` tells of it.
    let config = load_config(&context.paths()?.config()).value;
    let places = surroundings.places(config.key.as_ref(), roster, person, may_ask);
    let places = places.map_err(|why| CliError::Usage(format!("WARROOM_KEY: {why}")))?;
    Ok(own::find(&places).map_err(|why| why.to_string()))
}

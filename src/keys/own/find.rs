//! Which key is a person's own, and how it is reached: the one they named, else one that the agent holds and the roster gives
//! them, else the agent's first. Reads what it is told to look at and nothing else; prompts nobody.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::keys::fault::KeyError;
use crate::keys::key::Key;
use crate::keys::own::agent::Agent;
use crate::keys::own::agent::AgentError;
use crate::keys::own::agent::Identity;
use crate::keys::own::forwarded::reach;
use crate::keys::own::key_file;
use crate::keys::own::key_file::FileError;
use crate::keys::own::keygen;
use crate::keys::own::named::Named;
use crate::keys::own::own_key::OwnKey;
use crate::keys::own::own_key::Road;
use crate::keys::own::within::within;

/// How long an agent may take to list its keys. They answer in a millisecond; a forwarded one takes a round trip.
const LIST_LIMIT: Duration = Duration::from_secs(2);

/// Where to look.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The key somebody named, and where it was named, for messages: `WARROOM_KEY`, `key in config.toml`.
    pub named: Option<(Named, String)>,
    /// `SSH_AUTH_SOCK`.
    pub agent: Option<PathBuf>,
    /// This login came over SSH, so that the agent may be a forwarded one.
    pub over_ssh: bool,
    /// The keys that the roster gives this person, where it gives any.
    pub roster: Vec<Key>,
    /// Only a key that the roster gives this person will do: it requires signatures.
    pub only_roster: bool,
    /// Keys that the roster says count no more.
    pub revoked: Vec<Key>,
    /// A passphrase may be asked for on the terminal.
    pub may_ask: bool,
}

/// Why there is no own key.
#[derive(Debug, Error)]
pub enum OwnKeyError {
    /// Nothing was named and there is no agent.
    #[error(
        "no own key: no agent runs here (SSH_AUTH_SOCK) and none is named; start an agent, or set `key = \"~/.ssh/id_ed25519\"` in config.toml or WARROOM_KEY"
    )]
    Nowhere,
    /// The agent did not answer.
    #[error("no own key: {0}")]
    Agent(#[from] AgentError),
    /// The agent hangs.
    #[error("no own key: the agent at {0} does not answer")]
    Hangs(PathBuf),
    /// The agent holds nothing that could be used.
    #[error("no own key: the agent holds no key{0}; add yours with ssh-add")]
    Empty(String),
    /// It holds keys, but none that the roster gives this person.
    #[error(
        "no own key: the agent holds {held}, none of which the roster gives you; add the right one with ssh-add, or have the roster mended"
    )]
    Strange {
        /// What it holds.
        held: String,
    },
    /// It would sign, and nothing signed with it would count.
    #[error("no own key: the roster requires signatures and does not give you {0}; have your key put into roster.toml")]
    NotYours(String),
    /// The roster says that it counts no more.
    #[error(
        "no own key: {0} stands under `revoked` in roster.toml, and nothing signed with it counts; use another, and have it put into the roster"
    )]
    Revoked(String),
    /// The named file is of no use.
    #[error("{by}: {why}")]
    File {
        /// Where it was named.
        by: String,
        /// What is wrong with it.
        why: FileError,
    },
    /// The named key is in no agent, and there is no private file.
    #[error("{by}: {print} is not in the agent, and no private key file is named; add it with ssh-add")]
    NotHeld {
        /// Where it was named.
        by: String,
        /// Its fingerprint.
        print: String,
    },
}

/// Finds it. Takes a few milliseconds, or seconds when an agent hangs.
///
/// # Errors
/// Why there is none, with the way out.
pub fn find(places: &Places) -> Result<OwnKey, OwnKeyError> {
    let held = places.agent.as_deref().map(list);
    let own = match &places.named {
        Some((named, by)) => find_named(places, held, named, by),
        None => find_in_agent(places, held.ok_or(OwnKeyError::Nowhere)??),
    }?;
    if places.revoked.contains(own.key()) {
        return Err(OwnKeyError::Revoked(own.key().fingerprint()));
    }
    if places.only_roster && !places.roster.contains(own.key()) {
        return Err(OwnKeyError::NotYours(own.key().fingerprint()));
    }
    Ok(own)
}

/// The public half of a key that somebody named by its file.
///
/// # Errors
/// The file cannot be read or holds no key.
pub fn read_public(file: &Path) -> Result<Key, FileError> {
    key_file::public(file)
}

fn list(socket: &Path) -> Result<Vec<Identity>, OwnKeyError> {
    let agent = Agent::at(socket);
    let found = within(LIST_LIMIT, move || agent.identities(LIST_LIMIT));
    Ok(found.ok_or_else(|| OwnKeyError::Hangs(socket.to_owned()))??)
}

fn find_in_agent(places: &Places, held: Vec<Identity>) -> Result<OwnKey, OwnKeyError> {
    let refused: Vec<&KeyError> = held.iter().filter_map(|i| i.key.as_ref().err()).collect();
    let mut keys = held.iter().filter_map(|i| i.key.as_ref().ok());
    let none =
        || OwnKeyError::Empty(refused.first().map(|why| format!(" that can be used ({why})")).unwrap_or_default());
    let key = if places.roster.is_empty() {
        keys.next().ok_or_else(none)?
    } else {
        let prints: Vec<String> = keys.clone().map(Key::fingerprint).collect();
        if prints.is_empty() {
            return Err(none());
        }
        let held = prints.join(", ");
        keys.find(|key| places.roster.contains(key)).ok_or(OwnKeyError::Strange { held })?
    };
    // The socket is there: the list came from it.
    by_agent(places, key.clone()).ok_or(OwnKeyError::Nowhere)
}

fn by_agent(places: &Places, key: Key) -> Option<OwnKey> {
    let socket = places.agent.as_deref()?;
    let road = Road::Agent { agent: Agent::at(socket), reach: reach(socket, places.over_ssh) };
    Some(OwnKey { key, road, may_ask: places.may_ask })
}

fn find_named(
    places: &Places,
    held: Option<Result<Vec<Identity>, OwnKeyError>>,
    named: &Named,
    by: &str,
) -> Result<OwnKey, OwnKeyError> {
    let in_agent = |wanted: &dyn Fn(&Key) -> bool| {
        let held = held.iter().flatten().flatten().filter_map(|i| i.key.as_ref().ok());
        held.into_iter().find(|key| wanted(key)).and_then(|key| by_agent(places, key.clone()))
    };
    let not_held = |print: String| OwnKeyError::NotHeld { by: by.to_owned(), print };
    match named {
        Named::Fingerprint(print) => {
            in_agent(&|key| key.fingerprint() == *print).ok_or_else(|| not_held(print.clone()))
        }
        Named::Key(wanted) => in_agent(&|key| key == wanted).ok_or_else(|| not_held(wanted.fingerprint())),
        Named::File(file) => {
            let key = key_file::public(file).map_err(|why| OwnKeyError::File { by: by.to_owned(), why })?;
            if let Some(found) = in_agent(&|held| *held == key) {
                return Ok(found);
            }
            let private = private_file(file).ok_or_else(|| not_held(key.fingerprint()))?;
            if !keygen::is_there() {
                return Ok(OwnKey::of_file(key, private));
            }
            Ok(OwnKey { key, road: Road::Keygen(private), may_ask: places.may_ask })
        }
    }
}

/// The private half's file of what was named: itself, or the one beside a .pub file.
fn private_file(file: &Path) -> Option<PathBuf> {
    let private = if file.extension().is_some_and(|e| e == "pub") { file.with_extension("") } else { file.to_owned() };
    private.is_file().then_some(private)
}

//! Own key, forwarded agent, roster, session files. Signs nothing: a hardware key would blink for nobody.

use std::os::unix::fs::MetadataExt;

use super::finding::Finding;
use crate::cli::verbs::key::whose;
use crate::config::Config;
use crate::domain::id::PersonId;
use crate::domain::roster::Level;
use crate::domain::roster::Person;
use crate::domain::roster::Roster;
use crate::domain::roster::Signatures;
use crate::keys::own;
use crate::keys::own::AgentError;
use crate::keys::own::OwnKey;
use crate::keys::own::OwnKeyError;
use crate::keys::own::Reach;
use crate::keys::own::Road;
use crate::runtime::paths::Paths;
use crate::runtime::signing::KeySurroundings;
use crate::runtime::signing::Sessions;

/// Whether entries can be signed, and as whom.
#[must_use]
pub fn keys(paths: &Paths, config: &Config, roster: &Roster, person: &PersonId) -> Vec<Finding> {
    if roster.signatures == Signatures::Off {
        return vec![Finding::ok("key", "the roster says signatures = \"off\": nothing is signed")];
    }
    let places = KeySurroundings::look().places(config.key.as_ref(), roster, person, false);
    let mut found = match places.map_err(|why| format!("WARROOM_KEY: {why}")) {
        Ok(places) => match own::find(&places) {
            Ok(own) => own_key(&own, roster, person),
            Err(why) => vec![without(roster, person, why.to_string(), mend(&why))],
        },
        Err(why) => vec![without(roster, person, why, SET_UP)],
    };
    found.extend(keyless(roster));
    found.extend(sessions(paths));
    found
}

/// What helps where nothing is set up yet.
const SET_UP: &str = "docs/signatures.md sets one up in five lines";

fn mend(why: &OwnKeyError) -> &'static str {
    match why {
        OwnKeyError::Agent(AgentError::Dead { .. }) => {
            "the agent that SSH_AUTH_SOCK names is gone: log in anew, or eval \"$(ssh-agent)\" and ssh-add; or name a key file with WARROOM_KEY"
        }
        OwnKeyError::Hangs(_) => {
            "the agent hangs: kill it and start another (eval \"$(ssh-agent)\"; ssh-add), or name a key file with WARROOM_KEY"
        }
        OwnKeyError::Empty(_) => "ssh-add your key",
        _ => SET_UP,
    }
}

fn without(roster: &Roster, person: &PersonId, why: String, mend: &str) -> Finding {
    if roster.signatures != Signatures::Required {
        return Finding::warn("key", format!("{why}; entries are written unsigned and shown so"), mend);
    }
    if observes(roster, person.as_str()) {
        let says =
            format!("{why}; the roster requires signatures, so that {person}, an observer, can look and nothing more");
        return Finding::warn("key", says, format!("none is needed to look; to raise concerns: {mend}"));
    }
    let says = format!("{why}; the roster requires signatures, so that nothing can be recorded");
    Finding::bad("key", says, mend)
}

/// Whether somebody only looks: whoever is not in a roster that has people, too.
fn observes(roster: &Roster, person: &str) -> bool {
    let level = roster.person(person).map_or(Level::Observer, |p| p.level);
    !roster.people.is_empty() && level == Level::Observer
}

fn own_key(own: &OwnKey, roster: &Roster, person: &PersonId) -> Vec<Finding> {
    let key = own.key();
    let whose = whose(key, roster, person.as_str());
    let says = format!("{} {} by {}; {whose}", key.kind().as_str(), key.fingerprint(), own.road_words());
    let listed = roster.person(person.as_str()).is_some_and(|p| p.keys.iter().any(|line| *line == **key.line()));
    let anybody = roster.people.iter().any(|p| !p.keys.is_empty());
    let mut found = vec![if listed || !anybody {
        Finding::ok("key", says)
    } else {
        Finding::warn(
            "key",
            says,
            format!("add \"{key}\" to your `keys` in roster.toml, or name another with WARROOM_KEY"),
        )
    }];
    if let Road::Agent { reach: Reach::Forwarded, .. } = own.road()
        && !key.kind().is_hardware()
    {
        let says = "the agent is forwarded: root on this machine can sign in your name while you are here";
        found.push(Finding::warn(
            "key",
            says,
            "add the key with `ssh-add -c` at your end, so that it asks, or use a hardware key",
        ));
    }
    found
}

/// People whose entries must be signed and who have nothing to sign with. Who only looks needs nothing.
fn keyless(roster: &Roster) -> Vec<Finding> {
    if roster.signatures != Signatures::Required {
        return Vec::new();
    }
    let without = roster.people.iter().filter(|p| p.keys.is_empty());
    let (observers, others): (Vec<_>, Vec<_>) = without.partition(|p| p.level == Level::Observer);
    let names = |people: Vec<&Person>| people.iter().map(|p| p.name.to_string()).collect::<Vec<_>>().join(", ");
    let mut found = Vec::new();
    if !others.is_empty() {
        let says = format!("signatures are required, and these people have no keys in the roster: {}", names(others));
        found.push(Finding::bad("key", says, "add the line of their .pub file to `keys`"));
    }
    if !observers.is_empty() {
        let says = format!(
            "these observers have no keys in the roster; they look, and raise no concerns: {}",
            names(observers)
        );
        found.push(Finding::warn("key", says, "add the line of their .pub file to `keys` if they are to raise any"));
    }
    found
}

/// Files that others can read, and files that are none.
fn sessions(paths: &Paths) -> Vec<Finding> {
    let sessions = Sessions::of(paths);
    let mut found = Vec::new();
    let folder = sessions.folder();
    if std::fs::metadata(folder).is_ok_and(|about| about.mode() & 0o077 != 0) {
        let says = format!("{}: others can look into the folder of session keys", folder.display());
        found.push(Finding::bad("sessions", says, format!("chmod 700 {}", folder.display())));
    }
    let all = sessions.all();
    let bad = all.iter().filter_map(|(_, session)| session.as_ref().err());
    found.extend(bad.map(|why| Finding::bad("sessions", why.to_string(), "warroom key forget --all")));
    if found.is_empty() && !all.is_empty() {
        let count = if all.len() == 1 { "1 session key".to_owned() } else { format!("{} session keys", all.len()) };
        found.push(Finding::ok("sessions", format!("{count}, readable by you alone")));
    }
    found
}

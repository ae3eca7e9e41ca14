//! Own key, forwarded agent, roster, session files. Signs nothing: a hardware key would blink for nobody.

use std::os::unix::fs::MetadataExt;

use super::finding::Finding;
use crate::cli::verbs::key::whose;
use crate::config::Config;
use crate::domain::id::PersonId;
use crate::domain::roster::Roster;
use crate::domain::roster::Signatures;
use crate::keys::own;
use crate::keys::own::OwnKey;
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
            Err(why) => vec![without(roster, why.to_string())],
        },
        Err(why) => vec![without(roster, why)],
    };
    found.extend(keyless(roster));
    found.extend(sessions(paths));
    found
}

fn without(roster: &Roster, why: String) -> Finding {
    let mend = "docs/signatures.md sets one up in five lines";
    if roster.signatures == Signatures::Required {
        return Finding::bad(
            "key",
            format!("{why}; the roster requires signatures, so that nothing can be recorded"),
            mend,
        );
    }
    Finding::warn("key", format!("{why}; entries are written unsigned and shown so"), mend)
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

/// People whose entries must be signed and who have nothing to sign with.
fn keyless(roster: &Roster) -> Option<Finding> {
    let names: Vec<&str> = roster.people.iter().filter(|p| p.keys.is_empty()).map(|p| p.name.as_str()).collect();
    if roster.signatures != Signatures::Required || names.is_empty() {
        return None;
    }
    let says = format!("signatures are required, and these people have no keys in the roster: {}", names.join(", "));
    Some(Finding::bad("key", says, "add the line of their .pub file to `keys`"))
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

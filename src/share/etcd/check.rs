//! What `doctor` asks a cluster: does each endpoint answer, is it full, may we read and write there, do the clocks agree.
//! Changes nothing: the right to write is tried with a transaction that can never write.

use serde_json::json;

use crate::config::EtcdSettings;
use crate::share::etcd::fault::EtcdError;
use crate::share::etcd::gateway::{Endpoint, client};
use crate::share::etcd::key::entries;
use crate::share::etcd::wire::{AlarmReply, StatusReply, TxnReply, try_right};

/// A database of this size is worth a word: etcd's own quota is 2 GiB unless it was raised.
const LARGE: u64 = 1_500 * 1024 * 1024;

/// Versions below this are not known to keep what they acknowledged.
const OLDEST: (u32, u32) = (3, 4);

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The endpoint, or `cluster`.
    pub of: String,
    /// What was found.
    pub says: String,
    /// What to do about it; empty when it is well.
    pub mend: String,
    /// Whether entries are not carried because of it.
    pub bad: bool,
}

impl Check {
    fn well(of: &str, says: impl Into<String>) -> Self {
        Self { of: of.to_owned(), says: says.into(), mend: String::new(), bad: false }
    }

    fn bad(of: &str, says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { of: of.to_owned(), says: says.into(), mend: mend.into(), bad: true }
    }

    fn warn(of: &str, says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { bad: false, ..Self::bad(of, says, mend) }
    }
}

/// Looks at every endpoint, and at our rights through the first that answers.
pub async fn check(settings: &EtcdSettings) -> Vec<Check> {
    let client = match client(settings) {
        Ok(client) => client,
        Err(why) => return vec![Check::bad("cluster", why.to_string(), "docs/sharing.md shows how it is set up")],
    };
    let (mut found, mut clusters, mut rights) = (Vec::new(), Vec::new(), None);
    let mut up = 0;
    for url in &settings.endpoints {
        let endpoint = match Endpoint::enter(&client, url, settings).await {
            Ok(endpoint) => endpoint,
            Err(why) => {
                found.push(Check::bad(url, why.to_string(), mend(&why)));
                continue;
            }
        };
        match endpoint.ask::<StatusReply>("/v3/maintenance/status", &json!({})).await {
            Ok(status) => found.extend(of_status(url, &status)),
            Err(why @ (EtcdError::Unreachable(_) | EtcdError::TimedOut(_) | EtcdError::Setup(_))) => {
                found.push(Check::bad(url, why.to_string(), mend(&why)));
                continue;
            }
            Err(why) => found.push(Check::warn(url, format!("says nothing of itself: {why}"), mend(&why))),
        }
        let (from, to) = entries(&settings.prefix);
        match endpoint.count(&from, &to).await {
            Ok(reply) => {
                up += 1;
                clusters.push(reply.header.cluster_id);
                if rights.is_none() {
                    rights = Some(may_write(&endpoint, settings, reply.count).await);
                    found.extend(alarms(&endpoint).await);
                }
            }
            Err(why) => found.push(Check::bad(url, format!("cannot be read: {why}"), mend(&why))),
        }
    }
    clusters.sort_unstable();
    clusters.dedup();
    if clusters.len() > 1 {
        found.push(Check::bad(
            "cluster",
            "the endpoints are of different clusters",
            "name the members of one in `endpoints`",
        ));
    }
    found.extend(rights);
    if up == 1 && settings.endpoints.len() == 1 {
        let says = "one endpoint is named; when that member is down nothing is carried";
        found.push(Check::warn("cluster", says, "name the other members in `endpoints` too"));
    }
    found
}

fn of_status(url: &str, status: &StatusReply) -> Vec<Check> {
    let mut found = Vec::new();
    let mib = |bytes: u64| bytes.div_ceil(1024 * 1024);
    let says =
        format!("version {}, {} MiB on disk, {} in use", status.version, mib(status.db_size), mib(status.db_in_use));
    if status.leader == 0 {
        found.push(Check::bad(url, "it has no leader", "start the other members, or mend the network between them"));
    }
    if version(&status.version).is_some_and(|v| v < OLDEST) {
        let mend = "use etcd 3.4 or newer; Debian 12 has 3.4.23";
        found.push(Check::bad(url, format!("version {} is too old", status.version), mend));
    }
    if status.db_size > LARGE {
        let mend = "compact and `etcdctl defrag`, or raise --quota-backend-bytes; at the quota it takes nothing more";
        found.push(Check::warn(url, says.clone(), mend));
    }
    found.extend(
        status.errors.iter().map(|e| Check::warn(url, format!("it says: {}", super::fault::short(e)), "see its log")),
    );
    if found.is_empty() {
        found.push(Check::well(url, says));
    }
    found
}

fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

async fn may_write(endpoint: &Endpoint, settings: &EtcdSettings, keys: u64) -> Check {
    let key = format!("{}/.doctor", settings.prefix);
    let who = settings.user.as_deref().unwrap_or("everybody");
    match endpoint.ask::<TxnReply>("/v3/kv/txn", &try_right(&key)).await {
        Ok(_) => {
            let says = format!("{who} may read and write under {}/, where {keys} keys are", settings.prefix);
            if settings.user.is_none() && settings.cert.is_none() {
                let mend = "turn on users and TLS (docs/sharing.md has the commands), unless nobody else reaches it";
                return Check::warn("cluster", says, mend);
            }
            Check::well("cluster", says)
        }
        Err(why) => Check::bad("cluster", format!("{who} may not write under {}/: {why}", settings.prefix), mend(&why)),
    }
}

async fn alarms(endpoint: &Endpoint) -> Vec<Check> {
    // Where only root may ask, a full cluster shows itself when it is written to.
    let Ok(reply) = endpoint.ask::<AlarmReply>("/v3/maintenance/alarm", &json!({ "action": "GET" })).await else {
        return Vec::new();
    };
    let alarm = |a: &super::wire::Alarm| match a.alarm.as_str() {
        "NOSPACE" => Check::bad("cluster", EtcdError::Full.to_string(), "docs/sharing.md has the commands"),
        other => {
            let says = format!("alarm {}", super::fault::short(other));
            Check::bad("cluster", says, "replace the member that `etcdctl alarm list` names")
        }
    };
    reply.alarms.iter().map(alarm).collect()
}

fn mend(why: &EtcdError) -> &'static str {
    match why {
        EtcdError::Unreachable(_) | EtcdError::TimedOut(_) => {
            "start the member, or mend `endpoints` or the network between us"
        }
        EtcdError::NoLeader => "start the other members, or mend the network between them",
        EtcdError::Login(_) | EtcdError::LoginOver => "mend `user` and `password_file` in config.toml",
        EtcdError::Denied => "etcdctl role grant-permission ROLE --prefix=true readwrite PREFIX/ (docs/sharing.md)",
        EtcdError::Full => "compact, `etcdctl defrag`, then `etcdctl alarm disarm` (docs/sharing.md)",
        EtcdError::Says(_) | EtcdError::Nonsense(_) => "is it etcd's client port, of version 3.4 or newer?",
        EtcdError::Setup(_) => "mend [share.etcd] in config.toml",
    }
}

//! Whether a client tells the failing apart from the others. One failing node proves nothing about its client, nor do several
//! in one house: they fail at two operators at least, or one of our own of another client is well.
//! Must not know what fails.

use std::collections::BTreeSet;

use super::book::Teller;
use super::client::Client;
use super::scope::Sight;
use super::track::Track;
use crate::domain::id::NodeId;

/// Failing sources of one client that a verdict about the client needs.
const LEAST_FAILING: usize = 2;

/// One source in the comparison.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// What it is called in a sentence.
    pub name: String,
    /// What it runs, where that is known.
    pub client: Option<Client>,
    /// Whether it shows the trouble.
    pub fails: bool,
    /// Whether it is ours.
    pub own: bool,
}

/// That the client tells them apart, in sentences; `None` when it does not, or too few are known.
pub(super) fn minority(members: &[Member]) -> Option<Vec<String>> {
    let (failing, fine): (Vec<&Member>, Vec<&Member>) = members.iter().partition(|m| m.fails);
    let known = failing.iter().all(|m| m.client.is_some()) && fine.iter().any(|m| m.client.is_some());
    if failing.len() < LEAST_FAILING || !known || !failing.iter().any(|m| m.own) {
        return None;
    }
    // Our own share one operator; each of the others is one, for views that share something count once. What all of ours
    // have and nobody else may as well be our house: only an own node that is well tells the client from it.
    let (alone, ours_well) = (failing.iter().all(|m| m.own), fine.iter().any(|m| m.own && m.client.is_some()));
    if alone && !ours_well {
        return None;
    }
    let by_name = |m: &&Member| m.client.as_ref().map(|c| c.name.clone());
    let by_version = |m: &&Member| m.client.as_ref().map(|c| format!("{} {}", c.name, c.version).trim().to_owned());
    let what = only(&failing, &fine, by_name).or_else(|| only(&failing, &fine, by_version))?;
    let names = |of: &[&Member]| of.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", ");
    let others: BTreeSet<String> = fine.iter().filter_map(by_version).collect();
    let others = others.into_iter().collect::<Vec<_>>().join(", ");
    let mut told = vec![
        format!("all that fail run {what}: {}", names(&failing)),
        format!("none of those that are well does ({others}): {}", names(&fine)),
    ];
    // How many of our own fail says nothing of the network.
    let others = |of: &[&Member]| of.iter().filter(|m| !m.own).count();
    let (fails, well) = (others(&failing), others(&fine));
    if fails > well {
        told.push(format!(
            "{what} is the majority among the independent sources, {fails} of {}: what fails is most of the network",
            fails + well
        ));
    }
    Some(told)
}

/// The one name that all failing share and none that is well has.
fn only<'a>(
    failing: &[&'a Member],
    fine: &[&'a Member],
    name: impl Fn(&&'a Member) -> Option<String>,
) -> Option<String> {
    let names: BTreeSet<Option<String>> = failing.iter().map(&name).collect();
    let mut names = names.into_iter();
    let (Some(Some(one)), None) = (names.next(), names.next()) else { return None };
    fine.iter().all(|m| name(m).as_ref() != Some(&one)).then_some(one)
}

/// That the two sides of a fork run different clients, in a sentence.
pub(super) fn apart(sight: &Sight<'_>, a: &[Teller], b: &[Teller]) -> Option<String> {
    let of = |side: &[Teller]| -> BTreeSet<Client> { side.iter().filter_map(|t| client_of(sight, t)).collect() };
    let (ours, theirs) = (of(a), of(b));
    if ours.is_empty() || theirs.is_empty() || ours.intersection(&theirs).next().is_some() {
        return None;
    }
    let words = |clients: BTreeSet<Client>| {
        let words: Vec<String> =
            clients.iter().map(|c| format!("{} {}", c.name, c.version).trim().to_owned()).collect();
        words.join(", ")
    };
    Some(format!("the sides run different clients: {} against {}", words(ours), words(theirs)))
}

fn client_of(sight: &Sight<'_>, teller: &Teller) -> Option<Client> {
    match teller {
        Teller::Node(id) => of_node(sight, id),
        Teller::Peer(operator, node) => {
            let nodes = sight.peers.iter().filter(|p| p.operator == *operator).flat_map(|p| &p.nodes);
            let node = nodes.into_iter().find(|n| n.id == *node && !n.client.is_empty())?;
            Some(Client { name: node.client.clone(), version: node.version.clone() })
        }
    }
}

fn of_node(sight: &Sight<'_>, id: &NodeId) -> Option<Client> {
    sight.tracks.get(id).and_then(Track::client)
}

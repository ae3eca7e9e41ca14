//! The search itself: every place at once, within a second, and a report in words.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::identify::{Found, identify};
use super::ports::{Candidate, usual};
use crate::domain::observation::Family;
use crate::domain::watch::NodeSpec;
use crate::telemetry::http::Http;

/// How long one place may take to answer; loopback answers in milliseconds, a hanging node is not waited for.
pub const PROBE_LIMIT: Duration = Duration::from_millis(900);

/// What was found on this machine, and what was not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DiscoveryReport {
    /// Nodes that this version watches, ready to be polled.
    pub found: Vec<NodeSpec>,
    /// All of it in words: found, found but not watched, answered strangely, and last what is absent.
    pub sentences: Vec<String>,
}

/// Looks on the usual ports.
pub async fn discover(network: &str) -> DiscoveryReport {
    discover_on(usual(), network).await
}

/// Looks in these places.
pub async fn discover_on(places: &[Candidate], network: &str) -> DiscoveryReport {
    let http = Http::new();
    let mut tasks = Vec::with_capacity(places.len());
    for place in places.iter().copied() {
        let http = Arc::clone(&http);
        tasks.push((place, tokio::spawn(async move { identify(&http, place).await })));
    }
    let mut answers = Vec::with_capacity(tasks.len());
    for (place, task) in tasks {
        answers.push((place, task.await.unwrap_or(Found::Nothing)));
    }
    report(&answers, network)
}

fn report(answers: &[(Candidate, Found)], network: &str) -> DiscoveryReport {
    let mut out = DiscoveryReport::default();
    let mut strange = Vec::new();
    let mut absent: BTreeMap<Family, Vec<u16>> = BTreeMap::new();
    for (place, found) in answers {
        let (title, port) = (title(*place), place.port);
        match found {
            Found::Node(name) if place.family.is_watched() => {
                out.sentences.push(format!("{title} answers on {port}: {name}."));
                out.found.push(spec(*place, network));
            }
            Found::Node(name) => out
                .sentences
                .push(format!("{title} answers on {port}: {name}. This version does not watch that family yet.")),
            Found::Locked => out.sentences.push(format!(
                "Something on {port} wants credentials (usual port of {title}); name it in config.toml with its auth."
            )),
            Found::Nothing => absent.entry(place.family).or_default().push(port),
            Found::Other(failure) => {
                strange.push(format!("Something on {port}, the usual port of {title}, is not that: {failure}."));
            }
        }
    }
    out.sentences.append(&mut strange);
    if !absent.is_empty() {
        let each = absent.iter().map(|(family, ports)| {
            let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
            format!("{} ({})", family_title(*family), ports.join(" "))
        });
        out.sentences.push(format!("Nothing listens on the usual ports of {}.", each.collect::<Vec<_>>().join(", ")));
    }
    attach_pages(&mut out.found);
    out
}

/// Where the pages of one family alone listen: part of the URL, and the family.
const OWN_PAGES: [(&str, Family); 3] =
    [("/debug/metrics/", Family::EthereumExecution), (":26660/", Family::Cometbft), (":9615/", Family::Substrate)];

/// A metrics page that is known to be a node's own goes to that node instead of standing alone.
fn attach_pages(found: &mut Vec<NodeSpec>) {
    for (part, family) in OWN_PAGES {
        let page = found.iter().position(|s| s.family == Family::Prometheus && s.url.contains(part));
        let node = found.iter().position(|s| s.family == family);
        if let (Some(page), Some(node)) = (page, node) {
            found[node].metrics = Some(found[page].url.clone());
            found.remove(page);
        }
    }
}

fn spec(place: Candidate, network: &str) -> NodeSpec {
    let kind = match (place.family, place.path.is_empty()) {
        (Family::EthereumExecution, _) => "execution",
        (Family::EthereumBeacon, _) => "beacon",
        (Family::Prometheus, false) => "metrics",
        (family, _) => family.as_str(),
    };
    let url = format!("http://127.0.0.1:{}{}", place.port, place.path);
    NodeSpec::new(&format!("{kind}-{}", place.port), place.family, &url, network)
}

fn title(place: Candidate) -> &'static str {
    if place.path.is_empty() { family_title(place.family) } else { "a metrics page" }
}

const fn family_title(family: Family) -> &'static str {
    match family {
        Family::Host => "this host",
        Family::EthereumExecution => "Ethereum execution",
        Family::EthereumBeacon => "Ethereum beacon",
        Family::Cometbft => "CometBFT",
        Family::Substrate => "Substrate",
        Family::Solana => "Solana",
        Family::Bitcoin => "Bitcoin",
        Family::Prometheus => "Prometheus and metrics",
        Family::Alertmanager => "Alertmanager",
        Family::Json => "JSON",
        Family::Query | Family::Log | Family::Contract | Family::Slo => "what the configuration names",
    }
}

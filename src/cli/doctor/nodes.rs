//! The watched nodes: each is asked once, with the console's own poller, so that what works here works there.

use std::sync::Arc;

use crate::cli::doctor::finding::Finding;
use crate::cli::watch::look_round;
use crate::config::Config;
use crate::domain::observation::Answer;
use crate::domain::observation::Failure;
use crate::domain::observation::Family;
use crate::domain::observation::Observation;
use crate::domain::observation::Value;
use crate::domain::time::Clock;
use crate::domain::watch::NodeSpec;
use crate::telemetry::one_round;

/// What was asked, what it answered, and what was found without being named, in words.
pub type Heard = (Vec<NodeSpec>, Vec<Observation>, Vec<String>);

/// Asks this host and every node once; looks for nodes first where the configuration says so.
///
/// # Errors
/// When the system gives us no way to wait for several answers at once.
pub fn hear(config: &Config, clock: &Arc<dyn Clock>) -> std::io::Result<Heard> {
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(waiting.block_on(async {
        let (specs, found) = look_round(config).await;
        let seen = one_round(&specs, clock).await;
        (specs, seen, found)
    }))
}

/// What each node answered.
#[must_use]
pub fn nodes(specs: &[NodeSpec], seen: &[Observation]) -> Vec<Finding> {
    specs.iter().filter_map(|spec| seen.iter().find(|o| o.node == spec.id).map(|o| node(spec, o))).collect()
}

fn node(spec: &NodeSpec, seen: &Observation) -> Finding {
    let id = format!("node {}", spec.id);
    match &seen.outcome {
        Ok(answer) => Finding::ok(id, format!("{}: {}", place(spec), words(answer))),
        Err(why) => {
            let says = format!("{}: {why}", place(spec));
            if spec.mine { Finding::bad(id, says, mend(why)) } else { Finding::warn(id, says, mend(why)) }
        }
    }
}

fn place(spec: &NodeSpec) -> String {
    if spec.family == Family::Host {
        "this machine".to_owned()
    } else {
        format!("{} {}", spec.family.as_str(), spec.url).trim_end().to_owned()
    }
}

fn words(answer: &Answer) -> String {
    let version = answer.readings.iter().find_map(|r| match &r.value {
        Value::Text(text) if r.signal.name() == "node.version" => Some(text.to_string()),
        _ => None,
    });
    let mut parts: Vec<String> = version.into_iter().collect();
    parts.extend(answer.tip.as_ref().map(|t| format!("head {}", t.height)));
    parts.push(format!("{} signals", answer.readings.len()));
    parts.extend(answer.alerts.as_ref().map(|a| format!("{} alerts firing", a.len())));
    parts.join(", ")
}

fn mend(why: &Failure) -> &'static str {
    match why {
        Failure::Refused => {
            "start the node, or mend `url` in config.toml: is it the RPC port, and does it listen there?"
        }
        Failure::TimedOut { .. } => "is it overloaded, stopped, or behind a firewall that drops?",
        Failure::Status(401 | 403) => "it wants credentials: add `auth` to the node in config.toml",
        Failure::Status(404) => "mend `url` in config.toml: the address answers, but not this interface",
        Failure::NotUsable(_) => "mend `family` or `url` in config.toml: something else answers there",
        Failure::TooLarge { .. } => "point `url` or `metrics` at a smaller page",
        Failure::Setup(_) => "docs/config.md lists what this version watches, and how a node is named",
        _ => "mend `url` in config.toml, or the network between us",
    }
}

/// What was found without being named, and what was not.
#[must_use]
pub fn discovered(sentences: &[String]) -> Vec<Finding> {
    sentences.iter().map(|s| Finding::ok("discovery", s.clone())).collect()
}

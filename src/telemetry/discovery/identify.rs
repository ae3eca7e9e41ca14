//! Is it really what usually listens there? One real call for each family, its answer read, not guessed from the port.

use serde_json::Value;

use super::ports::Candidate;
use super::search::PROBE_LIMIT;
use crate::domain::observation::{Failure, Family};
use crate::telemetry::credentials::Credentials;
use crate::telemetry::eth_execution::quantity;
use crate::telemetry::http::Http;
use crate::telemetry::json;
use crate::telemetry::prometheus::{instant, page, targets_down};
use crate::telemetry::rpc::{self, Call, Outcome};

/// Longest self-description that is quoted.
const NAME_LIMIT: usize = 80;

/// What a place turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// What was expected, with what it says of itself.
    Node(String),
    /// It is there, but wants credentials.
    Locked,
    /// Nobody listens.
    Nothing,
    /// Something answers, but not that.
    Other(Failure),
}

/// Asks one place.
pub(super) async fn identify(http: &Http, place: Candidate) -> Found {
    let base = format!("http://127.0.0.1:{}", place.port);
    let asked = match (place.family, place.path) {
        (_, path) if !path.is_empty() => get(http, &format!("{base}{path}")).await.and_then(|b| metrics(&b)),
        (Family::EthereumExecution, _) => execution(http, &base).await,
        (Family::EthereumBeacon, _) => field(http, &format!("{base}/eth/v1/node/version"), "/data/version").await,
        (Family::Cometbft, _) => field(http, &format!("{base}/status"), "/result/node_info/network").await,
        (Family::Substrate, _) => call(http, &base, "system_chain").await.and_then(|t| name(&t, "")),
        (Family::Solana, _) => call(http, &base, "getVersion").await.and_then(|t| name(&t, "/solana-core")),
        (Family::Bitcoin, _) => call(http, &base, "getblockchaininfo").await.and_then(|t| name(&t, "/chain")),
        (Family::Prometheus, _) => get(http, &format!("{base}/api/v1/query?query=up")).await.and_then(|b| server(&b)),
        (Family::Alertmanager, _) => field(http, &format!("{base}/api/v2/status"), "/versionInfo/version").await,
        (Family::Host | Family::Json | Family::Query | Family::Log | Family::Contract | Family::Slo, _) => {
            Err(Failure::Refused)
        }
    };
    match asked {
        Ok(name) => Found::Node(name.chars().take(NAME_LIMIT).filter(|c| !c.is_control()).collect()),
        Err(Failure::Refused) => Found::Nothing,
        Err(Failure::Status(401 | 403)) => Found::Locked,
        Err(other) => Found::Other(other),
    }
}

async fn get(http: &Http, url: &str) -> Result<Vec<u8>, Failure> {
    http.get(url, &Credentials::default(), PROBE_LIMIT).await?.usable()
}

async fn call(http: &Http, url: &str, method: &'static str) -> Result<String, Failure> {
    let body = rpc::single(&Call::new(method, "[]"));
    let reply = http.post(url, &Credentials::default(), &body, PROBE_LIMIT).await?.usable()?;
    match rpc::read_single(&reply)? {
        Outcome::Given(text) => Ok(text),
        _ => Err(Failure::NotUsable(format!("it does not know {method}"))),
    }
}

async fn execution(http: &Http, base: &str) -> Result<String, Failure> {
    let chain = quantity(&call(http, base, "eth_chainId").await?, "eth_chainId")?;
    let version = call(http, base, "web3_clientVersion").await.and_then(|t| name(&t, ""));
    Ok(version.map_or_else(|_| format!("chain {chain}"), |v| format!("{v}, chain {chain}")))
}

async fn field(http: &Http, url: &str, path: &str) -> Result<String, Failure> {
    let body = get(http, url).await?;
    name(&String::from_utf8_lossy(&body), path)
}

fn name(text: &str, path: &str) -> Result<String, Failure> {
    let value: Value = json::read(text.as_bytes(), "its own name")?;
    let found = value.pointer(path).and_then(Value::as_str).map(str::to_owned);
    found.ok_or_else(|| json::refuse(text.as_bytes(), "its own name", "not where that family has it"))
}

fn metrics(bytes: &[u8]) -> Result<String, Failure> {
    page(bytes, None).map(|p| format!("{} samples", p.samples))
}

fn server(bytes: &[u8]) -> Result<String, Failure> {
    instant(bytes).map(|up| format!("{} targets, {} down", up.len(), targets_down(&up)))
}

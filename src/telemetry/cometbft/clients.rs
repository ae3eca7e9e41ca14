//! How long a Cosmos chain's unbonding takes, and which IBC clients it holds: out of ABCI queries, by hand, the few fields that count.
//! Field numbers: cosmos/staking/v1beta1, ibc/core/client/v1 and ibc/lightclients/tendermint/v1 of their public definitions. Pure.

use super::protobuf::{Field, abci_value, all, find};
use crate::domain::observation::Failure;
use crate::domain::time::At;
use crate::telemetry::json;

/// Clients that are looked at: chains have hundreds, most of them dead. What is over is left out, and that is said.
pub const CLIENTS: usize = 64;

/// Longest name of a client or a chain that is kept.
const NAME_LIMIT: usize = 64;

/// Longest period that is believed, seconds: ten years. More is no period.
const LONGEST_S: u64 = 315_360_000;

/// A client of one other chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// `07-tendermint-4`.
    pub id: String,
    /// The other chain, as the client names it.
    pub chain: String,
    /// Seconds for which a header of it is trusted.
    pub trusting_s: u64,
    /// Frozen after misbehaviour: it expires no more.
    pub frozen: bool,
}

/// Reads `/cosmos.staking.v1beta1.Query/Params`: seconds that unbonding takes.
///
/// # Errors
/// When the application does not know the query, or says no time.
pub fn unbonding_s(result: &str) -> Result<u64, Failure> {
    let refuse = |why: &str| json::refuse(result.as_bytes(), "unbonding time", why);
    let bytes = abci_value(result, "unbonding time")?.ok_or_else(|| refuse("the application knows none"))?;
    // QueryParamsResponse { Params params = 1 { Duration unbonding_time = 1 } }
    let seconds = inner(&bytes, &[1, 1]).map_err(refuse)?.map(duration_s).transpose().map_err(refuse)?;
    seconds.filter(|s| (1..=LONGEST_S).contains(s)).ok_or_else(|| refuse("it has no unbonding time"))
}

/// Reads `/ibc.core.client.v1.Query/ClientStates`: its clients of CometBFT chains, at most [`CLIENTS`].
///
/// # Errors
/// When the application does not know the query, or a client has no name.
pub fn clients(result: &str) -> Result<Vec<Client>, Failure> {
    let refuse = |why: &str| json::refuse(result.as_bytes(), "IBC clients", why);
    let Some(bytes) = abci_value(result, "IBC clients")? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for one in all(&bytes, 1, CLIENTS).map_err(refuse)? {
        found.extend(client(one).map_err(refuse)?);
    }
    Ok(found)
}

/// IdentifiedClientState { string client_id = 1; Any client_state = 2 }; `None` for a client of another kind of chain.
fn client(bytes: &[u8]) -> Result<Option<Client>, &'static str> {
    let id = find(bytes, 1)?.and_then(Field::bytes).map(text).ok_or("a client has no name")?;
    let Some(any) = find(bytes, 2)?.and_then(Field::bytes) else { return Ok(None) };
    let kind = find(any, 1)?.and_then(Field::bytes).map(text).unwrap_or_default();
    let state = find(any, 2)?.and_then(Field::bytes).filter(|_| kind.ends_with(".tendermint.v1.ClientState"));
    let Some(state) = state else { return Ok(None) };
    // ClientState { string chain_id = 1; Duration trusting_period = 3; Height frozen_height = 6 { …, revision_height = 2 } }
    let chain = find(state, 1)?.and_then(Field::bytes).map(text).unwrap_or_default();
    let trusting_s = inner(state, &[3])?.map(duration_s).transpose()?.unwrap_or(0);
    let frozen = inner(state, &[6])?.map(|h| find(h, 2)).transpose()?.flatten().and_then(Field::number);
    let sane = (1..=LONGEST_S).contains(&trusting_s);
    Ok(sane.then_some(Client { id, chain, trusting_s, frozen: frozen.is_some_and(|h| h > 0) }))
}

/// Reads `/ibc.core.client.v1.Query/ConsensusState`: when the newest header that a client holds was made.
///
/// # Errors
/// When the application does not know the query, or says no time.
pub fn header_time(result: &str) -> Result<At, Failure> {
    let refuse = |why: &str| json::refuse(result.as_bytes(), "IBC header", why);
    let bytes = abci_value(result, "IBC header")?.ok_or_else(|| refuse("the application knows none"))?;
    // QueryConsensusStateResponse { Any consensus_state = 1 { bytes value = 2: ConsensusState { Timestamp timestamp = 1 } } }
    let seconds = inner(&bytes, &[1, 2, 1]).map_err(refuse)?.map(duration_s).transpose().map_err(refuse)?;
    let seconds = seconds.and_then(|s| i64::try_from(s).ok()).filter(|s| (1..4_102_444_800).contains(s));
    seconds.map(At::from_secs).ok_or_else(|| refuse("it has no time"))
}

/// The question for so many clients: QueryClientStatesRequest { PageRequest pagination = 1 { uint64 limit = 3 } }.
#[must_use]
pub fn ask_clients() -> String {
    format!("0a0218{CLIENTS:02x}")
}

/// The question for a client's newest header: QueryConsensusStateRequest { client_id = 1; bool latest_height = 4 }.
#[must_use]
pub fn ask_header(client: &str) -> String {
    let hex: String = client.bytes().map(|b| format!("{b:02x}")).collect();
    format!("0a{:02x}{hex}2001", client.len())
}

/// The message at the end of that way.
fn inner<'a>(bytes: &'a [u8], way: &[u64]) -> Result<Option<&'a [u8]>, &'static str> {
    let mut here = bytes;
    for number in way {
        match find(here, *number)?.and_then(Field::bytes) {
            Some(bytes) => here = bytes,
            None => return Ok(None),
        }
    }
    Ok(Some(here))
}

/// Duration and Timestamp { int64 seconds = 1 }.
fn duration_s(bytes: &[u8]) -> Result<u64, &'static str> {
    Ok(find(bytes, 1)?.and_then(Field::number).unwrap_or(0))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(NAME_LIMIT).collect()
}

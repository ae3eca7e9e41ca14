//! JSON-RPC: a batch of calls as one request, replies put back in order. Pure. Must not know any family's methods.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json;
use crate::domain::observation::Failure;

/// One call: its method and its parameters as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The method's name.
    pub method: &'static str,
    /// `["latest",false]`
    pub params: String,
}

impl Call {
    /// A call.
    #[must_use]
    pub fn new(method: &'static str, params: &str) -> Self {
        Self { method, params: params.to_owned() }
    }

    /// A call without parameters.
    #[must_use]
    pub fn bare(method: &'static str) -> Self {
        Self::new(method, "[]")
    }
}

/// What became of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A result, as JSON text.
    Given(String),
    /// `null`, or no reply to this call.
    Nothing,
    /// The node does not serve the method.
    Unsupported,
    /// Another error.
    Refused {
        /// JSON-RPC error code.
        code: i64,
        /// Its message, cut to a line.
        message: String,
    },
}

/// Longest error message that is kept.
const MESSAGE_LIMIT: usize = 160;

/// The request body of a batch; ids are positions from 0.
#[must_use]
pub fn batch(calls: &[Call]) -> String {
    let each = calls.iter().enumerate().map(|(i, c)| one(i, c));
    format!("[{}]", each.collect::<Vec<_>>().join(","))
}

/// The request body of a single call.
#[must_use]
pub fn single(call: &Call) -> String {
    one(0, call)
}

fn one(id: usize, call: &Call) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{}","params":{}}}"#, call.method, call.params)
}

#[derive(Deserialize)]
struct WireReply<'a> {
    #[serde(default, borrow)]
    id: Option<&'a RawValue>,
    #[serde(default, borrow)]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<WireError>,
}

#[derive(Deserialize)]
struct WireError {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
}

/// Reads the reply to a batch of `count` calls.
///
/// # Errors
/// When it is no array of JSON-RPC replies.
pub fn read_batch(bytes: &[u8], count: usize) -> Result<Vec<Outcome>, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|e| json::refuse(bytes, "JSON-RPC", &e.to_string()))?;
    let replies: Vec<WireReply<'_>> =
        serde_json::from_str(text).map_err(|e| json::refuse(bytes, "JSON-RPC batch", &e.to_string()))?;
    let mut out = vec![Outcome::Nothing; count];
    for reply in replies {
        let id = reply.id.and_then(|id| id.get().trim_matches('"').parse::<usize>().ok());
        if let Some(place) = id.and_then(|id| out.get_mut(id)) {
            *place = outcome(&reply);
        }
    }
    Ok(out)
}

/// Reads the reply to a single call.
///
/// # Errors
/// When it is no JSON-RPC reply.
pub fn read_single(bytes: &[u8]) -> Result<Outcome, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|e| json::refuse(bytes, "JSON-RPC", &e.to_string()))?;
    let reply: WireReply<'_> =
        serde_json::from_str(text).map_err(|e| json::refuse(bytes, "JSON-RPC", &e.to_string()))?;
    if reply.id.is_none() && reply.result.is_none() && reply.error.is_none() {
        return Err(json::refuse(bytes, "JSON-RPC", "it has neither result nor error"));
    }
    Ok(outcome(&reply))
}

fn outcome(reply: &WireReply<'_>) -> Outcome {
    match (&reply.error, reply.result) {
        (Some(e), _) if unsupported(e) => Outcome::Unsupported,
        (Some(e), _) => Outcome::Refused { code: e.code, message: e.message.chars().take(MESSAGE_LIMIT).collect() },
        (None, Some(result)) if result.get() != "null" => Outcome::Given(result.get().to_owned()),
        _ => Outcome::Nothing,
    }
}

/// Clients agree on -32601, and then do not: hardhat says -32004 and ganache -32700 with these words (to Solana -32004 is a
/// block that is not there).
fn unsupported(error: &WireError) -> bool {
    let words = error.message.to_ascii_lowercase();
    error.code == -32601
        || words.contains("method not found")
        || words.contains("does not exist/is not available")
        || words.contains("not implemented")
        || (words.contains("method") && words.contains("not supported"))
}

//! etcd's JSON: what is asked and what is answered. Bytes are base64, 64-bit numbers are text, what is zero or empty is left out.
//! Must not speak to anybody.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// Text as etcd's JSON wants bytes.
pub(super) fn b64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// Bytes from etcd's JSON.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

fn number<'de, D: Deserializer<'de>>(d: D) -> Result<u64, D::Error> {
    let value = Value::deserialize(d)?;
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    number.ok_or_else(|| serde::de::Error::custom("not a number from 0 on"))
}

/// What stands in front of every answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Header {
    #[serde(deserialize_with = "number")]
    pub cluster_id: u64,
    #[serde(deserialize_with = "number")]
    pub revision: u64,
}

/// A key with its value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Kv {
    pub key: String,
    pub value: String,
    #[serde(deserialize_with = "number")]
    pub mod_revision: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RangeReply {
    pub header: Header,
    pub kvs: Vec<Kv>,
    pub more: bool,
    #[serde(deserialize_with = "number")]
    pub count: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TxnReply {
    pub succeeded: bool,
    pub responses: Vec<OpReply>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OpReply {
    pub response_range: Option<RangeReply>,
}

/// One line of a watch.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WatchLine {
    pub result: Option<WatchReply>,
    pub error: Option<ErrorReply>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WatchReply {
    pub events: Vec<Change>,
    pub canceled: bool,
    pub cancel_reason: String,
    /// More of the same comes in the next line.
    pub fragment: bool,
    #[serde(deserialize_with = "number")]
    pub compact_revision: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Change {
    /// Absent for a put.
    #[serde(rename = "type")]
    pub kind: String,
    pub kv: Kv,
}

impl Change {
    pub(super) fn is_delete(&self) -> bool {
        self.kind == "DELETE"
    }
}

/// An error, as the several versions of the gateway say it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ErrorReply {
    pub error: String,
    pub message: String,
    /// gRPC's number.
    pub code: u32,
    pub grpc_code: u32,
}

impl ErrorReply {
    pub(super) fn says(&self) -> &str {
        if self.message.is_empty() { &self.error } else { &self.message }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LoginReply {
    pub token: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StatusReply {
    pub version: String,
    #[serde(rename = "dbSize", deserialize_with = "number")]
    pub db_size: u64,
    #[serde(rename = "dbSizeInUse", deserialize_with = "number")]
    pub db_in_use: u64,
    #[serde(deserialize_with = "number")]
    pub leader: u64,
    pub errors: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AlarmReply {
    pub alarms: Vec<Alarm>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Alarm {
    pub alarm: String,
}

/// Keys from `from` to before `to`, in order, so many at most.
pub(super) fn range(from: &str, to: &str, most: usize) -> Value {
    json!({ "key": b64(from), "range_end": b64(to), "limit": most.to_string() })
}

/// Keys from `from` to before `to` without their values, so many at most.
pub(super) fn names(from: &str, to: &str, most: usize) -> Value {
    json!({ "key": b64(from), "range_end": b64(to), "limit": most.to_string(), "keys_only": true })
}

/// One key.
pub(super) fn one(key: &str) -> Value {
    json!({ "key": b64(key) })
}

/// How many keys there are from `from` to before `to`.
pub(super) fn count(from: &str, to: &str) -> Value {
    json!({ "key": b64(from), "range_end": b64(to), "count_only": true })
}

/// Creates all of these keys, or none of them when one is there already; then what is there is answered.
pub(super) fn create(pairs: &[(String, Vec<u8>)]) -> Value {
    let absent = |(key, _): &(String, Vec<u8>)| json!({ "key": b64(key), "target": "CREATE", "result": "EQUAL", "create_revision": "0" });
    let put = |(key, value): &(String, Vec<u8>)| json!({ "request_put": { "key": b64(key), "value": b64(value) } });
    let get = |(key, _): &(String, Vec<u8>)| json!({ "request_range": { "key": b64(key) } });
    json!({
        "compare": pairs.iter().map(absent).collect::<Vec<_>>(),
        "success": pairs.iter().map(put).collect::<Vec<_>>(),
        "failure": pairs.iter().map(get).collect::<Vec<_>>(),
    })
}

/// A put that can never happen, so that only the right to do it is looked at.
pub(super) fn try_right(key: &str) -> Value {
    json!({
        "compare": [{ "key": b64(key), "target": "VERSION", "result": "GREATER", "version": "4611686018427387904" }],
        "success": [{ "request_put": { "key": b64(key), "value": "" } }],
    })
}

/// Everything from this revision on. In pieces: whoever was away for long would otherwise get all of it in one line.
pub(super) fn watch(from: &str, to: &str, revision: u64) -> Value {
    let since = revision.to_string();
    json!({ "create_request": { "key": b64(from), "range_end": b64(to), "start_revision": since, "fragment": true } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_etcd_answers_is_read() {
        let range: RangeReply = serde_json::from_str(
            r#"{"header":{"cluster_id":"324952591200643719","revision":"2","raft_term":"2"},"kvs":[{"key":"L3dyL2E=","create_revision":"2","mod_revision":"2","version":"1","value":"aGVsbG8="}],"count":"1"}"#,
        )
        .unwrap();
        assert_eq!((range.header.cluster_id, range.header.revision, range.count), (324_952_591_200_643_719, 2, 1));
        assert_eq!(bytes(&range.kvs[0].value).unwrap(), b"hello");
        let line: WatchLine =
            serde_json::from_str(r#"{"result":{"header":{"revision":"9"},"canceled":true,"compact_revision":"7"}}"#)
                .unwrap();
        assert_eq!(line.result.unwrap().compact_revision, 7);
        let error: ErrorReply = serde_json::from_str(r#"{"error":"x","message":"y","code":9}"#).unwrap();
        assert_eq!((error.says(), error.code), ("y", 9));
    }
}

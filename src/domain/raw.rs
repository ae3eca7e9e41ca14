//! What a node answered, word for word, as far as it is kept: for whoever wants to see what a verdict rests on. Untrusted.
//! Must not know how it was asked, nor how it is shown.

use crate::domain::time::At;

/// One request and what came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawReply {
    /// Method, address, and the beginning of what was sent; what was read, where nobody was asked.
    pub request: String,
    /// Status and length, then the reply as far as it is kept, line by line.
    pub lines: Vec<String>,
}

/// The latest round of one node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawRound {
    /// When the round began.
    pub asked: At,
    /// Request by request, in the order asked.
    pub replies: Vec<RawReply>,
    /// Requests that were not kept.
    pub left_out: usize,
}

impl RawReply {
    /// Whether this is the request that a reading names as its source: a word of the source that tells requests apart (a path,
    /// a method's name) stands in it.
    #[must_use]
    pub fn is_of(&self, source: &str) -> bool {
        let words = source.split([' ', ',']).filter(|w| w.len() >= LEAST_WORD && !COMMON.contains(w));
        words.into_iter().any(|w| self.request.contains(w))
    }
}

/// A shorter word of a source tells no request apart.
const LEAST_WORD: usize = 5;

/// Words that stand in many sources.
const COMMON: [&str; 5] = ["latest", "measured", "transactions", "finalized", "processed"];

#[cfg(test)]
mod tests {
    use super::RawReply;

    #[test]
    fn a_source_names_its_request() {
        let reply = |request: &str| RawReply { request: request.to_owned(), lines: Vec::new() };
        let get = reply("GET http://127.0.0.1:5052/eth/v1/node/syncing");
        assert!(get.is_of("GET /eth/v1/node/syncing"));
        assert!(!get.is_of("GET /eth/v1/node/peer_count") && !get.is_of("GET /"));
        let call = reply(r#"POST http://127.0.0.1:8545 {"method":"eth_getBlockByNumber","params":["latest",false]}"#);
        assert!(call.is_of("eth_getBlockByNumber latest") && !call.is_of("eth_syncing") && !call.is_of("latest"));
    }
}

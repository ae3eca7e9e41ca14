//! One contract as a source: each new block is looked through once for calls and events, and a value is read.
//! Must not know how often it is asked, nor the limits. Calls that other contracts make are not seen; their events are.

use std::collections::BTreeMap;

use super::abi::{selector, topic};
use super::parse::{self, block_calls};
use super::tally::Tally;
use crate::domain::observation::{Answer, Fact, Failure, Reading};
use crate::domain::signal::SignalId;
use crate::domain::subject::{ContractSpec, ContractValue};
use crate::domain::time::{At, Clock};
use crate::telemetry::credentials::Credentials;
use crate::telemetry::degrade::Degrade;
use crate::telemetry::eth_execution::quantity;
use crate::telemetry::http::{Http, REQUEST_LIMIT};
use crate::telemetry::rpc::Call;
use crate::telemetry::rpc_link::{Line, RpcLink, must};

/// Seconds between two rounds; blocks wait and are looked through in their order.
pub const EVERY_S: f64 = 5.0;

/// Blocks looked through in one round.
const BLOCKS: u64 = 8;

/// When more blocks than this wait, the older ones are passed over, and that is said.
const BACKLOG: u64 = 64;

/// Receipts asked for in one round; what became of further calls is unknown.
const RECEIPTS: usize = 64;

/// One contract.
#[derive(Debug)]
pub struct Contract {
    spec: ContractSpec,
    functions: Vec<(String, String)>,
    events: Vec<(String, String)>,
    link: RpcLink,
    degrade: Degrade,
    /// The newest block that was looked through.
    done: Option<u64>,
    /// Hashes of the blocks that were looked through last, by height: by them a reorganisation is known.
    looked: BTreeMap<u64, String>,
    passed_over: u64,
    tally: Tally,
}

impl Contract {
    /// Asked for at the node of this URL; nothing is asked yet.
    #[must_use]
    pub fn new(url: &str, spec: ContractSpec) -> Self {
        let named = |names: &[String], hash: fn(&str) -> String| names.iter().map(|n| (hash(n), n.clone())).collect();
        Self {
            functions: named(&spec.functions, selector),
            events: named(&spec.events, topic),
            spec,
            link: RpcLink::new(url),
            degrade: Degrade::default(),
            done: None,
            looked: BTreeMap::new(),
            passed_over: 0,
            tally: Tally::default(),
        }
    }

    /// One round.
    ///
    /// # Errors
    /// When the chain's height cannot be had: without it the node has not answered.
    pub async fn round(&mut self, http: &Http, who: &Credentials, clock: &dyn Clock) -> Result<Answer, Failure> {
        let line = Line { http, who };
        self.degrade.begin();
        let height = self.link.one(line, &Call::bare("eth_blockNumber"), REQUEST_LIMIT).await;
        let head = quantity(&must(height, "eth_blockNumber")?, "eth_blockNumber")?;
        let value = self.value(line).await;
        self.blocks(line, head, clock.now()).await;
        let mut readings = self.tally.readings(clock.now());
        readings.extend(value);
        let mut facts = vec![Fact::new("contract", &self.spec.address)];
        facts.extend(self.tally.facts());
        facts.extend(self.degrade.facts());
        if self.passed_over > 0 {
            let why = "more came than could be looked through";
            facts.push(Fact::unknown("contract.calls_min", &format!("{} blocks passed over: {why}", self.passed_over)));
        }
        Ok(Answer { readings, facts, ..Answer::default() })
    }

    async fn value(&mut self, line: Line<'_>) -> Option<Reading> {
        let address = &self.spec.address;
        let (call, source) = match self.spec.value.as_ref()? {
            ContractValue::Balance => {
                (Call::new("eth_getBalance", &format!(r#"["{address}","latest"]"#)), "eth_getBalance latest")
            }
            ContractValue::Slot(slot) => (
                Call::new("eth_getStorageAt", &format!(r#"["{address}","{slot}","latest"]"#)),
                "eth_getStorageAt latest",
            ),
            ContractValue::Call(function) => {
                let data = selector(function);
                let params = format!(r#"[{{"to":"{address}","data":"{data}"}},"latest"]"#);
                (Call::new("eth_call", &params), "eth_call latest")
            }
        };
        let decimals = self.spec.decimals;
        let read = |text: &str| parse::word(text, decimals);
        let value = self.link.want(line, &mut self.degrade, &call, read).await?;
        Some(Reading::number(SignalId::CONTRACT_VALUE, value, source))
    }

    /// Looks through what is new; what one call could not give is tried again in the next round.
    async fn blocks(&mut self, line: Line<'_>, head: u64, now: At) {
        let Some(done) = self.done else {
            self.done = Some(head);
            return;
        };
        // Behind one URL several nodes may answer, one of them a block behind: what was looked through does not come again. Only
        // a chain that began anew is so much lower.
        let mut done = if head + BACKLOG < done { head } else { done };
        if head.saturating_sub(done) > BACKLOG {
            self.passed_over = self.passed_over.saturating_add(head - done - BLOCKS);
            done = head - BLOCKS;
        }
        let mut receipts = RECEIPTS;
        let mut lowest = None;
        for _ in 0..BLOCKS {
            let height = done + 1;
            if height > head {
                break;
            }
            let call = Call::new("eth_getBlockByNumber", &format!(r#"["0x{height:x}",true]"#));
            let address = self.spec.address.clone();
            let read = |text: &str| block_calls(text, &address);
            let Some(block) = self.link.want(line, &mut self.degrade, &call, read).await else { break };
            if self.looked.get(&done).is_some_and(|known| !block.parent.is_empty() && *known != block.parent) {
                // The block below was replaced; what replaced it is looked through as well, and counts.
                self.looked.remove(&done);
                done -= 1;
                continue;
            }
            lowest = Some(lowest.map_or(height, |low: u64| low.min(height)));
            self.calls(line, (height, block.calls), &mut receipts, now).await;
            self.looked.insert(height, block.hash);
            done = height;
        }
        self.looked = self.looked.split_off(&done.saturating_sub(BACKLOG));
        self.looked.retain(|height, hash| *height <= done && !hash.is_empty());
        if let Some(lowest) = lowest {
            self.logs(line, lowest, done, now).await;
        }
        self.done = Some(done);
    }

    async fn calls(&mut self, line: Line<'_>, found: (u64, Vec<parse::Call>), receipts: &mut usize, now: At) {
        let (height, calls) = found;
        for call in calls {
            let named = self.functions.iter().find(|(hash, _)| *hash == call.selector).map(|(_, name)| name.clone());
            if named.is_none() && !self.functions.is_empty() {
                continue;
            }
            let mut failed = None;
            if *receipts > 0 {
                *receipts -= 1;
                let params = format!("[{}]", serde_json::Value::from(call.hash.as_str()));
                let ask = Call::new("eth_getTransactionReceipt", &params);
                failed = self.link.want(line, &mut self.degrade, &ask, parse::failed).await;
            }
            let name = named.unwrap_or_else(|| call.selector.clone());
            let told = format!("block {height}, {name} by {} in {}", call.from, call.hash);
            self.tally.call(now, &name, failed, told);
        }
    }

    async fn logs(&mut self, line: Line<'_>, from: u64, to: u64, now: At) {
        let topics: Vec<String> = self.events.iter().map(|(hash, _)| format!("\"{hash}\"")).collect();
        let topics = if topics.is_empty() { "[]".to_owned() } else { format!("[[{}]]", topics.join(",")) };
        let address = &self.spec.address;
        let params =
            format!(r#"[{{"address":"{address}","fromBlock":"0x{from:x}","toBlock":"0x{to:x}","topics":{topics}}}]"#);
        let call = Call::new("eth_getLogs", &params);
        let found = self.link.want(line, &mut self.degrade, &call, parse::log_topics).await;
        for hash in found.unwrap_or_default() {
            let name = self.events.iter().find(|(known, _)| *known == hash).map_or(&hash, |(_, name)| name);
            self.tally.event(now, name);
        }
    }
}

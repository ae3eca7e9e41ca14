//! `warroom guard silent`: asking a node whether the chain goes on without these keys.
//! Only fetches; `runbook::guard` judges. A node that does not answer proves nothing.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::beacon_silence;
use crate::cli::outcome::CliError;
use crate::cli::verbs::guard::FamilyWord;
use crate::domain::time::{At, Clock};
use crate::runbook::guard::{
    LEAST_SILENCE, Proof, address, block_span, chain_moves, commits, fresh, idle_votes, least_slots, others_vote,
    seated,
};
use crate::telemetry::{Credentials, Http, REQUEST_LIMIT};

/// Blocks of `CometBFT` looked back at, where nobody says how many; more where they do not span [`LEAST_SILENCE`].
const BLOCKS: u64 = 10;
/// Slots without a Solana vote, where nobody says how many; more where they do not last [`LEAST_SILENCE`].
const SLOTS: u64 = 150;
/// More is refused: each block is a question to a node in trouble.
const MOST: u64 = 1_000;
/// Pages of a hundred validators asked for; who stands behind them has no seat by this look, and nothing is proved.
const PAGES: u32 = 20;
/// How long the chain may take to show that it goes on.
const MOVES_WITHIN: Duration = Duration::from_secs(30);
/// The pause between two looks at that.
const LOOK: Duration = Duration::from_millis(500);

/// What to ask whom.
#[derive(Debug, Args)]
pub struct Silent {
    /// Whose node
    family: FamilyWord,
    /// A node that follows the chain and is not the old signer's own: RPC, or Beacon API
    #[arg(long)]
    url: String,
    /// The key: validator address, 40 hex digits (cometbft), public key or index (ethereum), vote account (solana); may be given several times
    #[arg(long = "key", value_name = "KEY", required = true)]
    keys: Vec<String>,
    /// How long: blocks (cometbft, 10) and slots (solana, 150), of a minute at least; whole epochs (ethereum, 3), of which all
    /// but the first are watched as they pass
    #[arg(long = "for", value_name = "N")]
    back: Option<u64>,
}

impl Silent {
    /// Asks, and judges.
    ///
    /// # Errors
    /// When the node cannot be asked: that proves nothing.
    pub fn look(&self, clock: &dyn Clock) -> Result<Proof, CliError> {
        let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CliError::failed)?;
        waiting.block_on(async {
            let node = Node { http: Http::new(), url: self.url.trim_end_matches('/').to_owned() };
            match self.family {
                FamilyWord::Cometbft => self.cometbft(&node, clock).await,
                FamilyWord::Ethereum => {
                    let epochs = self.back.unwrap_or(beacon_silence::EPOCHS);
                    beacon_silence::watch(&node, &self.keys, epochs, clock).await
                }
                FamilyWord::Solana => self.solana(&node).await,
            }
        })
    }

    fn back(&self, usual: u64) -> Result<u64, CliError> {
        let back = self.back.unwrap_or(usual);
        if (1..=MOST).contains(&back) { Ok(back) } else { Err(CliError::Usage(format!("--for takes 1 to {MOST}"))) }
    }

    async fn cometbft(&self, node: &Node, clock: &dyn Clock) -> Result<Proof, CliError> {
        let keys: Vec<String> =
            self.keys.iter().map(|k| address(k).map_err(CliError::Usage)).collect::<Result<_, _>>()?;
        let back = self.back(BLOCKS)?;
        let height = async || -> Result<u64, CliError> {
            let sync = node.sync_info().await?;
            if sync.get("catching_up").and_then(Value::as_bool) != Some(false) {
                return Err(CliError::failed("the node asked is catching up: it proves nothing; ask another"));
            }
            number(&sync, "/latest_block_height")
        };
        let (before, after) = moved(height).await?;
        let mut proof = chain_moves(before, after, "height");
        let sync = node.sync_info().await?;
        proof.and(fresh(sync.get("latest_block_time").and_then(Value::as_str).and_then(At::parse), clock.now()));
        let blocks = node.blocks(after, back).await?;
        let first = after.saturating_sub((blocks.len() as u64).saturating_sub(1));
        for h in [first, after] {
            let set = node.validators(h).await?;
            keys.iter().for_each(|key| proof.and(seated(&set, key, h)));
        }
        match block_span(&blocks) {
            Some(span) if span >= LEAST_SILENCE => proof.holds(format!("the blocks looked at span {}", span.words())),
            Some(span) => proof.fails(format!(
                "the blocks looked at span {}, {} are needed: wait, and look again",
                span.words(),
                LEAST_SILENCE.words()
            )),
            None => proof.fails("the node does not tell its blocks' times: how long it was silent is not known"),
        }
        keys.iter().for_each(|key| proof.and(commits(&blocks, key)));
        Ok(proof)
    }

    async fn solana(&self, node: &Node) -> Result<Proof, CliError> {
        let back = self.back(SLOTS)?;
        let ask = |method: &str, params: Value| json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let processed = json!([{"commitment": "processed"}]);
        let health = node.post("", &ask("getHealth", json!([]))).await?;
        if health.get("result").and_then(Value::as_str) != Some("ok") {
            return Err(CliError::failed("the node asked is not healthy by getHealth: it proves nothing; ask another"));
        }
        let question = ask("getSlot", processed.clone());
        let slot = async || number(&node.post("", &question).await?, "/result");
        let (before, after) = moved(slot).await?;
        let mut proof = chain_moves(before, after, "slot");
        let speed = node.post("", &ask("getRecentPerformanceSamples", json!([1]))).await?;
        let least = least_slots(&speed).ok_or_else(|| {
            CliError::failed(
                "the node does not tell how fast its slots pass: how long it was silent is not known; ask another",
            )
        })?;
        let back = back.max(least);
        let reply = node.post("", &ask("getVoteAccounts", processed)).await?;
        proof.and(others_vote(&reply, after, back));
        self.keys.iter().for_each(|key| proof.and(idle_votes(&reply, key, after, back)));
        Ok(proof)
    }
}

/// Two looks at the chain's place, until it has moved or the time is over.
pub(in crate::cli) async fn moved(place: impl AsyncFn() -> Result<u64, CliError>) -> Result<(u64, u64), CliError> {
    let before = place().await?;
    let looks = MOVES_WITHIN.as_millis() / LOOK.as_millis();
    for _ in 0..looks {
        tokio::time::sleep(LOOK).await;
        let after = place().await?;
        if after > before {
            return Ok((before, after));
        }
    }
    Ok((before, before))
}

/// A number of a reply, bare or in quotes.
///
/// # Errors
/// There is none: nothing is proved.
pub(in crate::cli) fn number(reply: &Value, at: &str) -> Result<u64, CliError> {
    let value = reply.pointer(at);
    let found = value.and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok()));
    found.ok_or_else(|| CliError::Failed(format!("the node's reply has no number at {at}: nothing is proved")))
}

/// A node that is asked.
pub(in crate::cli) struct Node {
    http: std::sync::Arc<Http>,
    url: String,
}

impl Node {
    /// # Errors
    /// It did not answer as it should: that proves nothing.
    pub async fn get(&self, path: &str) -> Result<Value, CliError> {
        let url = format!("{}{path}", self.url);
        let reply = self.http.get(&url, &Credentials::default(), REQUEST_LIMIT).await;
        usable(&url, reply)
    }

    async fn sync_info(&self) -> Result<Value, CliError> {
        let status = self.get("/status").await?;
        Ok(status.get("result").unwrap_or(&status).get("sync_info").cloned().unwrap_or_default())
    }

    /// The addresses of all validators at a height.
    async fn validators(&self, height: u64) -> Result<Vec<String>, CliError> {
        let mut set: Vec<String> = Vec::new();
        for page in 1..=PAGES {
            let reply = self.get(&format!("/validators?height={height}&page={page}&per_page=100")).await?;
            let result = reply.get("result").unwrap_or(&reply);
            let rows = result.get("validators").and_then(Value::as_array);
            let address = |row: &Value| row.get("address").and_then(Value::as_str).map(str::to_owned);
            let before = set.len();
            set.extend(rows.into_iter().flatten().filter_map(address));
            let all = number(result, "/total")?;
            if set.len() == before || u64::try_from(set.len()).is_ok_and(|n| n >= all) {
                break;
            }
        }
        Ok(set)
    }

    /// The newest blocks up to this height, the oldest first: so many, and more until they span [`LEAST_SILENCE`].
    async fn blocks(&self, newest: u64, least: u64) -> Result<Vec<Value>, CliError> {
        let mut blocks: std::collections::VecDeque<Value> = std::collections::VecDeque::new();
        for height in (1..=newest).rev() {
            blocks.push_front(self.get(&format!("/block?height={height}")).await?);
            let many = blocks.len() as u64;
            let long = block_span(blocks.make_contiguous()).is_none_or(|span| span >= LEAST_SILENCE);
            if many >= MOST || many >= least && long {
                break;
            }
        }
        Ok(blocks.into())
    }

    /// By POST as the specification has it, else by GET as Lodestar 1.5 has it.
    ///
    /// # Errors
    /// It tells neither way.
    pub async fn liveness(&self, epoch: u64, indices: &[String]) -> Result<Value, CliError> {
        let posted = self.post(&format!("/eth/v1/validator/liveness/{epoch}"), &json!(indices)).await;
        if posted.is_ok() {
            return posted;
        }
        let query: Vec<String> = indices.iter().map(|i| format!("&indices={i}")).collect();
        self.get(&format!("/eth/v1/validator/liveness?epoch={epoch}{}", query.concat())).await
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, CliError> {
        let url = format!("{}{path}", self.url);
        let reply = self.http.post(&url, &Credentials::default(), &body.to_string(), REQUEST_LIMIT).await;
        usable(&url, reply)
    }
}

fn usable(
    url: &str,
    reply: Result<crate::telemetry::Reply, crate::domain::observation::Failure>,
) -> Result<Value, CliError> {
    let body = reply.and_then(crate::telemetry::Reply::usable);
    let body =
        body.map_err(|why| CliError::Failed(format!("{url}: {why}; that proves nothing: unreachable is not dead")))?;
    serde_json::from_slice(&body)
        .map_err(|why| CliError::Failed(format!("{url}: no JSON came: {why}; that proves nothing")))
}

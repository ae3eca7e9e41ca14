//! One JSON-RPC endpoint: several calls as one batch, one by one where the node knows no batches or is too slow for them.
//! Must not know any family's methods.

use std::time::{Duration, Instant};

use super::credentials::Credentials;
use super::degrade::{ASIDE_LIMIT, Degrade};
use super::http::{Http, REQUEST_LIMIT};
use super::rpc::{self, Call, Outcome};
use crate::domain::observation::Failure;

/// How long "this node takes no batches" is believed: one slow moment may have looked like it.
const SINGLES_FOR: Duration = Duration::from_secs(600);

/// With whom and as whom we speak in this round.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub http: &'a Http,
    pub who: &'a Credentials,
}

/// One endpoint.
#[derive(Debug, Default)]
pub(super) struct RpcLink {
    url: String,
    singles_since: Option<Instant>,
}

impl RpcLink {
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), singles_since: None }
    }

    /// Whether batches are worth trying: not lately refused, and not too slow.
    pub fn takes_batches(&self) -> bool {
        self.singles_since.is_none_or(|since| since.elapsed() > SINGLES_FOR)
    }

    /// Asks all of them, in order. Fails only when the first, without which there is no answer, cannot be asked at all.
    pub async fn ask(&mut self, line: Line<'_>, calls: &[Call]) -> Result<Vec<Result<Outcome, Failure>>, Failure> {
        let Some(first) = calls.first() else { return Ok(Vec::new()) };
        let mut first_given = None;
        if self.takes_batches() {
            match self.batch(line, calls).await {
                Ok(outcomes) => return Ok(outcomes.into_iter().map(Ok).collect()),
                Err(
                    failure @ (Failure::NotUsable(_)
                    | Failure::TimedOut { .. }
                    | Failure::Status(400 | 402 | 404..=599)),
                ) => {
                    // Perhaps it is the batch that it does not like, or one method in it that hangs.
                    let Ok(outcome) = self.one(line, first, ASIDE_LIMIT).await else { return Err(failure) };
                    self.singles_since = Some(Instant::now());
                    if matches!(failure, Failure::TimedOut { .. }) {
                        let mut outcomes = vec![Err(failure); calls.len()];
                        outcomes[0] = Ok(outcome);
                        return Ok(outcomes);
                    }
                    first_given = Some(outcome);
                }
                Err(failure) => return Err(failure),
            }
        }
        let first_given = match first_given {
            Some(outcome) => outcome,
            None => self.one(line, first, REQUEST_LIMIT).await?,
        };
        let mut outcomes = vec![Ok(first_given)];
        let mut late = 0;
        for call in &calls[1..] {
            if late > 1 {
                outcomes.push(Ok(Outcome::Nothing));
                continue;
            }
            let outcome = self.one(line, call, ASIDE_LIMIT).await;
            late += u32::from(matches!(outcome, Err(Failure::TimedOut { .. })));
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    async fn batch(&self, line: Line<'_>, calls: &[Call]) -> Result<Vec<Outcome>, Failure> {
        let body = line.http.post(&self.url, line.who, &rpc::batch(calls), REQUEST_LIMIT).await?.usable()?;
        rpc::read_batch(&body, calls.len())
    }

    /// One call beside the batch; what cannot be had is left out, with the reason.
    pub async fn want<T>(
        &self,
        line: Line<'_>,
        degrade: &mut Degrade,
        call: &Call,
        read: impl FnOnce(&str) -> Result<T, Failure>,
    ) -> Option<T> {
        degrade.want(call.method, self.one(line, call, ASIDE_LIMIT), read).await
    }

    /// One call. Nodes that tell their errors with a status that is no success (Bitcoin Core) are read all the same.
    pub async fn one(&self, line: Line<'_>, call: &Call, limit: Duration) -> Result<Outcome, Failure> {
        let reply = line.http.post(&self.url, line.who, &rpc::single(call), limit).await?;
        if matches!(reply.status, 400 | 404 | 500..=599)
            && let Ok(refused @ (Outcome::Refused { .. } | Outcome::Unsupported)) = rpc::read_single(&reply.body)
        {
            return Ok(refused);
        }
        rpc::read_single(&reply.usable()?)
    }
}

/// The result without which the node has not answered.
pub(super) fn must(given: Result<Outcome, Failure>, what: &str) -> Result<String, Failure> {
    match given? {
        Outcome::Given(text) => Ok(text),
        Outcome::Nothing => Err(Failure::NotUsable(format!("{what}: it has no result"))),
        Outcome::Unsupported => Err(Failure::NotUsable(format!("{what}: the node does not serve it"))),
        Outcome::Refused { code, message } => Err(Failure::NotUsable(format!("{what}: error {code}: {message}"))),
    }
}

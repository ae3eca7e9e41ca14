//! What a halt of a Cosmos chain puts at stake, asked for seldom: its unbonding time, and until when its IBC clients trust the headers
//! they hold. Must not know whether the chain has halted.

use super::ask::Ask;
use super::clients::{self, CLIENTS, Client};
use crate::domain::observation::{Deadline, Fact};
use crate::domain::time::{At, Span};
use crate::telemetry::degrade::Degrade;

/// Rounds after which all of it is asked again: an hour at a block time of 6 s.
const RARE_ROUNDS: u64 = 600;

/// Clients whose newest header is asked for in one round.
const AT_ONCE: usize = 2;

/// The soonest clients that are told to judgement; the rest comes later anyway.
const TOLD: usize = 3;

const UNBONDING: &str = "unbonding time";
const IBC: &str = "IBC clients";
const HEADERS: &str = "IBC headers";

/// What is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Deadlines {
    unbonding_s: Option<u64>,
    waiting: Vec<Client>,
    known: Vec<(Client, At)>,
    newer: Vec<(Client, At)>,
    looked: usize,
    unknown: Vec<Fact>,
}

impl Deadlines {
    /// Asks for what is due in this round.
    pub async fn look(&mut self, ask: &Ask<'_>, degrade: &mut Degrade, round: u64) {
        if round.is_multiple_of(RARE_ROUNDS) {
            let route = query("cosmos.staking.v1beta1.Query/Params", "");
            // What was known stands where the application has died meanwhile: then it matters most.
            let unbonding = ask.want(degrade, UNBONDING, &route, clients::unbonding_s).await;
            self.unbonding_s = unbonding.or(self.unbonding_s);
            let route = query("ibc.core.client.v1.Query/ClientStates", &clients::ask_clients());
            if let Some(found) = ask.want(degrade, IBC, &route, clients::clients).await {
                self.looked = found.len();
                self.waiting = found.into_iter().filter(|c| !c.frozen).collect();
                self.newer.clear();
            }
            // The reason stands until it is asked again, not for one round only.
            let ours = |f: &Fact| f.text.starts_with(UNBONDING) || f.text.starts_with(IBC);
            self.unknown = degrade.facts().filter(ours).collect();
        }
        for _ in 0..AT_ONCE {
            let Some(client) = self.waiting.pop() else { return };
            let route = query("ibc.core.client.v1.Query/ConsensusState", &clients::ask_header(&client.id));
            if let Some(at) = ask.want(degrade, HEADERS, &route, clients::header_time).await {
                self.newer.push((client, at));
            }
            if self.waiting.is_empty() && !self.newer.is_empty() {
                self.known = std::mem::take(&mut self.newer);
            }
        }
    }

    /// The deadlines, with the time of the chain's newest block.
    pub fn told(&self, newest: At, now: At) -> Vec<Deadline> {
        let unbonding = self.unbonding_s.map(|s| {
            let (after, span) = (newest, span(s));
            Deadline {
                kind: UNBONDING.into(),
                at: after.plus(span),
                what: format!("the unbonding time of {} after the newest block", span.words()),
                basis: format!(
                    "newest block of {}; after that no light client can tell this chain from a forged one, and stake that \
                     signed a fork cannot be punished any more",
                    minute(after)
                ),
            }
        });
        let mut ahead: Vec<(At, &Client, At)> = self.ends().filter(|(end, ..)| *end > now).collect();
        ahead.sort_by_key(|(end, client, _)| (*end, client.id.clone()));
        let client = |(end, client, made): (At, &Client, At)| Deadline {
            kind: IBC.into(),
            at: end,
            what: format!("the trust of IBC client {} in {}", client.id, client.chain),
            basis: format!(
                "its newest header is of {}, trusted for {}; expired, only governance brings it back",
                minute(made),
                span(client.trusting_s).words()
            ),
        };
        unbonding.into_iter().chain(ahead.into_iter().take(TOLD).map(client)).collect()
    }

    fn ends(&self) -> impl Iterator<Item = (At, &Client, At)> {
        self.known.iter().map(|(client, made)| (made.plus(span(client.trusting_s)), client, *made))
    }

    /// For the closer look: what is known, and what is not, with the reason.
    pub fn facts(&self, now: At) -> Vec<Fact> {
        let mut facts: Vec<Fact> = Vec::new();
        if let Some(s) = self.unbonding_s {
            facts.push(Fact::new("unbonding", &format!("takes {}", span(s).words())));
        }
        if self.looked > 0 {
            let over = self.ends().filter(|(end, ..)| *end <= now).count();
            let first = self.ends().filter(|(end, ..)| *end > now).min_by_key(|(end, ..)| *end);
            let soonest = first.map_or_else(String::new, |(end, client, _)| {
                format!("; the first to expire is {} in {}, in {}", client.id, client.chain, end.since(now).words())
            });
            let bound = if self.looked >= CLIENTS { " (more are not looked at)" } else { "" };
            let text = format!("{} of CometBFT chains{bound}, {over} expired{soonest}", self.looked);
            facts.push(Fact::new("IBC clients", &text));
        }
        facts.extend(self.unknown.iter().cloned());
        facts
    }
}

fn query(path: &str, data: &str) -> String {
    let data = if data.is_empty() { String::new() } else { format!("&data=0x{data}") };
    format!("abci_query?path=%22/{path}%22{data}")
}

/// `2026-11-28 21:06 UTC`
fn minute(at: At) -> String {
    format!("{} {} UTC", at.date(), at.hm())
}

/// Seconds that are known to be below ten years.
fn span(seconds: u64) -> Span {
    Span::from_secs(i64::try_from(seconds).unwrap_or(0))
}

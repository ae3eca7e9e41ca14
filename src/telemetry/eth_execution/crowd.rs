//! Who fills the blocks: receipts of the last blocks looked at, added up by sender and by receiver. Pure.
//! Receipts tell what failed, too.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;

use super::parse::TxPool;
use crate::domain::observation::{Fact, Failure};
use crate::telemetry::json;

/// Blocks that are added up.
const BLOCKS: usize = 8;

/// Senders, and receivers, that are told; the heaviest.
const TOLD: usize = 5;

/// Gas used of the limit, %: from here on blocks are full, and who fills them is told.
const FULL_PCT: f64 = 90.0;

/// So many blocks' worth of transactions that wait are a flood as well.
const WAITING_BLOCKS: u64 = 10;

/// Fewer than these that wait are no flood on any chain.
const WAITING_LEAST: u64 = 200;

/// What became of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Who sent it.
    pub from: String,
    /// To whom; `None` where it made a contract.
    pub to: Option<String>,
    /// Gas it used.
    pub gas: u64,
    /// Whether it failed.
    pub failed: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireReceipt {
    from: String,
    #[serde(default)]
    to: Option<String>,
    gas_used: String,
    status: String,
}

/// Reads `eth_getBlockReceipts`.
///
/// # Errors
/// When it is no list of receipts, or one says neither that it failed nor that it did not.
pub fn receipts(result: &str) -> Result<Vec<Receipt>, Failure> {
    let what = "eth_getBlockReceipts";
    let wire: Vec<WireReceipt> = json::read(result.as_bytes(), what)?;
    let one = |w: WireReceipt| {
        let failed = match json::hex(&w.status)? {
            0 => true,
            1 => false,
            _ => return None,
        };
        Some(Receipt { from: w.from, to: w.to, gas: json::hex(&w.gas_used)?, failed })
    };
    let read: Option<Vec<Receipt>> = wire.into_iter().map(one).collect();
    read.ok_or_else(|| json::refuse(result.as_bytes(), what, "a status or an amount of gas is none"))
}

/// The last blocks looked at.
#[derive(Debug, Default)]
pub struct Crowd {
    blocks: VecDeque<Vec<Receipt>>,
}

/// What one address did.
#[derive(Clone, Copy, Default)]
struct Sum {
    gas: u64,
    transactions: u64,
    failed: u64,
}

impl Crowd {
    /// Takes a block's receipts.
    pub fn push(&mut self, receipts: Vec<Receipt>) {
        if self.blocks.len() >= BLOCKS {
            self.blocks.pop_front();
        }
        self.blocks.push_back(receipts);
    }

    /// Whether blocks are full, or more waits than several of them take.
    #[must_use]
    pub fn is_flood(&self, gas_used_pct: Option<f64>, pool: Option<TxPool>) -> bool {
        let all: usize = self.blocks.iter().map(Vec::len).sum();
        let a_block = (all / self.blocks.len().max(1)) as u64;
        let many = (a_block * WAITING_BLOCKS).max(WAITING_LEAST);
        gas_used_pct.is_some_and(|pct| pct >= FULL_PCT) || pool.is_some_and(|p| p.pending >= many)
    }

    /// The heaviest senders and receivers, by the gas they used.
    #[must_use]
    pub fn facts(&self) -> Vec<Fact> {
        let all = || self.blocks.iter().flatten();
        let gas = all().fold(0_u64, |sum, r| sum.saturating_add(r.gas));
        if gas == 0 {
            return Vec::new();
        }
        let mut facts = self.heaviest("top sender", gas, |r| Some(&r.from));
        facts.extend(self.heaviest("top receiver", gas, |r| r.to.as_deref()));
        facts
    }

    fn heaviest<'a>(
        &'a self,
        topic: &'static str,
        gas: u64,
        who: impl Fn(&'a Receipt) -> Option<&'a str>,
    ) -> Vec<Fact> {
        let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
        for receipt in self.blocks.iter().flatten() {
            let sum = sums.entry(who(receipt).unwrap_or("(new contracts)")).or_default();
            sum.gas = sum.gas.saturating_add(receipt.gas);
            sum.transactions += 1;
            sum.failed += u64::from(receipt.failed);
        }
        let mut sums: Vec<(&str, Sum)> = sums.into_iter().collect();
        sums.sort_by_key(|(address, sum)| (Reverse(sum.gas), *address));
        let blocks = self.blocks.len();
        let told = |(address, sum): (&str, Sum)| {
            let pct = u128::from(sum.gas) * 100 / u128::from(gas);
            let Sum { transactions, failed, .. } = sum;
            let words = format!("{address}: {pct} % of the gas of {blocks} blocks, {transactions} transactions");
            Fact::new(topic, &format!("{words}, {failed} failed"))
        };
        sums.into_iter().take(TOLD).map(told).collect()
    }
}

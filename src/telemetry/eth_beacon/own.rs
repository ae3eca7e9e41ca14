//! The validators that the configuration calls ours: their indices, and whose votes were seen in the epoch that ended last.
//! Must not know whose blocks are missing.

use std::collections::{BTreeMap, BTreeSet};

use super::ask::Ask;
use super::duties::{self, Duty};
use crate::domain::observation::Fact;
use crate::domain::validator::ValidatorName;
use crate::telemetry::degrade::Degrade;

/// Keys whose index is asked for in one round: so many fit one address of 2 KiB.
const KEYS_AT_ONCE: usize = 16;

/// Silent ones that are told by name.
const NAMED: usize = 5;

/// Votes by POST, as the specification has it since 2.3, and by GET, as lodestar had it before.
const POSTED: &str = "validator/liveness by POST";
const GOT: &str = "validator/liveness by GET";

/// Whose votes were seen in an epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// The epoch.
    pub epoch: u64,
    /// Validators asked for.
    pub asked: u64,
    /// Those of whom nothing was seen.
    pub silent: Vec<u64>,
}

impl Live {
    /// Of an answer about this epoch; one that names nobody says nothing.
    #[must_use]
    pub fn of(epoch: u64, told: &[(u64, bool)]) -> Option<Self> {
        let each: BTreeMap<u64, bool> = told.iter().copied().collect();
        let silent = each.iter().filter(|(_, live)| !**live).map(|(index, _)| *index).collect();
        (!each.is_empty()).then_some(Self { epoch, asked: each.len() as u64, silent })
    }

    /// Those who voted, %.
    #[must_use]
    pub fn pct(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "at most some hundred validators")]
        let share = (self.asked - (self.silent.len() as u64).min(self.asked)) as f64 / self.asked.max(1) as f64;
        100.0 * share
    }

    /// In a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        let live = self.asked - (self.silent.len() as u64).min(self.asked);
        let mut words = format!("votes of {live} of {} own validators were seen in epoch {}", self.asked, self.epoch);
        let names: Vec<String> = self.silent.iter().take(NAMED).map(u64::to_string).collect();
        let more = self.silent.len().saturating_sub(NAMED);
        if !names.is_empty() {
            let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
            words.push_str(&format!("; none of {}{tail}", names.join(", ")));
        }
        words
    }
}

/// Our validators.
#[derive(Clone, Debug, Default)]
pub(super) struct Own {
    indices: BTreeSet<u64>,
    keys: BTreeMap<String, Option<u64>>,
    tried: usize,
    live: Option<Live>,
}

impl Own {
    pub fn new(names: &[ValidatorName]) -> Self {
        let mut own = Self::default();
        for name in names {
            match name {
                ValidatorName::Index(index) => drop(own.indices.insert(*index)),
                ValidatorName::Key(key) => drop(own.keys.insert(key.clone(), None)),
            }
        }
        own
    }

    pub fn is_none(&self) -> bool {
        self.indices.is_empty() && self.keys.is_empty()
    }

    /// Whether this slot is ours.
    pub fn has(&self, duty: &Duty) -> bool {
        self.indices.contains(&duty.index) || self.keys.contains_key(&duty.key)
    }

    /// Whose votes were seen, as last told.
    pub const fn live(&self) -> Option<&Live> {
        self.live.as_ref()
    }

    /// Finds indices of keys, some in each round; all are tried again when the caller says so.
    pub async fn learn(&mut self, ask: Ask<'_>, degrade: &mut Degrade, again: bool) {
        if again {
            self.tried = 0;
        }
        let open = self.keys.iter().filter(|(_, index)| index.is_none()).map(|(key, _)| key.clone());
        let keys: Vec<String> = open.skip(self.tried).take(KEYS_AT_ONCE).collect();
        if keys.is_empty() {
            return;
        }
        let path = format!("/eth/v1/beacon/states/head/validators?id={}", keys.join("&id="));
        let Some(found) = ask.want(degrade, "states/head/validators", &path, duties::registry).await else { return };
        let mut lacking = keys.len();
        for (index, key) in found {
            if let Some(place @ None) = self.keys.get_mut(&key) {
                *place = Some(index);
                lacking -= 1;
            }
        }
        // What was found leaves the list of open ones; only what was not is passed over next time.
        self.tried += lacking;
    }

    /// Asks for the epoch before this one, until it was told.
    pub async fn look(&mut self, ask: Ask<'_>, degrade: &mut Degrade, epoch: u64) {
        let Some(ended) = epoch.checked_sub(1) else { return };
        if self.live.as_ref().is_some_and(|l| l.epoch == ended) {
            return;
        }
        let known: BTreeSet<u64> = self.indices.iter().copied().chain(self.keys.values().flatten().copied()).collect();
        if known.is_empty() {
            return;
        }
        let texts: Vec<String> = known.iter().map(u64::to_string).collect();
        let body = format!("[\"{}\"]", texts.join("\",\""));
        let path = format!("/eth/v1/validator/liveness/{ended}");
        let mut told = ask.want_posted(degrade, POSTED, (&path, &body), duties::liveness).await;
        if told.is_none() && !degrade.asks(POSTED) {
            let path = format!("/eth/v1/validator/liveness?indices={}&epoch={ended}", texts.join("&indices="));
            told = ask.want(degrade, GOT, &path, duties::liveness).await;
        }
        // Only who was asked for counts, whatever the node adds.
        let told: Option<Vec<_>> = told.map(|all| all.into_iter().filter(|(i, _)| known.contains(i)).collect());
        self.live = told.and_then(|told| Live::of(ended, &told));
    }

    /// Keys that the chain's registry does not have, as a fact.
    pub fn unknown(&self) -> Option<Fact> {
        let open = self.keys.iter().filter(|(_, index)| index.is_none()).count();
        let first = self.keys.iter().find(|(_, index)| index.is_none())?.0;
        let more = if open > 1 { format!(" and {} more", open - 1) } else { String::new() };
        (self.tried >= open).then(|| {
            Fact::unknown("own validators", &format!("the registry of this chain has no key {}…{more}", &first[..10]))
        })
    }
}

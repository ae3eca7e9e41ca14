//! The shelves of all shared incidents: whose turn it is, and what became of what was asked.
//! Must not speak to anybody.

use std::collections::BTreeMap;
use std::path::Path;

use crate::domain::id::IncidentId;
use crate::share::etcd::books::Books;
use crate::share::etcd::fault::EtcdError;
use crate::share::etcd::gateway::Endpoint;
use crate::share::etcd::key::Part;
use crate::share::etcd::shelf::{Errand, LISTED_MAX, Shelf};
use crate::share::etcd::wire::{Kv, RangeReply, TxnReply, bytes};

/// What the cluster answered.
pub(super) enum Answer {
    Range(RangeReply),
    Txn(TxnReply),
}

pub(super) struct Shelves {
    prefix: String,
    shelves: BTreeMap<IncidentId, Shelf>,
    /// Which one had its turn last.
    last: Option<IncidentId>,
}

impl Shelves {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), shelves: BTreeMap::new(), last: None }
    }

    /// Looks at the folders of the incidents that are shared.
    pub(super) fn look(&mut self, books: &Books) {
        for (id, dir, spoken) in books.shared() {
            let dir: &Path = dir;
            let shelf = self.shelves.entry(id.clone()).or_insert_with(|| Shelf::new(dir, id));
            shelf.look(spoken);
        }
    }

    /// Nothing is known of etcd any more.
    pub(super) fn forget(&mut self) {
        self.shelves.values_mut().for_each(Shelf::forget);
    }

    /// Files that are on their way in either direction.
    pub(super) fn waiting(&self) -> u64 {
        self.shelves.values().map(Shelf::waiting).sum()
    }

    /// What people should know.
    pub(super) fn troubles(&self) -> impl Iterator<Item = String> {
        self.shelves.values().flat_map(Shelf::troubles)
    }

    /// What is to be done next; the incidents take turns.
    pub(super) fn errand(&mut self) -> Option<(IncidentId, Errand)> {
        let ids: Vec<_> = self.shelves.keys().cloned().collect();
        let after = self.last.as_ref().map_or(0, |last| ids.iter().position(|id| id > last).unwrap_or(0));
        for id in ids.iter().cycle().skip(after).take(ids.len()) {
            if let Some(errand) = self.shelves.get_mut(id).and_then(|shelf| shelf.errand(&self.prefix)) {
                self.last = Some(id.clone());
                return Some((id.clone(), errand));
            }
        }
        None
    }

    /// Asks for it.
    pub(super) async fn ask(endpoint: &Endpoint, prefix: &str, errand: &Errand) -> Result<Answer, EtcdError> {
        match errand {
            Errand::List { from, to } => endpoint.names(from, to, LISTED_MAX).await.map(Answer::Range),
            Errand::Get { part } => endpoint.one(&part.key(prefix)).await.map(Answer::Range),
            Errand::Put { part, value } => {
                let pair = [(part.key(prefix), value.clone())];
                endpoint.create(&pair).await.map(Answer::Txn)
            }
        }
    }

    /// Takes the answer.
    pub(super) fn answered(&mut self, incident: &IncidentId, errand: &Errand, answer: Answer) {
        let Some(shelf) = self.shelves.get_mut(incident) else { return };
        match (errand, answer) {
            (Errand::List { .. }, Answer::Range(reply)) => {
                let parse = |kv: &Kv| bytes(&kv.key).and_then(|key| Part::parse(&self.prefix, &key));
                shelf.listed(reply.kvs.iter().filter_map(parse), !reply.more);
            }
            (Errand::Get { part }, Answer::Range(reply)) => {
                shelf.came(part, reply.kvs.first().and_then(|kv| bytes(&kv.value)));
            }
            (Errand::Put { part, value }, Answer::Txn(reply)) => {
                let there = reply.responses.into_iter().filter_map(|r| r.response_range).flat_map(|r| r.kvs).next();
                let theirs = there.and_then(|kv| bytes(&kv.value)).unwrap_or_default();
                shelf.stands(part, value, (!reply.succeeded).then_some(theirs.as_slice()));
            }
            // Each errand has its kind of answer.
            _ => {}
        }
    }
}

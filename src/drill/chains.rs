//! The log of a drill in memory: the same lines, hashes and stamps that the journal writes, made without a disk.
//! Must not decide what is written.

use std::collections::BTreeMap;

use crate::domain::entry::{Entry, NewEntry, Rare, Seal};
use crate::domain::event::ChainOpened;
use crate::domain::id::{IncidentId, WriterId};
use crate::domain::time::At;
use crate::journal::{EncodeError, Hash, HybridClock, SEEN_MAX, encode_line};

/// One chain being written.
#[derive(Clone, Debug)]
struct Chain {
    next: u64,
    head: Hash,
    text: String,
    /// Heads of others as this chain last told them.
    told: BTreeMap<WriterId, Hash>,
}

/// Every chain of one drill. One clock stamps them all: everybody sees everything at once.
#[derive(Clone, Debug)]
pub(super) struct Chains {
    incident: IncidentId,
    network: String,
    host: String,
    clock: HybridClock,
    chains: BTreeMap<WriterId, Chain>,
}

impl Chains {
    pub(super) fn new(incident: &IncidentId, network: &str, host: &str) -> Self {
        Self {
            incident: incident.clone(),
            network: network.to_owned(),
            host: host.to_owned(),
            clock: HybridClock::default(),
            chains: BTreeMap::new(),
        }
    }

    /// Writes an entry into a writer's chain, which is opened first where it is new; what was written.
    pub(super) fn append(&mut self, writer: &WriterId, new: NewEntry, now: At) -> Result<Vec<Entry>, EncodeError> {
        let mut written = Vec::new();
        if !self.chains.contains_key(writer) {
            let opened = ChainOpened {
                incident: self.incident.clone(),
                network: self.network.clone(),
                host: self.host.clone(),
                machine: String::new(),
                continues: None,
            };
            let opened = NewEntry { actor: new.actor.clone(), ..NewEntry::tool(opened) };
            let chain = Chain { next: 0, head: Hash::ZERO, text: String::new(), told: BTreeMap::new() };
            self.chains.insert(writer.clone(), chain);
            written.push(self.line(writer, opened, now)?);
        }
        written.push(self.line(writer, new, now)?);
        Ok(written)
    }

    fn line(&mut self, writer: &WriterId, new: NewEntry, now: At) -> Result<Entry, EncodeError> {
        let (at, clock) = self.clock.stamp(now);
        let heads: Vec<(WriterId, Hash)> =
            self.chains.iter().filter(|(w, c)| *w != writer && c.next > 0).map(|(w, c)| (w.clone(), c.head)).collect();
        // The caller has just made sure that the chain is there.
        let Some(chain) = self.chains.get_mut(writer) else {
            return Err(EncodeError::Data { kind: "chain.opened".to_owned(), why: "the chain is not open".to_owned() });
        };
        let fresh = heads.into_iter().filter(|(w, head)| chain.told.get(w) != Some(head)).take(SEEN_MAX);
        let fresh: Vec<(WriterId, Hash)> = fresh.collect();
        let seen = fresh.iter().map(|(w, head)| (w.clone(), head.to_string())).collect();
        let entry = Entry {
            seq: chain.next,
            at,
            writer: writer.clone(),
            actor: new.actor,
            source: new.source,
            disclosure: new.disclosure,
            drill: true,
            event: new.event,
            seal: Seal::Unsigned,
            rare: Rare { clock, happened: new.happened, amends: new.amends, seen, proof: None }.into(),
        };
        let line = encode_line(&entry, &chain.head)?;
        chain.told.extend(fresh);
        chain.head = Hash::of(line.as_bytes());
        chain.next += 1;
        chain.text.push_str(&line);
        Ok(entry)
    }

    /// Every chain's file, by writer.
    pub(super) fn finish(self) -> BTreeMap<WriterId, String> {
        self.chains.into_iter().map(|(writer, chain)| (writer, chain.text)).collect()
    }
}

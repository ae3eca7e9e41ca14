//! Every entry of one incident in its total order, and the state they fold to.
//! A late entry, a correction or a strike re-folds from the snapshot before the place it touches.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::domain::entry::{Entry, Seal, Source};
use crate::domain::event::{Event, RecordEvent, WordEvent};
use crate::domain::id::{EntryRef, WriterId};
use crate::domain::incident::keyring::Keyring;
use crate::domain::incident::standing::Standing;
use crate::domain::incident::state::Incident;
use crate::domain::incident::trust::Trust;
use crate::domain::incident::vouching::Vouching;
use crate::domain::policy::{KEPT, Rosters, may_correct};
use crate::domain::time::At;

/// A snapshot is kept each time this many entries were folded.
const SNAPSHOT_EVERY: usize = 1_024;
/// At most this many snapshots are kept; the oldest goes first, and an older place re-folds from the beginning.
const SNAPSHOTS: usize = 4;

/// What was corrected about an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correction {
    /// Struck out: it has no effect and is left out of exports and drafts.
    pub struck: bool,
    /// The words as they should have been.
    pub text: Option<String>,
    /// When it really happened.
    pub happened: Option<At>,
    /// The newest correcting entry.
    pub by: Option<EntryRef>,
}

impl Correction {
    fn take(&mut self, entry: &Entry) {
        match &entry.event {
            Event::Record(RecordEvent::Struck(_)) => self.struck = true,
            Event::Record(RecordEvent::Amended(amended)) => {
                if !amended.text.is_empty() {
                    self.text = Some(amended.text.clone());
                }
                self.happened = entry.rare.happened.or(self.happened);
            }
            _ => return,
        }
        self.by = Some(entry.name());
    }
}

/// What was found out about the signatures of some lines of one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Whose chain.
    pub writer: WriterId,
    /// The first of them.
    pub from: u64,
    /// The last of them.
    pub to: u64,
    /// What all of them are.
    pub seal: Seal,
}

/// The merged log of one incident.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    entries: Vec<Entry>,
    incident: Incident,
    corrections: BTreeMap<EntryRef, Correction>,
    snapshots: Vec<(usize, Incident)>,
    vouching: Vouching,
    trust: Trust,
    rosters: Rosters,
    /// Corrections whose author may not make them, and why.
    denied: BTreeMap<EntryRef, String>,
}

impl Ledger {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Folds a whole log, in any order.
    #[must_use]
    pub fn of(entries: Vec<Entry>) -> Self {
        Self::anchored(entries, None)
    }

    /// Folds a whole log, in any order; `anchor` tells whose key is whose where the log itself has no roster.
    #[must_use]
    pub fn anchored(mut entries: Vec<Entry>, anchor: Option<Keyring>) -> Self {
        // What a journal loaded is in order already.
        if !entries.is_sorted_by(|a, b| a.place() < b.place()) {
            entries.sort_by(|a, b| a.place().cmp(&b.place()));
            entries.dedup_by(|a, b| a.place() == b.place());
        }
        let mut ledger = Self { entries, ..Self::default() };
        anchor.into_iter().for_each(|ring| ledger.vouching.anchor(ring));
        for entry in &ledger.entries {
            ledger.vouching.note(entry);
            ledger.rosters.note(entry);
        }
        ledger.trust = ledger.vouching.settle();
        ledger.rebuild();
        ledger
    }

    /// Another log of the same incident: its entries, and whose key is whose as it was told this one.
    #[must_use]
    pub fn again(&self, entries: Vec<Entry>) -> Self {
        Self::anchored(entries, self.vouching.anchored().cloned())
    }

    /// Takes entries in, from any writer, in any order; one that is known already changes nothing.
    pub fn extend(&mut self, entries: impl IntoIterator<Item = Entry>) {
        let mut fresh: Vec<Entry> = entries.into_iter().filter(|entry| self.place_of(entry).is_err()).collect();
        fresh.sort_by(|a, b| a.place().cmp(&b.place()));
        fresh.dedup_by(|a, b| a.place() == b.place());
        let mut vouched = false;
        for entry in &fresh {
            vouched |= self.vouching.note(entry);
            self.rosters.note(entry);
        }
        let from = self.merge(fresh);
        if vouched && self.settle() {
            self.rebuild();
        } else {
            self.refold(from);
        }
    }

    /// Where an entry stands, or where it belongs.
    fn place_of(&self, entry: &Entry) -> Result<usize, usize> {
        self.entries.binary_search_by(|known| known.place().cmp(&entry.place()))
    }

    /// Puts new entries, in order, between the known ones in one pass, and looks again at what they correct or what corrects
    /// them; answers the first place that is touched.
    fn merge(&mut self, fresh: Vec<Entry>) -> usize {
        let Some(first) = fresh.first() else { return self.entries.len() };
        let mut from = self.place_of(first).unwrap_or_else(|at| at);
        let mut later = self.entries.split_off(from).into_iter().peekable();
        let mut looked_at = Vec::new();
        for entry in fresh {
            while let Some(known) = later.next_if(|known| known.place() < entry.place()) {
                self.entries.push(known);
            }
            if entry.rare.amends.is_some() || self.corrections.contains_key(&entry.name()) {
                looked_at.push(self.entries.len());
            }
            self.entries.push(entry);
        }
        self.entries.extend(later);
        for at in looked_at {
            from = from.min(self.note_correction(at).unwrap_or(at));
            let name = self.entries.get(at).map(Entry::name).filter(|name| self.corrections.contains_key(name));
            name.into_iter().for_each(|name| self.correct(&name));
        }
        from
    }

    /// Takes note of what was found out about signatures of lines that are known already.
    pub fn seal(&mut self, found: &[Sealed]) {
        let by_writer: BTreeMap<_, Vec<_>> =
            found.iter().fold(BTreeMap::new(), |mut by: BTreeMap<_, Vec<_>>, sealed| {
                by.entry(&sealed.writer).or_default().push(sealed);
                by
            });
        let (mut changed, mut vouched) = (false, false);
        for entry in &mut self.entries {
            let news =
                by_writer.get(&entry.writer).and_then(|all| all.iter().find(|s| (s.from..=s.to).contains(&entry.seq)));
            let Some(news) = news.filter(|news| news.seal != entry.seal) else { continue };
            let before = self.trust.objection(entry);
            entry.seal = news.seal.clone();
            changed |= self.trust.objection(entry) != before;
            vouched |= self.vouching.note(entry);
        }
        if vouched && self.settle() || changed {
            self.rebuild();
        }
    }

    /// Finds out anew who is trusted; true when that may change what counts.
    fn settle(&mut self) -> bool {
        let next = self.vouching.settle();
        let same_rules = next.rosters == self.trust.rosters
            && next.revoked == self.trust.revoked
            && next.refused == self.trust.refused
            && next.incident == self.trust.incident;
        // Without a roster that requires signatures, who vouches for whom changes what is shown and not what counts.
        let harmless = same_rules && (next.sessions == self.trust.sessions || !next.requires());
        self.trust = next;
        !harmless
    }

    /// Corrections and the fold, from the first entry on.
    fn rebuild(&mut self) {
        (self.corrections, self.denied) = (BTreeMap::new(), BTreeMap::new());
        let correcting = |(i, entry): (usize, &Entry)| entry.rare.amends.is_some().then_some(i);
        let correcting: Vec<usize> = self.entries.iter().enumerate().filter_map(correcting).collect();
        for i in correcting {
            self.note_correction(i);
        }
        self.snapshots.clear();
        self.incident = Incident::default();
        self.refold(0);
    }

    /// Who is trusted, and why.
    #[must_use]
    pub const fn trust(&self) -> &Trust {
        &self.trust
    }

    /// What people must be told of a line's signature, in a word: nothing where it is as it should be, and nothing of a line without
    /// one in a log where nobody has a key.
    #[must_use]
    pub fn doubt(&self, entry: &Entry) -> Option<&'static str> {
        let standing = self.standing(entry);
        let expected = standing != Standing::Unsigned || self.trust.has_keys() && !entry.drill;
        (expected && !standing.is_quiet()).then(|| standing.word())
    }

    /// What the signature of a line is worth.
    #[must_use]
    pub fn standing(&self, entry: &Entry) -> Standing {
        self.trust.standing(entry)
    }

    /// An entry by its whole name.
    #[must_use]
    pub fn entry(&self, id: &EntryRef) -> Option<&Entry> {
        self.entries.iter().find(|e| e.seq == id.seq && e.writer == id.writer)
    }

    /// Every entry, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries alone, for whoever folds them again.
    #[must_use]
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// What they fold to.
    #[must_use]
    pub const fn incident(&self) -> &Incident {
        &self.incident
    }

    /// What was corrected about an entry.
    #[must_use]
    pub fn correction(&self, id: &EntryRef) -> Option<&Correction> {
        self.corrections.get(id)
    }

    /// Finds an entry by its name, or by what is left of it when only one fits: `7`, `alice/7`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Entry> {
        let (who, seq) = name.rsplit_once('/').unwrap_or(("", name));
        let seq: u64 = seq.parse().ok()?;
        let mut fitting = self.entries.iter().filter(|e| e.seq == seq && e.writer.as_str().starts_with(who));
        let first = fitting.next()?;
        let exact = |e: &&Entry| e.writer.as_str() == who;
        if exact(&first) {
            return Some(first);
        }
        match fitting.next() {
            None => Some(first),
            Some(second) => Some(second).filter(exact).or_else(|| fitting.find(exact)),
        }
    }

    /// The entry as it counts: with its corrections in; `None` when it was struck. What a chain needs cannot be struck.
    #[must_use]
    pub fn effective<'a>(&'a self, entry: &'a Entry) -> Option<Cow<'a, Entry>> {
        effective(&self.corrections, entry)
    }

    /// Notes what the entry at `at` corrects; answers the place of the corrected one.
    /// Recomputed from all corrections of that target in order, so that the order of arrival does not matter.
    fn note_correction(&mut self, at: usize) -> Option<usize> {
        let target = self.entries.get(at)?.rare.amends.clone()?;
        let place = self.entries.iter().position(|e| e.name() == target);
        self.correct(&target);
        place
    }

    /// What counts of all that corrects an entry: only what its author may, by the roster in force there.
    fn correct(&mut self, target: &EntryRef) {
        let author = self.entry(target).map(|e| e.actor.clone());
        let mut correction = Correction::default();
        let kept = self.entry(target).is_some_and(|e| matches!(e.event, Event::Access(_)));
        for entry in self.entries.iter().filter(|e| e.rare.amends.as_ref() == Some(target)) {
            let author = author.as_ref().unwrap_or(&entry.actor);
            let roster = self.rosters.before(entry, &self.trust);
            let name = entry.name();
            let may = may_correct(roster, &entry.actor, author).map_err(|denial| denial.to_string());
            match may.and_then(|()| if kept { Err(KEPT.to_owned()) } else { Ok(()) }) {
                Err(why) => drop(self.denied.insert(name, why)),
                Ok(()) => {
                    self.denied.remove(&name);
                    if self.trust.objection(entry).is_none() {
                        correction.take(entry);
                    }
                }
            }
        }
        self.corrections.insert(target.clone(), correction);
    }

    fn refold(&mut self, from: usize) {
        let folded = self.entries.len().min(from);
        self.snapshots.retain(|(len, _)| *len <= folded);
        let fresh = from >= self.entries.len();
        if fresh {
            return;
        }
        let (start, state) = if self.is_folded_up_to(from) {
            (from, std::mem::take(&mut self.incident))
        } else {
            self.snapshots.last().cloned().unwrap_or_default()
        };
        self.incident = state;
        // Those that later ones would push out are not made.
        let first_kept = self.entries.len().saturating_sub(SNAPSHOTS * SNAPSHOT_EVERY).max(1);
        for i in start..self.entries.len() {
            let due = i >= first_kept && i.is_multiple_of(SNAPSHOT_EVERY);
            if due && self.snapshots.last().is_none_or(|(len, _)| *len < i) {
                self.snapshots.push((i, self.incident.clone()));
                if self.snapshots.len() > SNAPSHOTS {
                    self.snapshots.remove(0);
                }
            }
            self.fold_one(i);
        }
    }

    /// Whether the state at hand is exactly the fold of the entries before `at`.
    fn is_folded_up_to(&self, at: usize) -> bool {
        let folded: u64 = self.incident.writers.values().map(|w| w.entries).sum();
        usize::try_from(folded).is_ok_and(|n| n == at)
    }

    fn fold_one(&mut self, i: usize) {
        // Split borrows: the fold reads the entry and writes the state, which are different fields.
        let Self { entries, incident, trust, corrections, denied, .. } = self;
        let Some(entry) = entries.get(i) else { return };
        let objection = trust.objection(entry);
        // Most logs end here for all of their entries but a few.
        if objection.is_none() && corrections.is_empty() && denied.is_empty() {
            incident.apply(entry, trust);
            return;
        }
        let name = entry.name();
        if let Some(why) = objection.or_else(|| denied.get(&name).cloned()) {
            incident.apply_bare(entry);
            incident.no_effect.insert(name, why);
            return;
        }
        match effective(corrections, entry) {
            Some(effective) => incident.apply(&effective, trust),
            None => incident.apply_bare(entry),
        }
    }
}

impl Incident {
    /// An entry that was struck or that nobody vouches for only counts as a line of its chain.
    fn apply_bare(&mut self, entry: &Entry) {
        let mut bare = entry.clone();
        bare.event = Event::unknown("struck", "");
        (bare.source, bare.drill) = (Source::Tool, false);
        self.apply(&bare, &Trust::default());
    }
}

fn effective<'a>(corrections: &BTreeMap<EntryRef, Correction>, entry: &'a Entry) -> Option<Cow<'a, Entry>> {
    let correction = corrections.get(&entry.name()).filter(|_| !matches!(entry.event, Event::Chain(_)));
    let Some(correction) = correction else { return Some(Cow::Borrowed(entry)) };
    if correction.struck {
        return None;
    }
    let mut entry = entry.clone();
    if let Some(happened) = correction.happened {
        entry.rare.happened = Some(happened);
    }
    if let Some(text) = &correction.text {
        reword(&mut entry.event, text);
    }
    Some(Cow::Owned(entry))
}

/// Puts corrected words in the place of the words of an event; other events keep theirs.
fn reword(event: &mut Event, text: &str) {
    let words = match event {
        Event::Word(WordEvent::Note(e)) => &mut e.text,
        Event::Word(WordEvent::Fact(e)) => &mut e.text,
        Event::Word(WordEvent::Claim(e)) => &mut e.claim,
        Event::Word(WordEvent::Concern(e)) => &mut e.text,
        Event::Word(WordEvent::Report(e)) => &mut e.text,
        Event::Word(WordEvent::Hypothesis(e)) => &mut e.text,
        Event::Record(RecordEvent::Decided(e)) => &mut e.outcome,
        Event::Record(RecordEvent::Ordered(e)) => &mut e.text,
        Event::Record(RecordEvent::TaskGiven(e)) => &mut e.text,
        Event::Record(RecordEvent::ActionOpened(e)) => &mut e.text,
        Event::Incident(crate::domain::event::IncidentEvent::Declared(e)) => &mut e.title,
        _ => return,
    };
    text.clone_into(words);
}

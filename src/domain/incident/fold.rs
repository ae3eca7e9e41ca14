//! How an entry changes the incident. Total: what has become illegal through a merge is kept as "no effect, because …".

use crate::domain::entry::Entry;
use crate::domain::event::{
    ChainEvent, ConcernRaised, DecisionMade, Event, HandoverState, HealthEvent, IncidentEvent, NodeState, RecordEvent,
    RoleAssigned, RoleHandedOver, RunEvent, Status, StatusChanged, VerdictChanged, WordEvent,
};
use crate::domain::id::EntryRef;
use crate::domain::incident::approval;
use crate::domain::incident::matters::{Action, Concern, Decision, Hypothesis, Objection, Order, Outcome, Task};
use crate::domain::incident::roles::Offer;
use crate::domain::incident::state::{AlertFact, Incident, PeerFact, ScopeFact, VerdictFact, Writer};
use crate::domain::incident::trust::Trust;
use crate::domain::policy::Authority;
use crate::domain::run::Run;
use crate::domain::time::Span;

/// Whether an entry changed anything; the text says why it did not.
type Applied = Result<(), String>;

impl Incident {
    /// Takes one entry in. Entries must come in the incident's total order (see `Ledger`); whose word counts is decided by `trust`.
    pub fn apply(&mut self, entry: &Entry, trust: &Trust) {
        self.drill |= entry.drill;
        self.note_writer(entry);
        let may = Authority::of_log(self, entry.recorded()).permits_entry(entry);
        let conflict = if may.is_ok() { self.conflict(entry) } else { None };
        let applied = may.map_err(|denial| denial.to_string()).and_then(|()| self.change(entry, trust));
        if let Err(because) = applied {
            if conflict.is_some() {
                self.note_rival(&entry.event);
            }
            self.no_effect.insert(entry.name(), because);
        }
        self.conflicts.extend(conflict);
    }

    fn change(&mut self, entry: &Entry, trust: &Trust) -> Applied {
        match &entry.event {
            Event::Chain(e) => self.apply_chain(e, entry),
            Event::Incident(e) => self.apply_incident(e, entry),
            Event::Word(e) => self.apply_word(e, entry),
            Event::Record(e) => self.apply_record(e, entry),
            Event::Health(e) => self.apply_health(e, entry),
            Event::Run(e) => self.apply_run(e, entry, trust),
            Event::Access(e) => self.apply_access(e, entry),
            Event::Unknown(_) => Ok(()),
        }
    }

    fn note_writer(&mut self, entry: &Entry) {
        let writer = match self.writers.get_mut(&entry.writer) {
            Some(writer) => writer,
            None => self.writers.entry(entry.writer.clone()).or_insert_with(|| Writer {
                host: String::new(),
                actor: entry.actor.clone(),
                last: entry.at,
                entries: 0,
                behind: Span::ZERO,
            }),
        };
        writer.last = entry.at;
        writer.behind = entry.at.elapsed_since(entry.recorded());
        writer.entries += 1;
        if entry.source == crate::domain::entry::Source::Human && writer.actor != entry.actor {
            writer.actor = entry.actor.clone();
        }
    }

    fn apply_chain(&mut self, event: &ChainEvent, entry: &Entry) -> Applied {
        match event {
            ChainEvent::Opened(opened) => {
                if let Some(writer) = self.writers.get_mut(&entry.writer) {
                    writer.host.clone_from(&opened.host);
                }
                if self.id.as_ref().is_some_and(|id| *id != opened.incident) {
                    return Err(format!("this chain belongs to incident {}", opened.incident));
                }
                self.id.get_or_insert_with(|| opened.incident.clone());
                if self.network.is_empty() {
                    self.network.clone_from(&opened.network);
                }
            }
            ChainEvent::Pinned(roster) => {
                self.roster = Some((**roster).clone());
            }
            ChainEvent::Delegated(_) | ChainEvent::Checkpoint(_) | ChainEvent::Recovered(_) => {}
        }
        Ok(())
    }

    fn apply_incident(&mut self, event: &IncidentEvent, entry: &Entry) -> Applied {
        match event {
            IncidentEvent::Declared(declared) => {
                if let Some(by) = &self.declared_by {
                    return Err(format!("it was declared already, by {by}"));
                }
                self.title.clone_from(&declared.title);
                self.severity = declared.severity;
                self.status = Some(Status::Active);
                self.declared_by = Some(entry.actor.clone());
                self.status_by = Some(entry.actor.clone());
                self.milestones.declared = Some(entry.when());
                earliest(&mut self.milestones.started, declared.onset);
            }
            IncidentEvent::Severity(changed) => self.severity = changed.to,
            IncidentEvent::Status(changed) => return self.apply_status(changed, entry),
            IncidentEvent::Assigned(assigned) => return self.apply_assigned(assigned, entry),
            IncidentEvent::HandedOver(handover) => return self.apply_handover(handover, entry),
            IncidentEvent::Linked(_) => {}
        }
        Ok(())
    }

    fn apply_status(&mut self, changed: &StatusChanged, entry: &Entry) -> Applied {
        if self.status == Some(changed.to) {
            let by = self.status_by.as_ref().map(|by| format!(", by {by}")).unwrap_or_default();
            return Err(format!("it was {} already{by}", changed.to.as_str()));
        }
        self.status = Some(changed.to);
        self.status_by = Some(entry.actor.clone());
        let marks = &mut self.milestones;
        match changed.to {
            Status::Mitigated => {
                marks.mitigated.get_or_insert(entry.when());
            }
            Status::Resolved => {
                marks.mitigated.get_or_insert(entry.when());
                marks.resolved = Some(entry.when());
            }
            Status::Closed => marks.closed = Some(entry.when()),
            // A relapse: what was over is not.
            Status::Active => (marks.resolved, marks.closed) = (None, None),
            Status::Triage | Status::Cancelled => {}
        }
        Ok(())
    }

    fn apply_assigned(&mut self, assigned: &RoleAssigned, entry: &Entry) -> Applied {
        let at = entry.when();
        let role = self.roles.entry(assigned.role.clone()).or_default();
        if let Some(from) = &assigned.from {
            role.take(from, at);
        }
        let Some(to) = &assigned.to else { return Ok(()) };
        if crate::domain::incident::roles::is_exclusive(&assigned.role)
            && let Some(held) = role.holders.first()
            && held.person != *to
        {
            return Err(format!("{} held {} already", held.person, assigned.role));
        }
        role.give(to, at);
        if assigned.role.as_str() == "incident-commander" {
            self.milestones.commanded.get_or_insert(at);
        }
        Ok(())
    }

    fn apply_handover(&mut self, handover: &RoleHandedOver, entry: &Entry) -> Applied {
        let at = entry.when();
        let role = self.roles.entry(handover.role.clone()).or_default();
        if !role.is_held_by(&handover.from) {
            return Err(format!("{} did not hold {}", handover.from, handover.role));
        }
        match handover.state {
            HandoverState::Offered => {
                role.offer = Some(Offer {
                    from: handover.from.clone(),
                    to: handover.to.clone(),
                    at,
                    briefing: handover.briefing.clone(),
                });
            }
            HandoverState::Declined => role.offer = None,
            HandoverState::Accepted => {
                if role.offer.as_ref().is_none_or(|o| o.to != handover.to || o.from != handover.from) {
                    return Err(format!("no offer of {} to {} was open", handover.role, handover.to));
                }
                role.offer = None;
                role.take(&handover.from, at);
                role.give(&handover.to, at);
            }
        }
        Ok(())
    }

    fn apply_word(&mut self, event: &WordEvent, entry: &Entry) -> Applied {
        match event {
            WordEvent::Concern(concern) => return self.apply_concern(concern, entry),
            WordEvent::Hypothesis(h) => self.hypotheses.push(Hypothesis {
                id: entry.name(),
                text: h.text.clone(),
                by: entry.actor.clone(),
                at: entry.when(),
                judged: Vec::new(),
            }),
            WordEvent::HypothesisJudged(judged) => {
                let found = self.hypotheses.iter_mut().find(|h| h.id == judged.hypothesis);
                found.ok_or_else(|| missing("hypothesis", &judged.hypothesis))?.judged.push((
                    judged.verdict.clone(),
                    judged.text.clone(),
                    entry.actor.clone(),
                    entry.when(),
                ));
            }
            WordEvent::Report(_) => earliest(&mut self.milestones.detected, Some(entry.when())),
            _ => {}
        }
        Ok(())
    }

    fn apply_concern(&mut self, concern: &ConcernRaised, entry: &Entry) -> Applied {
        if let Some(answered) = &concern.answers {
            let found = self.concerns.iter_mut().find(|c| c.id == *answered);
            let found = found.ok_or_else(|| missing("concern", answered))?;
            found.answer = Some((entry.actor.clone(), concern.text.clone(), entry.when()));
        } else {
            self.concerns.push(Concern {
                id: entry.name(),
                text: concern.text.clone(),
                by: entry.actor.clone(),
                at: entry.when(),
                answer: None,
            });
        }
        Ok(())
    }

    fn apply_record(&mut self, event: &RecordEvent, entry: &Entry) -> Applied {
        let (id, by, at) = (entry.name(), entry.actor.clone(), entry.when());
        match event {
            RecordEvent::Proposed(p) => {
                let (question, options) = (p.question.clone(), p.options.clone());
                self.decisions.push(Decision { id, question, options, at, by, objections: Vec::new(), made: None });
            }
            RecordEvent::Objected(o) => {
                let found = self.decisions.iter_mut().find(|d| d.id == o.decision);
                let found = found.ok_or_else(|| missing("decision", &o.decision))?;
                found.objections.push(Objection { by, text: o.text.clone(), at });
            }
            RecordEvent::Decided(made) => return self.apply_decided(made, entry),
            RecordEvent::Ordered(order) => {
                self.orders.push(Order { id, text: order.text.clone(), by, at, lifted: None });
            }
            RecordEvent::Lifted(lifted) => {
                let found = self.orders.iter_mut().find(|o| o.id == lifted.order);
                let found = found.ok_or_else(|| missing("order", &lifted.order))?;
                found.lifted.get_or_insert((at, by, lifted.reason.clone()));
            }
            RecordEvent::TaskGiven(task) => self.tasks.push(Task { id, task: (**task).clone(), by, at, answer: None }),
            RecordEvent::TaskAnswered(answer) => {
                let found = self.tasks.iter_mut().find(|t| t.id == answer.task);
                found.ok_or_else(|| missing("task", &answer.task))?.answer = Some((at, (**answer).clone()));
            }
            RecordEvent::ActionOpened(a) => {
                let (text, owner, due) = (a.text.clone(), a.owner.clone(), a.due.clone());
                self.actions.push(Action { id, text, owner, due, at, closed: None });
            }
            RecordEvent::ActionClosed(closed) => {
                let found = self.actions.iter_mut().find(|a| a.id == closed.action);
                let found = found.ok_or_else(|| missing("action item", &closed.action))?;
                found.closed = Some((at, closed.outcome.clone()));
            }
            // The ledger acts on these two before it folds; here they only stand in the timeline.
            RecordEvent::Amended(_) => {}
            RecordEvent::Struck(_) => {
                if let Some(target) = &entry.rare.amends {
                    self.struck.insert(target.clone());
                }
            }
        }
        Ok(())
    }

    fn apply_decided(&mut self, made: &DecisionMade, entry: &Entry) -> Applied {
        let (id, by, at) = (entry.name(), entry.actor.clone(), entry.when());
        let outcome =
            Outcome { id: id.clone(), at, by: by.clone(), outcome: made.outcome.clone(), reason: made.reason.clone() };
        let Some(proposal) = &made.proposal else {
            let (question, options, objections) = (made.question.clone(), Vec::new(), Vec::new());
            self.decisions.push(Decision { id, question, options, at, by, objections, made: Some(outcome) });
            return Ok(());
        };
        let found = self.decisions.iter_mut().find(|d| d.id == *proposal);
        let found = found.ok_or_else(|| missing("proposal", proposal))?;
        if let Some(made) = &found.made {
            return Err(format!("{} had settled it already: {}", made.by, made.outcome));
        }
        found.made = Some(outcome);
        Ok(())
    }

    fn apply_health(&mut self, event: &HealthEvent, entry: &Entry) -> Applied {
        let at = entry.when();
        match event {
            HealthEvent::Verdict(verdict) => self.apply_verdict(verdict),
            HealthEvent::Scope(s) => {
                self.scope = Some(ScopeFact { scope: s.to, evidence: s.evidence.clone(), at });
            }
            HealthEvent::Fired(alert) => {
                earliest(&mut self.milestones.detected, Some(at));
                self.alerts.insert(alert.fingerprint.clone(), AlertFact { alert: (**alert).clone(), at });
            }
            HealthEvent::Cleared(cleared) => {
                self.alerts.remove(&cleared.fingerprint);
            }
            HealthEvent::Peer(report) => {
                self.peers.insert(report.operator.clone(), PeerFact { report: (**report).clone(), at });
            }
        }
        Ok(())
    }

    fn apply_verdict(&mut self, v: &VerdictChanged) {
        let was_failing = self.failing().next().is_some();
        let key = (v.node.clone(), v.signal.clone());
        // What failed was out of its limits before it was bad: the trouble began with the first warning of that run.
        let warned = self.verdicts.get(&key).filter(|f| f.state == NodeState::Warn).map(|f| f.since);
        // A verdict speaks of the whole node: once it is better than bad, no other rule holds it down.
        if v.to != NodeState::Bad {
            let of_node =
                self.verdicts.range_mut((v.node.clone(), String::new())..).take_while(|((node, _), _)| *node == v.node);
            for (_, other) in of_node.filter(|(_, f)| f.state > v.to) {
                (other.state, other.since, other.judged) = (v.to, v.since, v.judged);
            }
        }
        match self.verdicts.get_mut(&key) {
            Some(fact) => {
                fact.why.clone_from(&v.why);
                (fact.state, fact.since, fact.judged) = (v.to, v.since, v.judged);
            }
            None => {
                let fact = VerdictFact { state: v.to, why: v.why.clone(), since: v.since, judged: v.judged };
                self.verdicts.insert(key, fact);
            }
        }
        if v.to == NodeState::Bad {
            self.note_failure(v);
            earliest(&mut self.milestones.started, Some(v.since));
            earliest(&mut self.milestones.started, warned);
            earliest(&mut self.milestones.detected, Some(v.judged));
            self.milestones.recovered = None;
        } else if was_failing && self.failing().next().is_none() {
            // A warning that remains may have begun while it still failed: then it is over when it was judged to be.
            self.milestones.recovered = Some(if v.to == NodeState::Warn { v.judged } else { v.since });
        }
    }

    fn apply_run(&mut self, event: &RunEvent, entry: &Entry, trust: &Trust) -> Applied {
        if let RunEvent::Started(started) = event {
            if self.runs.contains_key(&started.run) {
                return Err(format!("run {} had begun already", started.run));
            }
            self.runs.insert(started.run.clone(), Run::begin(started, entry.when(), &entry.actor));
            return Ok(());
        }
        if let RunEvent::SheetFrozen(sheet) = event {
            if let Some(fault) = sheet.fault() {
                return Err(fault);
            }
            self.sheets.push((**sheet).clone());
            return Ok(());
        }
        let id = Run::of(event);
        if let Some(run) = id.and_then(|id| self.runs.get(id)).filter(|run| self.is_rivals_end(run, event, entry)) {
            return Err(format!("it ends a start of {} that did not count", run.id));
        }
        let run = id.and_then(|id| self.runs.get_mut(id));
        let run = run.ok_or_else(|| "its run is not in this log".to_owned())?;
        match event {
            RunEvent::Approved(given) => {
                let (person, key) = approval::judge(given, entry, run, trust)?;
                run.approve(&given.step, &person, key)
            }
            _ => run.apply(event, entry.when(), &entry.actor),
        }
    }
}

fn earliest(mark: &mut Option<crate::domain::time::At>, at: Option<crate::domain::time::At>) {
    if let Some(at) = at {
        *mark = Some(mark.map_or(at, |old| old.min(at)));
    }
}

fn missing(what: &str, id: &EntryRef) -> String {
    format!("there is no {what} {id} before it")
}

//! A drill without a screen: scenario, seed and script in, a log out. The same judge, the same decisions, the same fold
//! as in the console; the same seed gives the same bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::entry::{Entry, NewEntry, Source};
use crate::domain::event::{Event, PeerReported};
use crate::domain::id::{EntryRef, IncidentId, PersonId, WriterId};
use crate::domain::incident::Ledger;
use crate::domain::time::{At, Span};
use crate::domain::verdict::{Judge, Limits};
use crate::drill::chains::Chains;
use crate::drill::clock::Speed;
use crate::drill::rehearsal::RecordedEnd;
use crate::drill::scenario::{Move, RecordedOutputs, Scenario, Script};
use crate::drill::schedule::{DrillOutput, Happening};
use crate::drill::stage::Stage;
use crate::journal::{EncodeError, writer_name};
use crate::peers::model::PeerReport;
use crate::runbook::model::Runbook;

/// Whose chain carries what the program itself writes in a drill.
pub const FACILITATOR: &str = "facilitator";

/// All that a headless drill is played from.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// Its recorded outputs.
    pub outputs: RecordedOutputs,
    /// What the players do.
    pub script: Script,
    /// The runbooks at hand.
    pub runbooks: Vec<Runbook>,
    /// The seed.
    pub seed: u64,
    /// The incident's id.
    pub incident: IncidentId,
}

/// A drill that was played through.
#[derive(Clone, Debug)]
pub struct Played {
    /// The incident's id.
    pub incident: IncidentId,
    /// The chains, byte for byte, by writer.
    pub chains: BTreeMap<WriterId, String>,
    /// Outputs to keep, by SHA-256.
    pub outputs: BTreeMap<String, String>,
    /// The entries and what they fold to.
    pub ledger: Ledger,
    /// Moves that were refused, each with the script's line and the reason.
    pub refused: Vec<String>,
}

/// A drill in play without a screen.
pub(super) struct Play {
    pub plan: Plan,
    pub ledger: Ledger,
    pub labels: BTreeMap<String, EntryRef>,
    /// Steps that have begun and when they end.
    pub running: Vec<(PersonId, RecordedEnd)>,
    stage: Stage,
    judge: Judge,
    chains: Chains,
    outputs: BTreeMap<String, String>,
    refused: Vec<String>,
}

/// Plays it through.
///
/// # Errors
/// When an entry cannot be written as a line of the log: words that are too long.
pub fn play(plan: Plan) -> Result<Played, EncodeError> {
    let scenario = Arc::clone(&plan.scenario);
    let mut play = Play {
        stage: Stage::new(Arc::clone(&scenario), plan.seed, Speed::Max),
        judge: Judge::new(&scenario.specs(), Limits::default()),
        chains: Chains::new(&plan.incident, &scenario.network, &scenario.host),
        ledger: Ledger::new(),
        labels: BTreeMap::new(),
        running: Vec::new(),
        outputs: BTreeMap::new(),
        refused: Vec::new(),
        plan,
    };
    let moves = play.plan.script.moves.clone();
    let mut moves = moves.iter().peekable();
    loop {
        let next_move = moves.peek().map(|m| scenario.start.plus(Span::from_secs(m.at)));
        let next_end = play.running.iter().map(|(_, end)| end.at).min();
        let Some(now) = [play.stage.next_at(), next_move, next_end].into_iter().flatten().min() else { break };
        for output in play.stage.forward_to(now) {
            play.take(output)?;
        }
        if play.stage.next_at().is_none() {
            break;
        }
        play.end_steps(now)?;
        while let Some(next) = moves.next_if(|m| scenario.start.plus(Span::from_secs(m.at)) <= now) {
            play.move_of(next, now)?;
        }
    }
    let Play { plan, ledger, chains, outputs, refused, .. } = play;
    Ok(Played { incident: plan.incident, chains: chains.finish(), outputs, ledger, refused })
}

impl Play {
    fn take(&mut self, output: DrillOutput) -> Result<(), EncodeError> {
        let at = output.at;
        let mut events = match output.what {
            Happening::Observed(seen) => self.judge.observe(&seen),
            Happening::Peers(reports) => self.peers(&reports, at)?,
            Happening::Inject(inject) => {
                return self.write(FACILITATOR, vec![NewEntry::tool(inject)], at).map(drop);
            }
            Happening::Over => Vec::new(),
        };
        events.extend(self.judge.tick(at));
        let entries = events.into_iter().map(|e| NewEntry { source: Source::Local, ..NewEntry::tool(e) }).collect();
        self.write(FACILITATOR, entries, at).map(drop)
    }

    /// What operators say goes to the judge, and into the log when it changed.
    fn peers(&mut self, reports: &[PeerReport], at: At) -> Result<Vec<Event>, EncodeError> {
        let views: Vec<_> = reports.iter().map(PeerReport::view).collect();
        let events = self.judge.hear_peers(&views, at);
        let known = &self.ledger.incident().peers;
        let changed = |r: &PeerReported| {
            known.get(&r.operator).is_none_or(|k| k.report.summary != r.summary || k.report.trust != r.trust)
        };
        let news: Vec<PeerReported> = reports.iter().filter_map(PeerReport::reported).filter(changed).collect();
        for report in news {
            let actor = PersonId::new(report.operator.as_str());
            let entry = NewEntry { actor, source: Source::Peer, ..NewEntry::tool(report) };
            self.write(FACILITATOR, vec![entry], at)?;
        }
        Ok(events)
    }

    /// Appends, folds, and lets the scenario react; the name of the last entry.
    pub(super) fn write(
        &mut self,
        person: &str,
        entries: Vec<NewEntry>,
        now: At,
    ) -> Result<Option<EntryRef>, EncodeError> {
        let writer = writer_name(person, &self.plan.scenario.host, 1);
        let mut last = None;
        for new in entries {
            let written: Vec<Entry> = self.chains.append(&writer, new, now)?;
            for entry in &written {
                self.stage.notice(entry);
            }
            last = written.last().map(Entry::name);
            self.ledger.extend(written);
        }
        Ok(last)
    }

    /// Keeps an output, or a pinned runbook's text, under its hash.
    pub(super) fn keep(&mut self, sha256: String, text: String) {
        self.outputs.insert(sha256, text);
    }

    fn end_steps(&mut self, now: At) -> Result<(), EncodeError> {
        let mut due: Vec<(PersonId, RecordedEnd)> = Vec::new();
        self.running.retain(|running| {
            let ended = running.1.at <= now;
            if ended {
                due.push(running.clone());
            }
            !ended
        });
        for (person, end) in due {
            if let (Some(output), Some(kept)) = (&end.output, &end.finished.output) {
                self.keep(kept.sha256.clone(), output.clone());
            }
            self.step_ended(&person, &end, now)?;
        }
        Ok(())
    }

    fn move_of(&mut self, next: &Move, now: At) -> Result<(), EncodeError> {
        match self.obey(next, now)? {
            Ok(made) => {
                if let (Some(label), Some(made)) = (&next.label, made) {
                    self.labels.insert(label.clone(), made);
                }
            }
            Err(why) => self.refused.push(format!("{}: {} says `{}`: {why}", next.line, next.who, next.say)),
        }
        Ok(())
    }
}

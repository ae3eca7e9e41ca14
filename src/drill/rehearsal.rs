//! How a step ends in a drill: its recorded output, judged as a real one would be. Nothing runs.

use sha2::{Digest, Sha256};

use crate::domain::event::{OutputRef, StepFinished, StepKind, StepOutcome, StepStarted};
use crate::domain::id::RunbookId;
use crate::domain::time::{At, Span};
use crate::drill::scenario::{Recorded, RecordedOutputs, Scenario};
use crate::runbook::model::{Keep, Step};

/// The end of a step and what came out.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedEnd {
    /// When it ends, in the drill's time.
    pub at: At,
    /// The entry that says so.
    pub finished: StepFinished,
    /// The output to keep under `finished.output`'s hash.
    pub output: Option<String>,
}

/// Most tries of one wait; a wait that needs more times out.
const MAX_TRIES: i64 = 10_000;

/// How a step that begins `now` will end. A wait ends at the first try whose recorded output is as expected, or at its
/// deadline. A step without a recorded output fails and says so.
#[must_use]
pub fn recorded_end(
    scenario: &Scenario,
    outputs: &RecordedOutputs,
    runbook: &RunbookId,
    started: &StepStarted,
    step: &Step,
    now: At,
) -> RecordedEnd {
    let find = |at: At| outputs.find(runbook.as_str(), step.id.as_str(), started.attempt, scenario.second(at));
    if step.kind != StepKind::Wait {
        return match find(now) {
            Some(recorded) => judged(started, step, recorded, now, Span::ZERO),
            None => missing(started, step, now),
        };
    }
    let every = step.every.secs().max(1);
    for n in 0..MAX_TRIES {
        let waited = Span::from_secs(n * every);
        if waited > step.deadline {
            break;
        }
        let Some(recorded) = find(now.plus(waited)) else { return missing(started, step, now) };
        if step.expectation().judge(Some(recorded.exit), &recorded.stdout).passed {
            return judged(started, step, recorded, now.plus(waited), waited);
        }
    }
    let last = find(now).cloned().unwrap_or(Recorded { stdout: String::new(), exit: 1, took_ms: 0 });
    let mut end = judged(started, step, &last, now.plus(step.deadline), step.deadline);
    end.finished.outcome = StepOutcome::TimedOut;
    end
}

fn judged(started: &StepStarted, step: &Step, recorded: &Recorded, at: At, waited: Span) -> RecordedEnd {
    let verdict = step.expectation().judge(Some(recorded.exit), &recorded.stdout);
    let kept = (step.keep == Keep::Always && !recorded.stdout.is_empty()).then(|| recorded.stdout.clone());
    let took = Span::from_millis(i64::try_from(recorded.took_ms).unwrap_or(0));
    let finished = StepFinished {
        run: started.run.clone(),
        step: started.step.clone(),
        attempt: started.attempt,
        outcome: if verdict.passed { StepOutcome::Passed } else { StepOutcome::Failed },
        exit: Some(recorded.exit),
        expected: verdict.expected,
        actual: if step.keep == Keep::Always { verdict.actual } else { "not kept".to_owned() },
        took_ms: u64::try_from(waited.millis()).unwrap_or(0).saturating_add(recorded.took_ms),
        output: kept.as_deref().map(reference),
    };
    RecordedEnd { at: at.plus(took), finished, output: kept }
}

fn reference(output: &str) -> OutputRef {
    let sha256 = Sha256::digest(output.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    let bytes = output.len() as u64;
    OutputRef { sha256, bytes, kept: bytes }
}

fn missing(started: &StepStarted, step: &Step, now: At) -> RecordedEnd {
    let finished = StepFinished {
        run: started.run.clone(),
        step: started.step.clone(),
        attempt: started.attempt,
        outcome: StepOutcome::Failed,
        exit: None,
        expected: step.expectation().in_words(),
        actual: "this drill has no recorded output for the step, and nothing real runs; skip it with that reason"
            .into(),
        took_ms: 0,
        output: None,
    };
    RecordedEnd { at: now, finished, output: None }
}

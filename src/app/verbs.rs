//! Verbs of the console itself: typed in the palette like the incident's, but not about its log.

use crate::app::palette::suggest;
use crate::domain::command::{VERBS, VerbForm};

const fn form(verb: &'static str, args: &'static str, help: &'static str) -> VerbForm {
    VerbForm { verb, args, help }
}

/// Every verb of the console itself.
pub const CONSOLE_VERBS: &[VerbForm] = &[
    form(
        "run",
        "RUNBOOK [again] [PARAM=VALUE …]",
        "Begin a runbook, or take up the open run of it; `again` begins it anew.",
    ),
    form("runbook diff", "", "What differs between the revision that the run pinned and the one at hand."),
    form("runbook read", "", "The whole text that the run pinned."),
    form("runbook so-far", "", "The run so far: every attempt, by whom, when, to what end."),
    form("runbook trust", "DIGEST", "Trust a revision that came from elsewhere; its digest as it is read aloud."),
    form("step go", "", "Do the current step: run it, confirm it, take its answer."),
    form("step answer", "TEXT", "Answer the current step."),
    form("step retry", "", "Run the failed step once more."),
    form("step skip", "REASON", "Leave the current step out, with the reason."),
    form("step rollback", "REASON", "Roll the run back: take back what was done, newest first."),
    form("step stop", "", "Stop the command that runs."),
    form("output", "STEP [ATTEMPT]", "Read what a step's command wrote."),
    form("find", "WORDS", "Find words in the text that is read; n the next, N the one before."),
    form("open", "INCIDENT", "Open another incident of this home."),
    form("runbooks", "", "Show the runbooks there are."),
    form("key", "", "Say how this console signs, and ask your own key again where it has not vouched for it."),
    form("theme", "NAME", "Change the colours: dark, light, high-contrast, plain, or one of your own."),
    form("drill pause", "", "Stop the drill's clock, or let it run."),
    form("drill speed", "FACTOR", "How fast the drill's clock runs: 1 to 600."),
    form("drill seek", "MINUTES", "Go to a minute of the drill; back is to look only."),
    form("help", "", "Show the keys."),
    form("quit", "", "Leave the console."),
];

/// Every verb that can be typed in the console: the incident's first, then the console's own.
pub fn all() -> impl Iterator<Item = &'static VerbForm> {
    VERBS.iter().chain(CONSOLE_VERBS)
}

/// The verbs that fit what was typed, best first.
#[must_use]
pub fn suggested(typed: &str) -> Vec<&'static VerbForm> {
    let forms: Vec<&VerbForm> = all().collect();
    let names: Vec<&str> = forms.iter().map(|f| f.verb).collect();
    suggest(typed, &names).iter().filter_map(|s| forms.get(s.verb).copied()).collect()
}

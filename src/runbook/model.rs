//! A runbook as plain data: front matter, steps, and where the text came from.
//! Must not know how it was written down (`parse`) nor how far a run has come (`domain::run`).

use std::collections::BTreeMap;

use crate::domain::event::{Effect, RunStarted, StepKind};
use crate::domain::id::{RoleId, RunId, RunbookId, StepId};
use crate::domain::run::short_digest;
use crate::domain::time::Span;
use crate::runbook::expect::Expect;
use crate::runbook::params::Param;
use crate::runbook::sheet::Constant;

/// Where a runbook's text came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Shipped in the program.
    BuiltIn,
    /// A file, by its path.
    File(String),
    /// A file of the mirror of a git repository.
    Git(Box<FromGit>),
}

/// A file of the mirror of a git repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromGit {
    /// The repository's address and the path in it, `https://git.example.org/ops/books.git:stall.md`.
    pub name: String,
    /// Where the mirror keeps it on this host.
    pub file: String,
    /// Who signed the commit or tag that it came with; `None` where nobody did whose key counts here.
    pub signer: Option<String>,
}

impl Origin {
    /// As `run.started` records it: the path, or `built-in`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::BuiltIn => "built-in",
            Self::File(path) => path,
            Self::Git(from) => &from.name,
        }
    }

    /// The file on this host; `None` for what is built in.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::BuiltIn => None,
            Self::File(path) => Some(path),
            Self::Git(from) => Some(&from.file),
        }
    }

    /// Whether somebody here answers for the text: the program's authors, whoever keeps the folder, a signer whose key counts.
    #[must_use]
    pub const fn is_vouched(&self) -> bool {
        match self {
            Self::BuiltIn | Self::File(_) => true,
            Self::Git(from) => from.signer.is_some(),
        }
    }
}

/// One runbook: one file, one revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Runbook {
    /// Its stable name, also the usual file name.
    pub id: RunbookId,
    /// In a few words.
    pub title: String,
    /// Counted up by its authors at each change.
    pub revision: u64,
    /// Who keeps it.
    pub owner: String,
    /// The day of the last review, `2026-11-21`.
    pub reviewed: Option<String>,
    /// The severity it is usually for, 1 (worst) to 5.
    pub severity: Option<u8>,
    /// Networks it is for (empty: any).
    pub network: Vec<String>,
    /// Clients it is for (empty: any); checked against the live client first.
    pub client: Vec<String>,
    /// Alert names and conditions that suggest it.
    pub triggers: Vec<String>,
    /// Parameters, in the order of the file.
    pub params: Vec<Param>,
    /// Parameters that are constants of its restart sheet, with what is asked of them; empty for a runbook without one.
    pub sheet: Vec<Constant>,
    /// Roles it needs.
    pub roles: Vec<RoleId>,
    /// For how long a recovery by it is watched for a relapse; none where it does not say.
    pub watch: Option<Span>,
    /// What would prove it wrong, in words.
    pub wrong_if: String,
    /// Ids of older runbooks that it replaces.
    pub supersedes: Vec<RunbookId>,
    /// The Markdown before the first step, without its headings.
    pub intro: String,
    /// The steps, in order; never empty.
    pub steps: Vec<Step>,
    /// Where the text came from.
    pub origin: Origin,
    /// SHA-256 of the file's bytes, hex.
    pub sha256: String,
    /// The file's text, whole: it is kept with the incident, so that an edited file never moves a running run.
    pub text: std::sync::Arc<str>,
    /// Git commit, empty where there is none.
    pub commit: String,
}

impl Runbook {
    /// The eight characters that people read aloud, `9f3a 22c1`.
    #[must_use]
    pub fn digest(&self) -> String {
        short_digest(&self.sha256)
    }

    /// What is recorded when somebody trusts this revision on a host.
    #[must_use]
    pub fn trusted_on(&self, host: &str) -> String {
        format!("{} r{} {} is trusted on {host}", self.id, self.revision, self.digest())
    }

    /// One step.
    #[must_use]
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|s| s.id == *id)
    }

    /// The entry that pins this revision and begins a run; secret parameters must have been taken out.
    #[must_use]
    pub fn started(&self, run: RunId, params: BTreeMap<String, String>, host: &str) -> RunStarted {
        RunStarted {
            run,
            runbook: self.id.clone(),
            title: self.title.clone(),
            revision: self.revision,
            path: self.origin.as_str().to_owned(),
            commit: self.commit.clone(),
            sha256: self.sha256.clone(),
            steps: self.steps.iter().map(|s| s.id.clone()).collect(),
            for_others: self.steps.iter().filter(|s| s.kind == StepKind::Approve).map(|s| s.id.clone()).collect(),
            params,
            host: host.to_owned(),
            roles: self.steps.iter().filter_map(|s| Some((s.id.clone(), s.role.clone()?))).collect(),
            ways_back: self.steps.iter().filter_map(|s| Some((s.id.clone(), s.rollback.clone()?))).collect(),
            watch_s: self.watch.and_then(|w| u64::try_from(w.secs()).ok()).unwrap_or(0),
            wrong_if: self.wrong_if.clone(),
        }
    }

    /// Whether a step runs only when the run is rolled back.
    #[must_use]
    pub fn is_off_the_way(&self, id: &StepId) -> bool {
        self.steps.iter().any(|s| s.rollback.as_ref() == Some(id))
    }

    /// One parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|p| p.name == name)
    }

    /// Names of the parameters that are never written down: each console asks for them anew.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        self.params.iter().filter(|p| p.secret).map(|p| p.name.clone()).collect()
    }

    /// Names of the parameters that a step sets, which nobody needs to give at the start.
    #[must_use]
    pub fn set_later(&self) -> Vec<&str> {
        self.steps.iter().filter_map(|s| s.sets.as_deref()).collect()
    }
}

/// What happens when a step does not end as expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFail {
    /// The run stands still until a person retries or skips.
    #[default]
    Stop,
    /// The failure is kept, the run goes on.
    Continue,
}

/// Whether a step's output is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// Kept by its hash.
    #[default]
    Always,
    /// Never stored, never quoted.
    Never,
}

/// One answer that an `ask` or `decide` step offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The words.
    pub label: String,
    /// `decide` only: where the run goes on.
    pub target: Option<Target>,
}

/// Where a `decide` step leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A later step; those between are left out, with the choice as the reason.
    Step(StepId),
    /// The end of the run.
    End,
}

/// A check that runs again right before another step's command, which begins only when it passes.
#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    /// The check.
    pub id: StepId,
    /// Its shell text.
    pub command: String,
    /// What must come out.
    pub expect: Expect,
    /// Ends it with all its descendants.
    pub timeout: Span,
    /// Where it runs, as the check says: none for this host.
    pub host: Option<String>,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The hand-written `{#id}`.
    pub id: StepId,
    /// The heading.
    pub title: String,
    /// The Markdown under the heading: the why.
    pub why: String,
    /// What it is.
    pub kind: StepKind,
    /// What it does to the world: the author's word, raised where the command's text belies it.
    pub effect: Effect,
    /// The author's word as it stands in the file.
    pub said: Effect,
    /// The shell text, for `check`, `run` and `wait`; the draft, for `message`; empty else.
    pub command: String,
    /// What must come out; `None` where the author gave nothing (then exit code 0).
    pub expect: Option<Expect>,
    /// Ends one attempt with all its descendants.
    pub timeout: Span,
    /// `wait` only: ends the waiting.
    pub deadline: Span,
    /// `wait` only: the pause between two tries.
    pub every: Span,
    /// What happens when it fails.
    pub on_fail: OnFail,
    /// The step that removes this step's temporary change.
    pub undo: Option<StepId>,
    /// The step that takes its lasting change back when the run is rolled back; it runs at no other time.
    pub rollback: Option<StepId>,
    /// `check` only: it looks once more when somebody takes the run up.
    pub again: bool,
    /// The parameter that takes this step's one-line output or answer for the steps after it.
    pub sets: Option<String>,
    /// The client that must be live here before it runs.
    pub client: Option<String>,
    /// Checks that must pass again right before its command begins, in this order.
    pub guards: Vec<Guard>,
    /// Where its command runs, over the system's ssh: a name, or `$name` of a parameter; none for this host.
    pub host: Option<String>,
    /// What `ask` and `decide` offer (an `ask` without any takes free words).
    pub choices: Vec<Choice>,
    /// The name to type before a destroying or signing step (none: the host's name).
    pub target: Option<String>,
    /// How many people must say yes: `approve` (at least 1), or a destroying or signing step (2: somebody else too).
    pub people: u32,
    /// The role that may do it or say yes.
    pub role: Option<RoleId>,
    /// `barrier` only: what is waited for, in the words of `barrier set --when`.
    pub when: Option<String>,
    /// `message` only: the audience.
    pub to: Option<String>,
    /// Whether the output is kept.
    pub keep: Keep,
    /// The heading's line in the file, from 1.
    pub line: u32,
}

impl Step {
    /// What must come out: the author's word, or exit code 0.
    #[must_use]
    pub fn expectation(&self) -> Expect {
        self.expect.clone().unwrap_or(Expect::Exit(0))
    }
}

//! A test of a runbook, as one TOML file beside it: what is given, what the tools of the night answered, how each step must end.
//! Pure; `runtime::rehearsal` plays it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A larger file is refused: recordings are cut to what a step reads.
pub const MAX_CASE_BYTES: usize = 256 << 10;
/// More replies or steps than this are refused.
const MAX_ROWS: usize = 500;

/// One test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// What it shows, in a sentence.
    #[serde(default)]
    pub about: String,
    /// Parameters; `{folder}` in one is the folder that the files stand in.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Files that commands read, by name.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// What tools answer.
    #[serde(default, rename = "reply")]
    pub replies: Vec<Reply>,
    /// Steps of which something is said; the others pass, and people confirm them.
    #[serde(default, rename = "step")]
    pub steps: Vec<Wanted>,
    /// Where the run stands at the end: a step's id; without it, every step is settled.
    #[serde(default)]
    pub stands_at: Option<String>,
}

/// What a tool answers when its arguments have these words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// `curl`, `systemctl`, …
    pub tool: String,
    /// Words among its arguments; empty for any.
    #[serde(default)]
    pub has: String,
    /// One after the other; the last one for ever.
    #[serde(default)]
    pub out: Vec<String>,
    /// Exit code of each.
    #[serde(default)]
    pub exit: u8,
}

/// How a step must go.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Which.
    pub id: String,
    /// What a person says to it: the answer, or the choice.
    pub answer: Option<String>,
    /// Its recorded standard output: its command does not run. A step that changes something never runs in a test.
    pub recorded: Option<String>,
    /// The exit code with it.
    #[serde(default)]
    pub exit: u8,
    /// `passed` (without a word), `failed`, `timed out`, `skipped`.
    #[serde(default = "passed")]
    pub ends: String,
    /// What its one line must have in it.
    pub actual: Option<String>,
}

fn passed() -> String {
    "passed".to_owned()
}

impl Case {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong, with its line.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.len() > MAX_CASE_BYTES {
            return Err(format!("1: larger than {MAX_CASE_BYTES} bytes; cut the recordings to what is read"));
        }
        let case: Self = toml::from_str(text).map_err(|why| {
            let before = text.get(..why.span().map_or(0, |s| s.start)).unwrap_or_default();
            format!("{}: {}; see docs/runbooks.md, Tests", 1 + before.matches('\n').count(), why.message())
        })?;
        if case.replies.len() > MAX_ROWS || case.steps.len() > MAX_ROWS {
            return Err(format!("1: more than {MAX_ROWS} replies or steps; make two tests of it"));
        }
        let plain = |name: &String| {
            !name.is_empty()
                && !name.starts_with('.')
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        let tools = case.replies.iter().map(|r| &r.tool);
        match case.files.keys().chain(tools).find(|n| !plain(n)) {
            Some(name) => {
                Err(format!("1: `{}` cannot name a file or a tool; letters, digits, . _ -", name.escape_debug()))
            }
            None => Ok(case),
        }
    }

    /// What is wanted of a step.
    #[must_use]
    pub fn wanted(&self, id: &str) -> Option<&Wanted> {
        self.steps.iter().find(|s| s.id == id)
    }
}

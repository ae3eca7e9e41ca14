//! Statements: the plain texts that people's own keys sign beforehand, so that no touch or prompt ever holds up the log.
//! One `key: value` a line, the kind first. Must not know of signatures: whoever reads a line checks those (see `entry::Proof`).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::domain::entry::KeyLine;
use crate::domain::id::{IncidentId, PersonId, RunId, StepId, WriterId};
use crate::domain::time::{At, Span};

/// Longest statement that is read, 48 KiB: it must fit into one line of the log with its signature.
pub const STATEMENT_MAX: usize = 48 * 1024;

/// How long a session key may be vouched for at most.
pub const SESSION_MAX: Span = Span::from_secs(12 * 3600);

/// A statement that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// A session key may sign lines for a person.
    Delegation(Delegation),
    /// Yes to a step of a runbook.
    Approval(Approval),
    /// The head of every chain known to a person.
    Checkpoint(Checkpoint),
}

/// `warroom delegation v1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// In this incident only.
    pub incident: IncidentId,
    /// For whom.
    pub principal: PersonId,
    /// The session key, `ssh-ed25519 AAAA…`.
    pub key: KeyLine,
    /// From when on.
    pub valid_from: At,
    /// Until when, at most [`SESSION_MAX`] later.
    pub expires: At,
}

/// `warroom approval v1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// In this incident only.
    pub incident: IncidentId,
    /// Who says yes.
    pub principal: PersonId,
    /// Of which run.
    pub run: RunId,
    /// To which step.
    pub step: StepId,
    /// SHA-256 (hex) of the command, its effect, host and parameters: a changed one is not approved.
    pub digest: String,
    /// Until when it may be used.
    pub expires: At,
}

/// `warroom checkpoint v1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Of which incident.
    pub incident: IncidentId,
    /// Who has seen it.
    pub principal: PersonId,
    /// Why now: `attach`, `detach`, `activity`, `close`.
    pub occasion: String,
    /// The last line of each chain: its `seq` and SHA-256 (hex).
    pub heads: BTreeMap<WriterId, (u64, String)>,
}

/// Why a text is no statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Over [`STATEMENT_MAX`].
    #[error("the statement is longer than {STATEMENT_MAX} bytes")]
    TooLong,
    /// A first line that is none of ours.
    #[error("`{0}` is not a kind of statement that this version knows")]
    Kind(String),
    /// A line that is not `key: value`, is not of this kind, or stands twice.
    #[error("line {line} of the statement: {why}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A field that must be there.
    #[error("the statement has no `{0}`")]
    Missing(&'static str),
    /// A field that says nothing readable.
    #[error("`{field}: {value}` cannot be read")]
    Value {
        /// Its name.
        field: &'static str,
        /// What stands there.
        value: String,
    },
}

impl Statement {
    /// Reads a statement's text. Strict: unknown fields, repeated fields and anything after the last newline are refused,
    /// for what is signed must mean one thing only.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Self, StatementError> {
        if text.len() > STATEMENT_MAX {
            return Err(StatementError::TooLong);
        }
        let (kind, rest) = text.split_once('\n').ok_or_else(|| StatementError::Kind(short(text)))?;
        match kind {
            "warroom delegation v1" => delegation(rest).map(Self::Delegation),
            "warroom approval v1" => approval(rest).map(Self::Approval),
            "warroom checkpoint v1" => checkpoint(rest).map(Self::Checkpoint),
            other => Err(StatementError::Kind(short(other))),
        }
    }
}

impl Delegation {
    /// The text that the own key signs.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { incident, principal, key, valid_from, expires } = self;
        format!(
            "warroom delegation v1\nincident: {incident}\nprincipal: {principal}\nkey: {key}\nvalid-from: {}\nexpires: {}\n",
            valid_from.short(),
            expires.short(),
        )
    }
}

impl Approval {
    /// The text that the own key signs.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { incident, principal, run, step, digest, expires } = self;
        format!(
            "warroom approval v1\nincident: {incident}\nprincipal: {principal}\nrun: {run}\nstep: {step}\ndigest: {digest}\nexpires: {}\n",
            expires.short(),
        )
    }
}

impl Checkpoint {
    /// The text that the own key signs.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { incident, principal, occasion, heads } = self;
        let mut text =
            format!("warroom checkpoint v1\nincident: {incident}\nprincipal: {principal}\noccasion: {occasion}\n");
        for (writer, (seq, hash)) in heads {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "head: {writer} {seq} {hash}");
        }
        text
    }
}

/// Fields by name, each at most once; `head` as often as there are chains.
struct Fields<'a> {
    once: BTreeMap<&'a str, &'a str>,
    heads: Vec<&'a str>,
}

impl<'a> Fields<'a> {
    fn read(text: &'a str, known: &[&str]) -> Result<Self, StatementError> {
        let body = text.strip_suffix('\n').ok_or(StatementError::Line {
            line: text.lines().count() + 1,
            why: "it does not end with a newline".to_owned(),
        })?;
        let mut fields = Self { once: BTreeMap::new(), heads: Vec::new() };
        for (i, line) in body.split('\n').enumerate() {
            let wrong = |why: &str| StatementError::Line { line: i + 2, why: why.to_owned() };
            let (name, value) = line.split_once(": ").ok_or_else(|| wrong("it is not `key: value`"))?;
            if value.is_empty() || value.chars().any(char::is_control) {
                return Err(wrong("its value is empty or holds control characters"));
            }
            if !known.contains(&name) {
                return Err(wrong("a statement of this kind has no such field"));
            }
            if name == "head" {
                fields.heads.push(value);
            } else if fields.once.insert(name, value).is_some() {
                return Err(wrong("the field stands twice"));
            }
        }
        Ok(fields)
    }

    fn text(&self, name: &'static str) -> Result<&'a str, StatementError> {
        self.once.get(name).copied().ok_or(StatementError::Missing(name))
    }

    fn time(&self, name: &'static str) -> Result<At, StatementError> {
        let value = self.text(name)?;
        At::parse(value).ok_or_else(|| StatementError::Value { field: name, value: short(value) })
    }
}

fn delegation(text: &str) -> Result<Delegation, StatementError> {
    let fields = Fields::read(text, &["incident", "principal", "key", "valid-from", "expires"])?;
    Ok(Delegation {
        incident: fields.text("incident")?.into(),
        principal: fields.text("principal")?.into(),
        key: fields.text("key")?.into(),
        valid_from: fields.time("valid-from")?,
        expires: fields.time("expires")?,
    })
}

fn approval(text: &str) -> Result<Approval, StatementError> {
    let fields = Fields::read(text, &["incident", "principal", "run", "step", "digest", "expires"])?;
    Ok(Approval {
        incident: fields.text("incident")?.into(),
        principal: fields.text("principal")?.into(),
        run: fields.text("run")?.into(),
        step: fields.text("step")?.into(),
        digest: fields.text("digest")?.to_owned(),
        expires: fields.time("expires")?,
    })
}

fn checkpoint(text: &str) -> Result<Checkpoint, StatementError> {
    let fields = Fields::read(text, &["incident", "principal", "occasion", "head"])?;
    let mut heads = BTreeMap::new();
    for value in &fields.heads {
        let wrong = || StatementError::Value { field: "head", value: short(value) };
        let mut words = value.split(' ');
        let (Some(writer), Some(seq), Some(hash), None) = (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(wrong());
        };
        let seq: u64 = seq.parse().map_err(|_| wrong())?;
        if heads.insert(writer.into(), (seq, hash.to_owned())).is_some() {
            return Err(wrong());
        }
    }
    let (incident, principal) = (fields.text("incident")?.into(), fields.text("principal")?.into());
    Ok(Checkpoint { incident, principal, occasion: fields.text("occasion")?.to_owned(), heads })
}

/// Enough of a foreign text to find it by.
fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

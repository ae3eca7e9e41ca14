//! One step: its attributes read into their types, with what fits which kind.

use crate::domain::event::Effect;
use crate::domain::event::StepKind;
use crate::domain::id::StepId;
use crate::domain::text::is_forbidden;
use crate::domain::text::nearest;
use crate::domain::time::Span;
use crate::runbook::expect::Expect;
use crate::runbook::finding::Finding;
use crate::runbook::lint::raised;
use crate::runbook::model::Guard;
use crate::runbook::model::Keep;
use crate::runbook::model::OnFail;
use crate::runbook::model::Step;
use crate::runbook::parse::body::RawBlock;
use crate::runbook::parse::body::RawStep;
use crate::runbook::parse::choices;
use crate::runbook::parse::front::MAX_TITLE_CHARS;
use crate::runbook::parse::front::is_id;
use crate::runbook::place;

/// The timeout of a `check` and of one try of a `wait`, where none is given.
pub const DEFAULT_TIMEOUT: Span = Span::from_secs(30);
/// The timeout of a `run`, where none is given.
pub const DEFAULT_RUN_TIMEOUT: Span = Span::from_mins(5);
/// The deadline of a `wait`, where none is given (lint asks for one).
pub const DEFAULT_DEADLINE: Span = Span::from_mins(30);
/// The pause between two tries of a `wait`, where none is given.
pub const DEFAULT_EVERY: Span = Span::from_secs(10);
/// The shortest such pause: a wait must not become a load on a node in trouble.
pub const MIN_EVERY: Span = Span::from_secs(1);
/// The longest time that any attribute may give.
const MAX_TIME: Span = Span::from_mins(7 * 24 * 60);
/// A longer command is refused: with its escapes it must fit one line of the log.
pub const MAX_COMMAND_BYTES: usize = 12 << 10;

/// More guards are refused: they all run while somebody waits for a signer to start.
const MAX_GUARDS: usize = 9;

const KEYS: &[&str] = &[
    "kind", "effect", "expect", "timeout", "deadline", "every", "on_fail", "undo", "sets", "client", "target",
    "people", "role", "when", "to", "keep", "guards", "host", "rollback", "resume",
];

struct Reader {
    step: Step,
    timeout: Option<Span>,
    faults: Vec<Finding>,
    line: u32,
}

/// Reads a step; `None` when not even its kind is known.
pub fn read(raw: RawStep) -> (Option<Step>, Vec<Finding>) {
    let id = raw.attrs.id.clone().unwrap_or_default();
    let mut faults = Vec::new();
    if !is_id(&id) {
        let what = format!("`{}` cannot be a step's id", id.escape_debug());
        faults.push(Finding::error(raw.line, what, "use small letters, digits and `-`"));
    }
    if raw.title.is_empty() || raw.title.chars().count() > MAX_TITLE_CHARS {
        faults.push(Finding::error(
            raw.line,
            format!("the heading of `{id}` is empty or too long"),
            "1 to 120 characters",
        ));
    }
    let mut pairs = raw.attrs.pairs.clone();
    if let Some(block) = &raw.block {
        if block.attrs.id.is_some() {
            faults.push(Finding::error(block.line, "an id stands on a block", "ids stand on headings"));
        }
        for (key, value) in &block.attrs.pairs {
            if pairs.iter().any(|(k, _)| k == key) {
                let what = format!("`{key}` stands on the heading and on the block");
                faults.push(Finding::error(block.line, what, "keep it on the block"));
            } else {
                pairs.push((key.clone(), value.clone()));
            }
        }
    }
    let kind = match kind(&pairs, &raw, &id) {
        Ok(kind) => kind,
        Err(fault) => {
            faults.push(fault);
            return (None, faults);
        }
    };
    let line = raw.block.as_ref().map_or(raw.line, |b| b.line);
    let mut reader = Reader { step: empty(&id, kind, &raw), timeout: None, faults, line };
    for (key, value) in pairs.iter().filter(|(k, _)| k != "kind") {
        if let Err((what, mend)) = reader.attribute(key, value) {
            reader.wrong(format!("step `{id}`: {what}"), mend);
        }
    }
    reader.block(raw.block);
    reader.finish()
}

fn kind(pairs: &[(String, String)], raw: &RawStep, id: &str) -> Result<StepKind, Finding> {
    let all = || StepKind::ALL.map(StepKind::as_str).join(", ");
    let Some((_, word)) = pairs.iter().find(|(k, _)| k == "kind") else {
        let mend = if raw.block.is_some() {
            "write `kind=check` into the block's braces"
        } else {
            "write `{#id kind=note}`, or give a block `{kind=…}`"
        };
        return Err(Finding::error(raw.line, format!("step `{id}` has no kind"), mend));
    };
    StepKind::ALL.into_iter().find(|k| k.as_str() == word).ok_or_else(|| {
        let what = format!("step `{id}`: `{}` is no kind", word.escape_debug());
        Finding::error(raw.line, what, format!("kinds are {}", all()))
    })
}

fn empty(id: &str, kind: StepKind, raw: &RawStep) -> Step {
    Step {
        id: id.into(),
        title: raw.title.clone(),
        why: raw.why.clone(),
        kind,
        // What runs without saying what it does is taken to change something.
        effect: Effect::Read,
        said: if kind == StepKind::Run { Effect::Change } else { Effect::Read },
        command: String::new(),
        expect: None,
        timeout: DEFAULT_TIMEOUT,
        deadline: DEFAULT_DEADLINE,
        every: DEFAULT_EVERY,
        on_fail: OnFail::Stop,
        undo: None,
        rollback: None,
        again: false,
        sets: None,
        client: None,
        guards: Vec::new(),
        host: None,
        choices: Vec::new(),
        target: None,
        people: 0,
        role: None,
        when: None,
        to: None,
        keep: Keep::Always,
        line: raw.line,
    }
}

type Fault = (String, String);

impl Reader {
    fn wrong(&mut self, what: impl Into<String>, mend: impl Into<String>) {
        self.faults.push(Finding::error(self.line, what, mend));
    }

    fn attribute(&mut self, key: &str, value: &str) -> Result<(), Fault> {
        let step = &mut self.step;
        match key {
            "effect" => step.said = one_of(value, &Effect::ALL.map(|e| (e.as_str(), e)))?,
            "expect" => {
                let expect =
                    Expect::parse(value).map_err(|why| (format!("expect: {why}"), "mend it there".to_owned()))?;
                step.expect = Some(expect);
            }
            "timeout" => self.timeout = Some(time(value)?),
            "deadline" => step.deadline = time(value)?,
            "every" => step.every = time(value)?.max(MIN_EVERY),
            "on_fail" => step.on_fail = one_of(value, &[("stop", OnFail::Stop), ("continue", OnFail::Continue)])?,
            "keep" => step.keep = one_of(value, &[("always", Keep::Always), ("never", Keep::Never)])?,
            "undo" => step.undo = Some(value.into()),
            "resume" => step.again = one_of(value, &[("again", true)])?,
            "rollback" => step.rollback = Some(value.into()),
            "sets" => step.sets = Some(value.to_owned()),
            "client" => step.client = Some(value.to_owned()),
            "guards" => step.guards = guards(value)?,
            "host" => {
                step.host = Some(
                    place::check(value)
                        .map(|()| value.to_owned())
                        .map_err(|why| (why, "write a host's name, or $name of a parameter".to_owned()))?,
                )
            }
            "target" => step.target = Some(value.to_owned()),
            "role" => step.role = Some(value.into()),
            "when" => step.when = Some(value.to_owned()),
            "to" => step.to = Some(value.to_owned()),
            "people" => {
                let n = value.parse::<u32>().ok().filter(|n| (1..=20).contains(n));
                step.people =
                    n.ok_or_else(|| (format!("people: `{value}` is not 1 to 20"), "write a number".to_owned()))?;
            }
            _ => {
                let near = nearest(key, KEYS.iter().copied());
                let mend =
                    near.map_or_else(|| format!("known are {}", KEYS.join(", ")), |n| format!("did you mean `{n}`?"));
                return Err((format!("`{key}` is no attribute"), mend));
            }
        }
        match allowed(key, self.step.kind) {
            true => Ok(()),
            false => {
                let what = format!("`{key}` means nothing on a {} step", self.step.kind.as_str());
                Err((what, "take it away, or change the kind".to_owned()))
            }
        }
    }

    fn block(&mut self, block: Option<RawBlock>) {
        let (kind, id) = (self.step.kind, self.step.id.clone());
        let Some(block) = block else {
            if kind.runs_command() || matches!(kind, StepKind::Decide | StepKind::Message) {
                let what = format!("step `{id}` is a {} step without a block", kind.as_str());
                self.wrong(what, "put the command, the choices or the draft into a block with `{kind=…}`");
            }
            return;
        };
        match kind {
            StepKind::Check | StepKind::Run | StepKind::Wait => self.command(&block),
            StepKind::Ask | StepKind::Decide => {
                let (choices, faults) = choices::read(&block.text, block.line);
                self.faults.extend(faults);
                self.step.choices = choices;
            }
            StepKind::Message => block.text.trim_end().clone_into(&mut self.step.command),
            _ => {
                let what = format!("step `{id}` is a {} step, but has a block with attributes", kind.as_str());
                self.wrong(what, "make it a check or run step, or take the block's braces away");
            }
        }
    }

    fn command(&mut self, block: &RawBlock) {
        let id = self.step.id.clone();
        if !matches!(block.lang.as_str(), "sh" | "shell") {
            let what = format!("step `{id}`: the block's language is `{}`", block.lang.escape_debug());
            self.wrong(what, "commands run under `sh -eu`: begin the block with ```` ```sh {…} ````");
        }
        if block.text.trim().is_empty() {
            self.wrong(format!("step `{id}`: the command is empty"), "write one, or make it a note");
        }
        if block.text.len() > MAX_COMMAND_BYTES {
            let what = format!("step `{id}`: the command is longer than {MAX_COMMAND_BYTES} bytes");
            self.wrong(what, "put it into a script and call that");
        }
        if let Some(c) = block.text.chars().find(|c| is_forbidden(*c) && !matches!(c, '\n' | '\t')) {
            let what = format!("step `{id}`: the command holds the hidden character {}", c.escape_unicode());
            self.wrong(what, "take it away: what is shown must be what runs");
        }
        block.text.trim_end().clone_into(&mut self.step.command);
    }

    fn finish(mut self) -> (Option<Step>, Vec<Finding>) {
        let step = &mut self.step;
        let default = if step.kind == StepKind::Run { DEFAULT_RUN_TIMEOUT } else { DEFAULT_TIMEOUT };
        step.timeout = self.timeout.unwrap_or(default);
        let runs = step.kind.runs_command();
        step.effect = if runs { raised(step.said, &step.command) } else { step.said };
        let id = step.id.clone();
        if step.again && step.effect != Effect::Read {
            self.wrong(
                format!("step `{id}`: resume=again on a step that does not only look"),
                "take it away: nothing acts by itself",
            );
        }
        let step = &mut self.step;
        if step.kind == StepKind::Decide && step.choices.iter().any(|c| c.target.is_none()) {
            self.wrong(format!("step `{id}`: a choice leads nowhere"), "write `words -> step-id` or `words -> end`");
        }
        let (ask, sends) = (self.step.kind == StepKind::Ask, self.step.choices.iter().any(|c| c.target.is_some()));
        if ask && sends {
            self.wrong(format!("step `{id}`: an answer leads somewhere"), "make it kind=decide");
        }
        if self.step.kind == StepKind::Barrier && self.step.when.is_none() {
            self.wrong(
                format!("step `{id}` is a barrier without `when`"),
                "write when=\"2026-11-21T04:00Z\" or when=\"quorum 2/3\"",
            );
        }
        (Some(self.step), self.faults)
    }
}

fn allowed(key: &str, kind: StepKind) -> bool {
    match key {
        "expect" | "timeout" | "keep" | "host" => kind.runs_command(),
        "guards" => kind == StepKind::Run,
        "resume" => kind == StepKind::Check,
        "deadline" | "every" => kind == StepKind::Wait,
        "sets" => matches!(kind, StepKind::Ask | StepKind::Check | StepKind::Run),
        "undo" | "rollback" => matches!(kind, StepKind::Run | StepKind::Manual),
        "target" | "effect" => kind.runs_command() || kind == StepKind::Manual,
        "people" => kind.runs_command() || matches!(kind, StepKind::Approve | StepKind::Manual),
        "when" => kind == StepKind::Barrier,
        "to" => kind == StepKind::Message,
        _ => true,
    }
}

/// The checks' ids; the document fills in what they are.
fn guards(value: &str) -> Result<Vec<Guard>, Fault> {
    let ids: Vec<&str> = value.split(',').map(str::trim).collect();
    let empty = |id: &&str| Guard {
        id: StepId::from(*id),
        command: String::new(),
        expect: Expect::Exit(0),
        timeout: DEFAULT_TIMEOUT,
        host: None,
    };
    match ids.iter().find(|id| !is_id(id)) {
        Some(id) => Err((
            format!("guards: `{}` cannot be a step's id", id.escape_debug()),
            "name checks, parted by commas".to_owned(),
        )),
        None if ids.len() > MAX_GUARDS => {
            Err((format!("more than {MAX_GUARDS} guards"), "join some of them".to_owned()))
        }
        None => Ok(ids.iter().map(empty).collect()),
    }
}

fn one_of<T: Copy>(value: &str, known: &[(&str, T)]) -> Result<T, Fault> {
    known.iter().find(|(word, _)| *word == value).map(|(_, t)| *t).ok_or_else(|| {
        let words: Vec<&str> = known.iter().map(|(w, _)| *w).collect();
        (format!("`{}` is not known here", value.escape_debug()), format!("write one of {}", words.join(", ")))
    })
}

/// `500ms`, `20s`, `5m` or `5min`, `2h`: more than nothing, at most a week.
pub(super) fn time(text: &str) -> Result<Span, Fault> {
    let wrong = || {
        (
            format!("`{}` is no length of time", text.escape_debug()),
            "write it as 20s, 5min or 2h, a week at most".to_owned(),
        )
    };
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let n = digits.parse::<i64>().map_err(|_| wrong())?;
    let span = match unit {
        "ms" => Span::from_millis(n),
        "s" => Span::from_secs(n),
        "m" | "min" => Span::from_mins(n),
        "h" => Span::from_mins(n.saturating_mul(60)),
        _ => return Err(wrong()),
    };
    if span <= Span::ZERO || span > MAX_TIME { Err(wrong()) } else { Ok(span) }
}

//! A file's bytes in, a runbook or every fault out: front matter, body, steps, and what must agree between them.

use std::collections::BTreeMap;

use sha2::Digest;
use sha2::Sha256;

use crate::domain::event::Effect;
use crate::domain::event::StepKind;
use crate::domain::id::StepId;
use crate::domain::text::nearest;
use crate::runbook::finding::Broken;
use crate::runbook::finding::Finding;
use crate::runbook::finding::Severity;
use crate::runbook::model::Origin;
use crate::runbook::model::Runbook;
use crate::runbook::model::Step;
use crate::runbook::model::Target;
use crate::runbook::parse::body;
use crate::runbook::parse::front;
use crate::runbook::parse::step;

/// A file larger than this is refused: nobody follows it at night.
pub const MAX_FILE_BYTES: usize = 256 << 10;
/// More steps than this are refused; their ids must fit one line of the log.
pub const MAX_STEPS: usize = 200;
/// More faults than this are not listed: the first ones matter.
const MAX_FAULTS: usize = 50;

/// Reads a runbook. `name` is the file as people know it, for the messages.
///
/// # Errors
/// [`Broken`] with every fault found, by line.
pub fn parse(bytes: &[u8], name: &str, origin: Origin) -> Result<Runbook, Broken> {
    let broken = |mut findings: Vec<Finding>| {
        findings.sort_by_key(|f| f.line);
        findings.truncate(MAX_FAULTS);
        Broken { file: name.to_owned(), findings }
    };
    let (yaml, text, first_line) = split(bytes).map_err(|f| broken(vec![f]))?;
    let (front, mut faults) = front::read(yaml);
    let (raw, body_faults) = body::cut(text, first_line);
    faults.extend(body_faults);
    if raw.steps.is_empty() && faults.is_empty() {
        faults.push(Finding::error(first_line, "there is no step", "write one: `## Title {#stable-id kind=note}`"));
    }
    if raw.steps.len() > MAX_STEPS {
        let what = format!("there are {} steps, {MAX_STEPS} at most", raw.steps.len());
        faults.push(Finding::error(first_line, what, "split the runbook"));
    }
    let mut steps = Vec::new();
    for raw in raw.steps.into_iter().take(MAX_STEPS) {
        let (step, step_faults) = step::read(raw);
        faults.extend(step_faults);
        steps.extend(step);
    }
    faults.extend(take_guards(&mut steps));
    faults.extend(off_the_way(&steps));
    faults.extend(unknown_hosts(&steps, front.as_ref().map(|f| f.params.as_slice())));
    faults.extend(disagreements(&steps, front.as_ref().map(|f| f.params.as_slice())));
    let front = match front {
        Some(front) if faults.iter().all(|f| f.severity != Severity::Error) => front,
        _ => return Err(broken(faults)),
    };
    Ok(Runbook {
        id: front.id.into(),
        title: front.title,
        revision: front.revision,
        owner: front.owner,
        reviewed: front.reviewed,
        severity: front.severity,
        network: front.network,
        client: front.client,
        triggers: front.triggers,
        params: front.params,
        sheet: front.sheet,
        roles: front.roles,
        supersedes: front.supersedes,
        watch: front.watch,
        wrong_if: front.wrong_if,
        intro: raw.intro,
        steps,
        origin,
        sha256: hex(&Sha256::digest(bytes)),
        text: String::from_utf8_lossy(bytes).into(),
        commit: String::new(),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Front matter, body, and the body's first line.
fn split(bytes: &[u8]) -> Result<(&str, &str, u32), Finding> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(Finding::error(1, format!("the file is larger than {MAX_FILE_BYTES} bytes"), "split the runbook"));
    }
    let text = str::from_utf8(bytes).map_err(|e| {
        let before = bytes.get(..e.valid_up_to()).unwrap_or_default();
        let line = 1 + before.iter().filter(|b| **b == b'\n').count();
        Finding::error(u32::try_from(line).unwrap_or(1), "this line is not UTF-8", "save the file as UTF-8")
    })?;
    let mend = "begin the file with `---`, the keys, and a second `---`; see docs/runbooks.md";
    let no_front = || Finding::error(1, "there is no front matter", mend);
    let rest = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n")).ok_or_else(no_front)?;
    let mut offset = 0;
    for (line, row) in (3_u32..).zip(rest.split_inclusive('\n')) {
        let end = offset + row.len();
        if row.trim_end() == "---" {
            let yaml = rest.get(..offset).unwrap_or_default();
            return Ok((yaml, rest.get(end..).unwrap_or_default(), line));
        }
        offset = end;
    }
    Err(Finding::error(1, "the front matter has no end", "write `---` on a line of its own behind the keys"))
}

/// What no step can see by itself: ids used twice, steps and parameters that are named but not there, branches that
/// go back.
fn disagreements(steps: &[Step], params: Option<&[crate::runbook::params::Param]>) -> Vec<Finding> {
    let mut faults = Vec::new();
    let mut places: BTreeMap<&StepId, usize> = BTreeMap::new();
    for (i, step) in steps.iter().enumerate() {
        if let Some(first) = places.get(&step.id).and_then(|i| steps.get(*i)) {
            let what = format!("the id `{}` is used in line {} already", step.id, first.line);
            faults.push(Finding::error(step.line, what, "give each step an id of its own, and never reuse one"));
        } else {
            places.insert(&step.id, i);
        }
    }
    for (i, step) in steps.iter().enumerate() {
        let missing = |attr: &str, id: &StepId| {
            let near = nearest(id.as_str(), places.keys().map(|k| k.as_str()));
            let mend = near.map_or("name a step of this runbook".to_owned(), |n| format!("did you mean `{n}`?"));
            Finding::error(step.line, format!("step `{}`: {attr} names `{id}`, which is no step", step.id), mend)
        };
        for (attr, back) in [("undo", &step.undo), ("rollback", &step.rollback)] {
            match back.as_ref().map(|back| (back, places.get(back))) {
                Some((back, None)) => faults.push(missing(attr, back)),
                Some((back, Some(to))) if *to <= i => faults.push(Finding::error(
                    step.line,
                    format!("step `{}`: {attr} names `{back}`, which stands before it", step.id),
                    "put the step that takes it back behind it",
                )),
                _ => {}
            }
        }
        for id in step.choices.iter().filter_map(|c| match &c.target {
            Some(Target::Step(id)) => Some(id),
            _ => None,
        }) {
            match places.get(id) {
                None => faults.push(missing("a choice", id)),
                Some(to) if *to <= i => faults.push(Finding::error(
                    step.line,
                    format!("step `{}`: a choice leads back to `{id}`", step.id),
                    "a choice leads forward; what failed is retried where it stands",
                )),
                Some(_) => {}
            }
        }
        faults.extend(params.and_then(|p| unknown_set(step, p)));
    }
    faults
}

/// A step that runs only on the way back cannot stand on the ordinary way as well.
fn off_the_way(steps: &[Step]) -> Vec<Finding> {
    let off = |id: &StepId| steps.iter().any(|s| s.rollback.as_ref() == Some(id));
    let mut faults = Vec::new();
    for step in steps {
        let chosen = step.choices.iter().filter_map(|c| match &c.target {
            Some(Target::Step(id)) => Some(("a choice", id)),
            _ => None,
        });
        for (attr, id) in step.undo.iter().map(|id| ("undo", id)).chain(chosen).filter(|(_, id)| off(id)) {
            faults.push(Finding::error(
                step.line,
                format!("step `{}`: {attr} names `{id}`, which runs only when the run is rolled back", step.id),
                "write a step of its own for it",
            ));
        }
    }
    faults
}

/// Gives each guarded step the checks that it names; what it cannot have is a fault.
fn take_guards(steps: &mut [Step]) -> Vec<Finding> {
    let mut faults = Vec::new();
    for i in 0..steps.len() {
        let (before, rest) = steps.split_at_mut(i);
        let Some(step) = rest.first_mut() else { continue };
        for guard in &mut step.guards {
            let found = before.iter().find(|s| s.id == guard.id);
            match found.filter(|s| s.kind == StepKind::Check && s.effect == Effect::Read) {
                Some(check) => {
                    guard.command.clone_from(&check.command);
                    guard.expect = check.expectation();
                    guard.timeout = check.timeout;
                    guard.host.clone_from(&check.host);
                }
                None => {
                    let near = nearest(guard.id.as_str(), before.iter().map(|s| s.id.as_str()));
                    let mend = match (found, near) {
                        (None, Some(near)) => format!("did you mean `{near}`?"),
                        _ => "name a kind=check effect=read step that stands before it".to_owned(),
                    };
                    let what = format!("step `{}`: guards names `{}`, which is no check before it", step.id, guard.id);
                    faults.push(Finding::error(step.line, what, mend));
                }
            }
        }
    }
    faults
}

/// Hosts that name a parameter must name one that is there and that no free text can be.
fn unknown_hosts(steps: &[Step], params: Option<&[crate::runbook::params::Param]>) -> Vec<Finding> {
    let params = params.unwrap_or_default();
    let named = |s: &Step| {
        s.host.as_deref().and_then(|h| h.strip_prefix('$')).map(|name| (s.line, s.id.clone(), name.to_owned()))
    };
    let unknown = |(_, _, name): &(u32, StepId, String)| params.iter().all(|p| p.name != *name || p.secret);
    let fault = |(line, id, name): (u32, StepId, String)| {
        Finding::error(
            line,
            format!("step `{id}`: host names ${name}, which is no open parameter"),
            "declare it under `params:`",
        )
    };
    steps.iter().filter_map(named).filter(unknown).map(fault).collect()
}

fn unknown_set(step: &Step, params: &[crate::runbook::params::Param]) -> Option<Finding> {
    let name = step.sets.as_ref()?;
    let Some(param) = params.iter().find(|p| p.name == *name) else {
        let near = nearest(name, params.iter().map(|p| p.name.as_str()));
        let mend = near.map_or("declare it under `params:`".to_owned(), |n| format!("did you mean `{n}`?"));
        return Some(Finding::error(
            step.line,
            format!("step `{}` sets `{name}`, which is no parameter", step.id),
            mend,
        ));
    };
    let what = if param.secret {
        format!("step `{}` sets the secret `{name}`: what a step sets is written to the log", step.id)
    } else if !matches!(step.kind, StepKind::Check | StepKind::Run | StepKind::Ask) {
        format!("step `{}` sets `{name}`, but a {} step has nothing to set it to", step.id, step.kind.as_str())
    } else {
        return None;
    };
    Some(Finding::error(step.line, what, "set it with an ask step, or a check with expect=\"record\""))
}

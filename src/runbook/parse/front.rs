//! The YAML front matter: a strict subset, every key known, no anchors, no tags, small.

use serde::Deserialize;

use crate::domain::id::RoleId;
use crate::domain::id::RunbookId;
use crate::domain::text::nearest;
use crate::domain::time::Span;
use crate::runbook::finding::Finding;
use crate::runbook::params::MAX_PARAMS;
use crate::runbook::params::Param;
use crate::runbook::params::ParamType;
use crate::runbook::params::check_name;
use crate::runbook::parse::step::time;
use crate::runbook::sheet::{Constant, HEAD_KEYS};

/// A front matter longer than this is refused.
pub const MAX_FRONT_BYTES: usize = 16 << 10;
/// An id longer than this is refused: it names files and stands on narrow screens.
pub const MAX_ID_BYTES: usize = 48;
/// A title longer than this is refused.
pub const MAX_TITLE_CHARS: usize = 120;
/// What would prove a remedy wrong must fit a line of the screen that is read at night.
const MAX_WRONG_CHARS: usize = 200;
/// Deeper nesting than the format has is refused by the YAML reader.
const MAX_DEPTH: usize = 6;
/// More YAML nodes than any sensible front matter has are refused by the YAML reader.
const MAX_NODES: usize = 1_000;
/// The version of the format that this program reads.
const FORMAT: u32 = 1;

const KEYS: &[&str] = &[
    "warroom",
    "id",
    "title",
    "revision",
    "owner",
    "reviewed",
    "severity",
    "network",
    "client",
    "triggers",
    "params",
    "roles",
    "supersedes",
    "name",
    "type",
    "pattern",
    "default",
    "secret",
    "about",
    "sheet",
    "changes",
    "contains",
    "hosts",
    "watch",
    "wrong_if",
];

/// A word or a list of words.
#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Many(Vec<String>),
}

impl Words {
    fn list(this: Option<Self>) -> Vec<String> {
        match this {
            None => Vec::new(),
            Some(Self::One(word)) => vec![word],
            Some(Self::Many(words)) => words,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawParam {
    name: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    pattern: Option<String>,
    default: Option<String>,
    #[serde(default)]
    secret: bool,
    #[serde(default)]
    about: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConstant {
    name: String,
    #[serde(default)]
    changes: bool,
    contains: Option<Words>,
    hosts: Option<Words>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFront {
    warroom: u32,
    id: String,
    title: String,
    revision: u64,
    #[serde(default)]
    owner: String,
    reviewed: Option<String>,
    severity: Option<u8>,
    network: Option<Words>,
    client: Option<Words>,
    triggers: Option<Words>,
    #[serde(default)]
    params: Vec<RawParam>,
    #[serde(default)]
    sheet: Vec<RawConstant>,
    roles: Option<Words>,
    supersedes: Option<Words>,
    watch: Option<String>,
    #[serde(default)]
    wrong_if: String,
}

/// The front matter, checked.
#[derive(Debug, Default)]
pub struct Front {
    /// `id`
    pub id: String,
    /// `title`
    pub title: String,
    /// `revision`
    pub revision: u64,
    /// `owner`
    pub owner: String,
    /// `reviewed`
    pub reviewed: Option<String>,
    /// `severity`
    pub severity: Option<u8>,
    /// `network`
    pub network: Vec<String>,
    /// `client`
    pub client: Vec<String>,
    /// `triggers`
    pub triggers: Vec<String>,
    /// `params`
    pub params: Vec<Param>,
    /// `sheet`
    pub sheet: Vec<Constant>,
    /// `roles`
    pub roles: Vec<RoleId>,
    /// `supersedes`
    pub supersedes: Vec<RunbookId>,
    /// `watch`
    pub watch: Option<Span>,
    /// `wrong_if`
    pub wrong_if: String,
}

/// Reads the YAML between the `---` lines; its first line is line 2 of the file.
pub fn read(yaml: &str) -> (Option<Front>, Vec<Finding>) {
    if yaml.len() > MAX_FRONT_BYTES {
        let what = format!("the front matter is longer than {MAX_FRONT_BYTES} bytes");
        return (None, vec![Finding::error(2, what, "move the words below the second `---`")]);
    }
    let faults = forbidden(yaml);
    if !faults.is_empty() {
        return (None, faults);
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_anchors: 0,
            max_aliases: 0,
            max_documents: 1,
            max_depth: MAX_DEPTH,
            max_nodes: MAX_NODES,
        },
        strict_booleans: true,
        with_snippet: false,
    };
    match serde_saphyr::from_str_with_options::<RawFront>(yaml, options) {
        Ok(raw) => {
            let (front, faults) = check(raw, yaml);
            (Some(front), faults)
        }
        Err(fault) => {
            let line = fault.location().map_or(2, |l| u32::try_from(l.line()).unwrap_or(u32::MAX).saturating_add(1));
            (None, vec![Finding::error(line, fault.to_string(), mend(&fault.to_string()))])
        }
    }
}

fn mend(fault: &str) -> String {
    let unknown = fault.split("unknown field `").nth(1).and_then(|rest| rest.split('`').next());
    match unknown.and_then(|key| nearest(key, KEYS.iter().copied())) {
        Some(known) => format!("did you mean `{known}`?"),
        None => "see docs/runbooks.md for the keys and their values".to_owned(),
    }
}

/// Anchors, aliases, merges and tags: not part of the subset, so that a file means what it shows.
fn forbidden(yaml: &str) -> Vec<Finding> {
    let mut faults = Vec::new();
    for (line, row) in (2..).zip(yaml.lines()) {
        let row = row.trim_start();
        let row = row.strip_prefix("- ").unwrap_or(row).trim_start();
        let value = row.split_once(": ").map_or(row, |(_, v)| v).trim_start();
        for part in [row, value] {
            let what = match part.chars().next() {
                Some('&') => "an anchor",
                Some('*') => "an alias",
                Some('!') => "a tag",
                Some('<') if part.starts_with("<<") => "a merge key",
                Some('%') => "a directive",
                _ => continue,
            };
            faults.push(Finding::error(
                line,
                format!("`{}` is {what}, which front matter may not have", part.escape_debug()),
                "write the value out, or put it in quotes",
            ));
            break;
        }
    }
    faults
}

/// The line of a key, for faults that the YAML reader does not find.
fn line_of(yaml: &str, start: &str) -> u32 {
    let row = yaml.lines().position(|l| l.trim_start().trim_start_matches("- ").starts_with(start)).unwrap_or(0);
    u32::try_from(row).unwrap_or(0).saturating_add(2)
}

/// Whether a text can be an id: small letters, digits and `-`, a letter or digit first.
pub fn is_id(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.len() <= MAX_ID_BYTES && text.bytes().next().is_some_and(fits) && text.bytes().all(|b| fits(b) || b == b'-')
}

fn check(raw: RawFront, yaml: &str) -> (Front, Vec<Finding>) {
    let mut faults = Vec::new();
    let mut wrong = |key: &str, what: String, mend: &str| faults.push(Finding::error(line_of(yaml, key), what, mend));
    if raw.warroom != FORMAT {
        wrong("warroom:", format!("format {} is not known here", raw.warroom), "write `warroom: 1`, or update warroom");
    }
    if !is_id(&raw.id) {
        wrong("id:", format!("`{}` cannot be an id", raw.id.escape_debug()), "use small letters, digits and `-`");
    }
    if raw.title.trim().is_empty() || raw.title.chars().count() > MAX_TITLE_CHARS {
        wrong("title:", "the title is empty or too long".to_owned(), "say it in 1 to 120 characters");
    }
    if raw.reviewed.as_deref().is_some_and(|day| !is_day(day)) {
        wrong("reviewed:", "`reviewed` is not a day".to_owned(), "write it as 2026-11-21");
    }
    if raw.severity.is_some_and(|s| !(1..=5).contains(&s)) {
        wrong("severity:", "`severity` is not 1 to 5".to_owned(), "1 is the worst");
    }
    if raw.params.len() > MAX_PARAMS {
        wrong("params:", format!("more than {MAX_PARAMS} parameters"), "split the runbook");
    }
    let watch = raw.watch.as_deref().map(time);
    if let Some(Err((what, mend))) = &watch {
        wrong("watch:", what.clone(), mend);
    }
    if raw.wrong_if.chars().count() > MAX_WRONG_CHARS {
        wrong("wrong_if:", "`wrong_if` is too long".to_owned(), "say it in 200 characters");
    }
    let mut params: Vec<Param> = Vec::new();
    for raw in raw.params {
        let line = line_of(yaml, &format!("name: {}", raw.name));
        match param(raw) {
            Ok(p) if params.iter().any(|o| o.name == p.name) => {
                faults.push(Finding::error(line, format!("the parameter {} is there twice", p.name), "keep one"));
            }
            Ok(p) => params.push(p),
            Err(what) => faults.push(Finding::error(line, what, "see docs/runbooks.md, Parameters")),
        }
    }
    let (sheet, sheet_faults) = sheet(raw.sheet, &params, yaml);
    faults.extend(sheet_faults);
    let front = Front {
        id: raw.id,
        title: raw.title.trim().to_owned(),
        revision: raw.revision,
        owner: raw.owner.trim().to_owned(),
        reviewed: raw.reviewed,
        severity: raw.severity,
        network: Words::list(raw.network),
        client: Words::list(raw.client),
        triggers: Words::list(raw.triggers),
        params,
        sheet,
        roles: Words::list(raw.roles).into_iter().map(RoleId::from).collect(),
        supersedes: Words::list(raw.supersedes).into_iter().map(RunbookId::from).collect(),
        watch: watch.and_then(Result::ok),
        wrong_if: raw.wrong_if.trim().to_owned(),
    };
    (front, faults)
}

/// The sheet's constants: each a parameter that is open and has no default, for a default is a value nobody looked at.
fn sheet(raw: Vec<RawConstant>, params: &[Param], yaml: &str) -> (Vec<Constant>, Vec<Finding>) {
    let (mut constants, mut faults) = (Vec::new(), Vec::new());
    let is_open = |name: &str| params.iter().any(|p| p.name == name && !p.secret && p.default.is_none());
    for raw in raw {
        let (contains, hosts) = (Words::list(raw.contains), Words::list(raw.hosts));
        for name in std::iter::once(&raw.name).chain(&contains).filter(|n| !is_open(n)) {
            let what = format!("sheet names `{}`, which is no open parameter without a default", name.escape_debug());
            faults.push(Finding::error(line_of(yaml, "sheet:"), what, "declare it under `params:`"));
        }
        if HEAD_KEYS.contains(&raw.name.as_str()) {
            let what = format!("`{}` cannot name a constant: the sheet itself has a key of that name", raw.name);
            faults.push(Finding::error(line_of(yaml, "sheet:"), what, "give the parameter another name"));
        }
        constants.push(Constant { name: raw.name, changes: raw.changes, contains, hosts });
    }
    (constants, faults)
}

fn param(raw: RawParam) -> Result<Param, String> {
    check_name(&raw.name)?;
    let word = raw.kind.as_deref().unwrap_or("string");
    let kind = ParamType::parse(word).ok_or_else(|| {
        let known: Vec<&str> = ParamType::ALL.iter().map(|(_, w)| *w).collect();
        format!("parameter {}: `{}` is no type; types are {}", raw.name, word.escape_debug(), known.join(", "))
    })?;
    let param = Param::new(raw.name, kind, raw.pattern, raw.secret, raw.about)?;
    match raw.default {
        Some(_) if param.secret => {
            Err(format!("parameter {}: a secret in a file is none; take `default` away", param.name))
        }
        Some(value) => {
            param.check(&value).map_err(|why| format!("the default of parameter {why}"))?;
            Ok(Param { default: Some(value), ..param })
        }
        None => Ok(param),
    }
}

fn is_day(text: &str) -> bool {
    crate::domain::time::At::parse(&format!("{text}T00:00:00Z")).is_some_and(|at| at.date() == text)
}

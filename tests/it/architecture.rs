//! The plan of the house, held by a test: who may import whom, which crate stays behind which fence, how long things get.
//! Reads `src/` and `tests/` as text; the second half proves that each rule catches what it is there for.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::rust_text::{code_only, functions, line_of, path_offsets, without_tests, word_at, word_offsets};

/// The rooms from left to right; a room imports from a lower floor only, never from its own neighbours.
const FLOORS: &[(&str, usize)] = &[
    ("domain", 0),
    ("keys", 1),
    ("serve", 1),
    ("config", 2),
    ("journal", 2),
    ("runbook", 2),
    ("telemetry", 2),
    ("peers", 2),
    ("drill", 3),
    ("report", 3),
    ("share", 3),
    ("app", 4),
    ("ui", 5),
    ("runtime", 6),
    ("cli", 7),
    ("main", 8),
    ("lib", 8),
];

/// A name, the rooms (or single files) that may use it, and why nobody else may.
type Fence = (&'static str, &'static [&'static str], &'static str);

const FENCES: &[Fence] = &[
    ("ratatui", &["ui", "runtime"], "only the view draws"),
    ("crossterm", &["runtime"], "only the terminal guard speaks to the terminal"),
    ("reqwest", &["telemetry", "peers", "share"], "only sources, peers and transports are asked over the network"),
    ("hyper", &["serve"], "HTTP comes in through one door"),
    ("hyper_util", &["serve"], "HTTP comes in through one door"),
    ("clap", &["cli", "main"], "arguments end at the door"),
    ("clap_complete", &["cli"], "arguments end at the door"),
    ("Utc::now", &["runtime/clock.rs"], "time comes in with the message"),
    ("Local::now", &[], "everything is UTC"),
    ("SystemTime::now", &["runtime/clock.rs"], "time comes in with the message"),
    (
        "Instant::now",
        &["serve", "telemetry", "share", "runtime"],
        "only latency and rates are measured with the monotonic clock",
    ),
    ("unsafe", &[], "no unsafe code in this house"),
    ("unbounded_channel", &[], "every queue has a limit"),
    ("unbounded", &[], "every queue has a limit"),
    ("Rc<RefCell", &[], "no shared mutable state"),
    ("static mut", &[], "no global mutable state"),
    ("thread_local", &[], "no global mutable state"),
    ("println", &["cli"], "results leave through cli's output"),
    ("eprintln", &["cli"], "talk leaves through cli's output"),
    ("unwrap()", &[], "answer with an error instead"),
    ("expect(", &[], "answer with an error instead"),
    ("panic!", &[], "answer with an error instead"),
    ("todo!", &[], "no unfinished parts"),
    ("unimplemented!", &[], "no unfinished parts"),
    ("serde_yaml", &[], "deprecated; serde-saphyr is the reader"),
];

/// Fenced words that a file may use after all under a lint expectation with its reason.
const REASONED: &[(&str, &str)] = &[
    ("panic!", "#[expect(clippy::panic, reason"),
    ("unwrap()", "#[expect(clippy::unwrap_used, reason"),
    ("expect(", "#[expect(clippy::expect_used, reason"),
];

/// Rooms that must not touch a path, whichever way it is written.
const FORBIDDEN_PATHS: &[(&str, &str, &[&str])] = &[
    ("std", "fs", &["domain", "app", "ui"]),
    ("std", "net", &["domain", "app", "ui", "report", "runbook"]),
    ("std", "process", &["domain", "app", "ui", "report", "config"]),
    ("std", "thread", &["domain", "app", "ui", "report", "config"]),
];

/// Rooms in which nothing waits.
const NO_TOKIO: &[&str] = &["domain", "app", "ui", "config", "report", "runbook"];

/// Words that say somebody meant to come back.
const MARKERS: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];

/// Names that say nothing about what a type does.
const EMPTY_NAMES: &[&str] = &["Manager", "Handler", "Helper", "Helpers", "Util", "Utils", "Misc"];

/// A longer file is two files.
const MAX_FILE_LINES: usize = 500;
/// A longer function is two functions; lines that hold only comments or nothing do not count.
const MAX_FUNCTION_LINES: usize = 70;

/// One broken rule.
struct Fault {
    file: String,
    line: usize,
    room: String,
    rule: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} (room {}): {}", self.file, self.line, self.room, self.rule)
    }
}

/// One file under judgement: `path` is relative to `src/` or `tests/`.
struct Page<'a> {
    path: &'a str,
    room: &'a str,
    source: &'a str,
    code: &'a str,
}

impl Page<'_> {
    fn fault(&self, line: usize, rule: impl Into<String>) -> Fault {
        Fault { file: self.path.to_owned(), line, room: self.room.to_owned(), rule: rule.into() }
    }
}

fn room_of(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first)
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// Everything that is wrong with one file of `src/`.
fn judge(path: &str, source: &str) -> Vec<Fault> {
    let whole = code_only(source);
    let code = without_tests(&whole);
    let page = Page { path, room: room_of(path), source, code: &code };
    let mut faults = sizes(&page, &whole);
    faults.extend(words(&page));
    faults.extend(imports(&page));
    faults.extend(fences(&page));
    faults.extend(names(&page));
    if path.ends_with("mod.rs") {
        faults.extend(contents_only(&page));
    }
    faults
}

/// Length of the file and its functions, and the opening lines.
fn sizes(page: &Page, code: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let lines = page.source.lines().count();
    if lines > MAX_FILE_LINES {
        faults.push(page.fault(lines, format!("{lines} lines; the hard stop is {MAX_FILE_LINES}")));
    }
    if !page.source.starts_with("//!") {
        faults.push(page.fault(1, "a file opens with //!: what it is for and what it must not know"));
    }
    for (name, line, lines) in functions(code) {
        if lines > MAX_FUNCTION_LINES {
            faults
                .push(page.fault(line, format!("fn {name} has {lines} lines; the hard stop is {MAX_FUNCTION_LINES}")));
        }
    }
    faults
}

/// Markers and attributes that hide something.
fn words(page: &Page) -> Vec<Fault> {
    let marked = MARKERS.iter().flat_map(|m| {
        word_offsets(page.source, m).into_iter().map(move |i| page.fault(line_of(page.source, i), format!("says {m}")))
    });
    let hidden = ["#[allow(", "#![allow("].iter().flat_map(|a| {
        let rule = "use #[expect(…, reason = \"…\")] instead of allow";
        word_offsets(page.code, a).into_iter().map(move |i| page.fault(line_of(page.code, i), rule))
    });
    marked.chain(hidden).collect()
}

/// Imports go to lower floors only, and are written with full paths.
fn imports(page: &Page) -> Vec<Fault> {
    let mut faults = Vec::new();
    let Some(mine) = floor(page.room) else {
        return vec![page.fault(1, "a room that is not on the plan (FLOORS in tests/it/architecture.rs)")];
    };
    for (at, target) in named_rooms(page) {
        let line = line_of(page.code, at);
        match floor(target) {
            _ if target == page.room => {}
            None if target.is_empty() => faults.push(page.fault(line, "write crate::room::item, one room a line")),
            None if page.room == "lib" || page.room == "main" => {}
            None => faults.push(page.fault(line, format!("imports {target}, which is no room of the plan"))),
            Some(theirs) if theirs >= mine => {
                faults.push(page.fault(line, format!("imports {target}; imports go from right to left only")));
            }
            Some(_) => {}
        }
    }
    faults
}

/// Every room named through `crate::` or by climbing out with `super::`; an empty name for a group.
fn named_rooms<'a>(page: &Page<'a>) -> Vec<(usize, &'a str)> {
    let direct = word_offsets(page.code, "crate::").into_iter().map(|i| (i, i + "crate::".len()));
    let stem = page.path.trim_end_matches(".rs").trim_end_matches("/mod");
    let depth = stem.split('/').count();
    let climb = "super::".repeat(depth);
    let climbed = word_offsets(page.code, &climb).into_iter().map(|i| (i, i + climb.len()));
    let own = |target: &str| target == "super" || target == "self";
    direct.chain(climbed).map(|(i, n)| (i, word_at(page.code, n))).filter(|(_, target)| !own(target)).collect()
}

/// Crates, clocks and shortcuts that stay behind their fences.
fn fences(page: &Page) -> Vec<Fault> {
    let inside = |place: &&str| page.room == *place || page.path == *place;
    let mut faults = Vec::new();
    for (name, places, why) in FENCES {
        let reasoned = REASONED.iter().any(|(word, mark)| word == name && page.code.contains(mark));
        if !reasoned && !places.iter().any(inside) {
            let broken = word_offsets(page.code, name).into_iter().filter(|i| !is_attribute(page.code, *i));
            faults.extend(broken.map(|i| page.fault(line_of(page.code, i), format!("{name} is fenced: {why}"))));
        }
    }
    for (parent, child, rooms) in FORBIDDEN_PATHS {
        if rooms.contains(&page.room) {
            let rule = format!("{parent}::{child} has no place in this room");
            let at = path_offsets(page.code, parent, child);
            faults.extend(at.into_iter().map(|i| page.fault(line_of(page.code, i), rule.clone())));
        }
    }
    if NO_TOKIO.contains(&page.room) {
        let at = word_offsets(page.code, "tokio");
        faults.extend(at.into_iter().map(|i| page.fault(line_of(page.code, i), "nothing waits here: no tokio")));
    }
    faults
}

/// `#[expect(` is an attribute, not a call.
fn is_attribute(code: &str, at: usize) -> bool {
    code[..at].ends_with("#[") || code[..at].ends_with("#![")
}

/// Types say what they do.
fn names(page: &Page) -> Vec<Fault> {
    let mut faults = Vec::new();
    for keyword in ["struct ", "enum ", "trait "] {
        for i in word_offsets(page.code, keyword) {
            let name = word_at(page.code, i + keyword.len());
            if EMPTY_NAMES.iter().any(|empty| name.ends_with(empty)) {
                faults.push(page.fault(line_of(page.code, i), format!("{name} does not say what it does")));
            }
        }
    }
    let stem = page.path.rsplit('/').next().unwrap_or(page.path);
    if ["util.rs", "utils.rs", "helpers.rs", "common.rs", "misc.rs"].contains(&stem) {
        faults.push(page.fault(1, format!("{stem} does not say what is in it")));
    }
    faults
}

/// A `mod.rs` is a table of contents: documentation, `mod`, `use`.
fn contents_only(page: &Page) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut open = false;
    for (n, line) in page.code.lines().enumerate() {
        let line = line.trim();
        let starts = [
            "mod ",
            "pub mod ",
            "pub(crate) mod ",
            "use ",
            "pub use ",
            "pub(crate) use ",
            "pub(super) use ",
            "#[",
            "#![",
        ];
        if !open && !line.is_empty() && !starts.iter().any(|s| line.starts_with(s)) {
            faults.push(page.fault(n + 1, "mod.rs is a table of contents: only documentation, mod and use"));
            break;
        }
        open = !line.is_empty() && !line.ends_with(';') && !line.ends_with(']');
    }
    faults
}

/// Every Rust file under `root`, as (path relative to root, text).
fn files(root: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn here(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

fn assert_none(faults: &[Fault]) {
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{} broken rule(s) of the house:\n{}", told.len(), told.join("\n"));
}

#[test]
fn the_house_keeps_its_plan() {
    let pages = files(&here("src"));
    assert!(pages.len() > 10, "src/ was not read");
    let faults: Vec<Fault> = pages.iter().flat_map(|(path, source)| judge(path, source)).collect();
    assert_none(&faults);
}

#[test]
fn the_tests_keep_to_size_and_say_what_they_are() {
    let mut faults = Vec::new();
    for (path, source) in files(&here("tests")) {
        let code = code_only(&source);
        let page = Page { path: &path, room: "tests", source: &source, code: &code };
        faults.extend(sizes(&page, &code));
    }
    assert_none(&faults);
}

#[test]
fn the_map_in_lib_names_every_room() {
    let map = fs::read_to_string(here("src/lib.rs")).unwrap();
    let docs: String = map.lines().filter(|l| l.starts_with("//!")).collect();
    let missing: Vec<&str> = FLOORS
        .iter()
        .map(|(room, _)| *room)
        .filter(|room| here("src").join(room).is_dir())
        .filter(|room| word_offsets(&docs, room).is_empty())
        .collect();
    assert!(missing.is_empty(), "the map at the head of src/lib.rs does not name: {}", missing.join(", "));
}

/// Each bad snippet is caught by the rule that it breaks, at its line.
#[rstest::rstest]
#[case::upwards("domain/x.rs", "//! x\nuse crate::ui::pane::Pane;", 2, "imports ui")]
#[case::sideways("journal/x.rs", "//! x\nfn f() { crate::telemetry::poll() }", 2, "imports telemetry")]
#[case::climbing("domain/x.rs", "//! x\nuse super::super::app::model::Model;", 2, "imports app")]
#[case::grouped("ui/x.rs", "//! x\nuse crate::{app, domain};", 2, "one room a line")]
#[case::unknown_room("attic/x.rs", "//! x\n", 1, "not on the plan")]
#[case::drawing("app/x.rs", "//! x\nuse ratatui::text::Line;", 2, "ratatui is fenced")]
#[case::terminal("ui/x.rs", "//! x\nuse ratatui::crossterm::event::Event;", 2, "crossterm is fenced")]
#[case::network("app/x.rs", "//! x\nfn f(c: reqwest::Client) {}", 2, "reqwest is fenced")]
#[case::clock("runtime/loop.rs", "//! x\nfn f() { chrono::Utc::now(); }", 2, "Utc::now is fenced")]
#[case::monotonic("app/x.rs", "//! x\nfn f() { std::time::Instant::now(); }", 2, "Instant::now is fenced")]
#[case::files("ui/x.rs", "//! x\nuse std::fs::File;", 2, "std::fs has no place")]
#[case::files_grouped("domain/x.rs", "//! x\nuse std::{fmt, fs};", 2, "std::fs has no place")]
#[case::waiting("report/x.rs", "//! x\nuse tokio::sync::mpsc;", 2, "no tokio")]
#[case::arguments("runtime/x.rs", "//! x\nuse clap::Parser;", 2, "clap is fenced")]
#[case::unwrapping("cli/x.rs", "//! x\nfn f() { g().unwrap() }", 2, "unwrap() is fenced")]
#[case::expecting("cli/x.rs", "//! x\nfn f() { g().expect(\"y\") }", 2, "expect( is fenced")]
#[case::printing("app/x.rs", "//! x\nfn f() { println!(\"y\") }", 2, "println is fenced")]
#[case::danger("runtime/x.rs", "//! x\nfn f() { unsafe { g() } }", 2, "unsafe is fenced")]
#[case::allowing("app/x.rs", "//! x\n#[allow(dead_code)]\nfn f() {}", 2, "expect")]
#[case::marker("app/x.rs", "//! x\n// TODO later\n", 2, "says TODO")]
#[case::silent("app/x.rs", "fn f() {}", 1, "opens with //!")]
#[case::empty_name("app/x.rs", "//! x\nstruct LogManager;", 2, "does not say what it does")]
#[case::busy_contents("app/mod.rs", "//! x\nmod a;\nfn f() {}", 3, "table of contents")]
fn a_broken_rule_is_caught(#[case] path: &str, #[case] source: &str, #[case] line: usize, #[case] rule: &str) {
    let faults = judge(path, source);
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let caught = faults.iter().any(|f| f.line == line && f.rule.contains(rule) && f.room == room_of(path));
    assert!(caught, "expected {path}:{line} to break '{rule}', got {told:?}");
}

#[rstest::rstest]
#[case::comment("domain/x.rs", "//! x\n// crate::ui, unsafe, println and unwrap() are only words here\n")]
#[case::string("domain/x.rs", "//! x\nconst A: &str = \"crate::ui::x \\\" unwrap()\"; const B: &str = r#\"std::fs\"#;")]
#[case::test_module("app/x.rs", "//! x\n#[cfg(test)]\nmod tests {\n    fn f() { g().unwrap(); }\n}\n")]
#[case::leftwards("ui/x.rs", "//! x\nuse crate::app::model::Model;\nuse crate::domain::time::At;\n")]
#[case::clock_room("runtime/clock.rs", "//! x\nfn f() { chrono::Utc::now(); }")]
#[case::expectation("app/x.rs", "//! x\n#[expect(dead_code, reason = \"y\")]\nfn f() {}")]
#[case::lifetimes("app/x.rs", "//! x\nfn f<'a>(c: &'a str) -> char { '\"' }\nfn g() -> char { '\\'' }")]
#[case::reasoned("app/x.rs", "//! x\n#[expect(clippy::panic, reason = \"y\")]\nconst fn f() { panic!() }")]
#[case::contents("app/mod.rs", "//! x\n\nmod a;\npub use a::{\n    B,\n    C,\n};\n")]
fn what_is_allowed_passes(#[case] path: &str, #[case] source: &str) {
    assert_none(&judge(path, source));
}

#[test]
fn long_functions_and_files_are_caught() {
    let long = format!("//! x\nfn f() {{\n{}}}\n", "    g();\n".repeat(MAX_FUNCTION_LINES));
    assert!(judge("app/x.rs", &long).iter().any(|f| f.rule.contains("fn f has 72 lines")));
    let fits = format!("//! x\nfn f() {{\n{}}}\n", "    g();\n    // why\n".repeat(MAX_FUNCTION_LINES - 2));
    assert_none(&judge("app/x.rs", &fits));
    let tall = format!("//! x\n{}", "\n".repeat(MAX_FILE_LINES));
    assert!(judge("app/x.rs", &tall).iter().any(|f| f.rule.contains("501 lines")));
}

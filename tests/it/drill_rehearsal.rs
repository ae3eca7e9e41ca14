//! How steps end in a drill, and scenarios that somebody has spoilt: never a panic, always a line.

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::{ProptestConfig, any, prop_assert, proptest};
use warroom::domain::event::{Effect, StepOutcome, StepStarted};
use warroom::domain::time::{At, Span};
use warroom::drill::folder::{Folder, FolderFault};
use warroom::drill::scenario::{RecordedOutputs, read_scenario, shipped};
use warroom::drill::{RecordedEnd, Schedule, recorded_end};
use warroom::runbook::model::{Origin, Runbook};
use warroom::runbook::parse::parse;

const BOOK: &str = "---\nwarroom: 1\nid: b\ntitle: B\nrevision: 1\nowner: us\nreviewed: 2026-11-21\n---\n\n\
## Look {#look}\nWhy.\n```sh {kind=check effect=read timeout=5s expect=\"contains yes\"}\necho yes\n```\n\n\
## Wait {#wait}\nWhy.\n```sh {kind=wait effect=read timeout=5s every=10s deadline=2m expect=\"exit 0\"}\ntrue\n```\n\n\
## Secret {#secret}\nWhy.\n```sh {kind=check effect=read timeout=5s keep=never expect=\"exit 0\"}\ncat key\n```\n";

fn end(outputs: &str, step: &str, second: i64) -> (RecordedEnd, At) {
    let folder = Folder::load(Path::new("/nowhere"), "finality-slips").unwrap();
    let outputs = RecordedOutputs::read(Path::new("o.toml"), outputs, 3_000).unwrap();
    let book: Runbook = parse(BOOK.as_bytes(), "b.md", Origin::BuiltIn).unwrap();
    let step = book.step(&step.into()).unwrap();
    let now = folder.scenario.start.plus(Span::from_secs(second));
    let started = StepStarted {
        run: "b-1".into(),
        step: step.id.clone(),
        title: step.title.clone(),
        attempt: 1,
        kind: step.kind,
        effect: Effect::Read,
        command: step.command.clone(),
        user: "bo".into(),
        host: "h".into(),
        remote: String::new(),
    };
    (recorded_end(&folder.scenario, &outputs, &book.id, &started, step, now), now)
}

fn row(step: &str, more: &str) -> String {
    format!("[[output]]\nrunbook = \"b\"\nstep = \"{step}\"\n{more}\n")
}

#[test]
fn a_recorded_output_is_judged_by_the_steps_own_expectation() {
    let (end_yes, now) = end(&row("look", "stdout = \"yes\\n\"\ntook-ms = 250"), "look", 0);
    assert_eq!((end_yes.finished.outcome, end_yes.at), (StepOutcome::Passed, now.plus(Span::from_millis(250))));
    assert_eq!(end_yes.finished.output.unwrap().bytes, 4);
    let (end_no, _) = end(&row("look", "stdout = \"no\""), "look", 0);
    assert_eq!(end_no.finished.outcome, StepOutcome::Failed);
}

#[test]
fn a_wait_ends_at_the_first_try_that_holds_or_at_its_deadline() {
    let outputs = row("wait", "stdout = \"\"\nexit = 1") + &row("wait", "from = \"1:05\"\nstdout = \"\"\ntook-ms = 5");
    let (ended, now) = end(&outputs, "wait", 0);
    assert_eq!((ended.finished.outcome, ended.at), (StepOutcome::Passed, now.plus(Span::from_millis(70_005))));
    let (late, now) = end(&row("wait", "stdout = \"\"\nexit = 1\ntook-ms = 0"), "wait", 0);
    assert_eq!((late.finished.outcome, late.at), (StepOutcome::TimedOut, now.plus(Span::from_mins(2))));
}

#[test]
fn a_step_without_a_recorded_output_fails_and_says_so() {
    let (ended, now) = end("", "look", 60);
    assert_eq!((ended.finished.outcome, ended.at, ended.output), (StepOutcome::Failed, now, None));
    assert!(ended.finished.actual.contains("no recorded output"));
}

#[test]
fn what_is_not_to_be_kept_is_not_kept() {
    let (ended, _) = end(&row("secret", "stdout = \"hunter2\""), "secret", 0);
    assert_eq!((ended.output, ended.finished.output), (None, None));
    assert!(!ended.finished.actual.contains("hunter2"));
}

#[test]
fn a_folder_of_ones_own_wins_and_a_missing_one_names_what_there_is() {
    let fixtures = tempfile::tempdir().unwrap();
    let own = fixtures.path().join("finality-slips");
    std::fs::create_dir_all(own.join("scripts")).unwrap();
    std::fs::write(own.join("scenario.toml"), shipped()[0].scenario.replace("Finality slips", "Ours")).unwrap();
    std::fs::write(own.join("scripts/short.toml"), "title = \"t\"\n").unwrap();
    let found = Folder::load(fixtures.path(), "finality-slips").unwrap();
    assert_eq!((found.scenario.title.as_str(), found.scripts().collect::<Vec<_>>()), ("Ours", vec!["short"]));
    let by_path = Folder::load(Path::new("/nowhere"), own.to_str().unwrap()).unwrap();
    assert_eq!(by_path.scenario.title, "Ours");
    let missing = Folder::load(fixtures.path(), "finality-slip").unwrap_err();
    assert!(missing.to_string().contains("there are: finality-slips"), "{missing}");
    assert!(matches!(found.script("good"), Err(FolderFault::None { .. })));
    std::fs::write(own.join("scenario.toml"), "titel = 1\n").unwrap();
    let broken = Folder::load(fixtures.path(), "finality-slips").unwrap_err().to_string();
    assert!(broken.contains("scenario.toml:1:1: unknown key `titel`; did you mean `title`?"), "{broken}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_spoilt_scenario_is_read_or_named_with_its_line(at in any::<usize>(), cut in 0_usize..60, put in "[ -~]{0,12}") {
        let whole = shipped()[0].scenario;
        let from = (0..=at % whole.len()).rev().find(|i| whole.is_char_boundary(*i)).unwrap_or(0);
        let to = (from + cut..whole.len()).find(|i| whole.is_char_boundary(*i)).unwrap_or(whole.len());
        let spoilt = format!("{}{put}{}", &whole[..from], &whole[to.max(from)..]);
        match read_scenario(Path::new("s.toml"), &spoilt) {
            Ok(scenario) => {
                let start = scenario.start;
                let outputs = Schedule::new(Arc::new(scenario), 7).advance_to(start.plus(Span::from_mins(2)));
                prop_assert!(outputs.windows(2).all(|w| w[0].at <= w[1].at));
            }
            Err(problems) => prop_assert!(problems.iter().all(|p| p.line > 0 && !p.says.is_empty())),
        }
    }

    #[test]
    fn any_text_at_all_is_read_or_refused(text in any::<String>()) {
        let _ = read_scenario(Path::new("s.toml"), &text);
        let _ = RecordedOutputs::read(Path::new("o.toml"), &text, 600);
    }
}

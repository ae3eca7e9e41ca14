//! Objectives: budgets by hand-reckoned examples, alarms by two windows, kept over a restart, in the log and the post-mortem.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use rstest::rstest;
use warroom::config::parse_config;
use warroom::domain::event::NodeState;
use warroom::domain::observation::{Answer, Failure, Family, Observation, Reading};
use warroom::domain::signal::SignalId;
use warroom::domain::slo::{Book, Good, SloSpec, Standing, is_good};
use warroom::domain::time::{At, Clock, Span};
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::watch::NodeSpec;
use warroom::runtime::clock::SystemClock;
use warroom::telemetry::{Pollers, one_round};

const SLO: &str = "[[slo]]\nid = \"fds\"\nsignal = \"host.fds_used_pct\"\nnodes = [\"host\"]\n";
const REST: &str = "at_most = 101\nobjective = 99.5\nwindow = \"30d\"\n";

fn specs(text: &str) -> Result<Vec<NodeSpec>, String> {
    let read = parse_config(Path::new("/srv/config.toml"), text);
    read.map(|c| c.nodes).map_err(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

#[rstest]
#[case("objective = 99\nwindow = \"30d\"\n", "[[slo]] needs either `at_most` or `at_least`")]
#[case("at_most = 1\nat_least = 1\nobjective = 99\nwindow = \"30d\"\n", "needs either")]
#[case("at_most = 1\nwindow = \"30d\"\n", "[[slo]] has no `objective`")]
#[case("at_most = 1\nobjective = 100\nwindow = \"30d\"\n", "6:13: `objective` must be 50 to 99.999 %")]
#[case("at_most = 1\nobjective = 99\nwindow = \"31d\"\n", "7:10: `window` must be 1 to 30 days")]
#[case(
    "at_most = 1\nobjetive = 99\nwindow = \"30d\"\n",
    "unknown key `objetive` in [[slo]]; did you mean `objective`?"
)]
fn mistakes_are_named_with_their_line(#[case] rest: &str, #[case] said: &str) {
    let error = specs(&format!("{SLO}{rest}")).unwrap_err();
    assert!(error.contains(said), "{error}");
}

#[test]
fn signals_and_nodes_must_be_there() {
    let text = "[[slo]]\nid = \"a\"\nsignal = \"chain.head_age\"\nnodes = [\"hots\"]\n".to_owned() + REST;
    let error = specs(&text).unwrap_err();
    assert!(error.contains("3:10: unknown signal `chain.head_age`; did you mean `chain.head_age_s`?"), "{error}");
    assert!(error.contains("4:10: nothing is called `hots`; did you mean `host`?"), "{error}");
    assert_eq!(specs(&format!("{SLO}{REST}")).unwrap()[0].family, Family::Slo);
}

fn spec(objective_pct: f64, days: i64) -> SloSpec {
    SloSpec {
        signal: SignalId::HEAD_AGE,
        nodes: vec!["a".into()],
        good: Good::AtMost(24.0),
        objective_pct,
        window: Span::from_mins(days * 24 * 60),
    }
}

/// A book in which each minute of `good` and then of `bad` minutes had six samples.
fn book(spec: &SloSpec, good: i64, bad: i64) -> (Book, Standing) {
    let mut book = Book::default();
    for minute in 0..good + bad {
        for second in (0..60).step_by(10) {
            book.sample(At::from_secs(3_600 * 24 + minute * 60 + second), 0, minute < good, spec.window);
        }
    }
    let standing = book.standing(spec, At::from_secs(3_600 * 24 + (good + bad) * 60 - 1));
    (book, standing)
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-6
}

#[test]
fn budgets_are_those_reckoned_by_hand() {
    // 30 days at 99.5 %: 216 minutes may be bad. 120 good minutes, then 3 bad ones.
    let month = spec(99.5, 30);
    let (_, now) = book(&month, 120, 3);
    assert!(near(now.budget_left_pct, 100.0 * (1.0 - 3.0 / 216.0)), "{now:?}");
    assert!(near(now.good_pct, 100.0 * 120.0 / 123.0), "{now:?}");
    assert!(near(now.burn_1h, 3.0 / 60.0 / 0.005), "10 times too fast: {now:?}");
    assert!(near(now.burn_6h, 3.0 / 360.0 / 0.005), "{now:?}");
    assert_eq!((now.alarm, now.measured), (None, Span::from_mins(123)));
    // The fifth bad minute is more than 14.4 times too fast.
    let burning = book(&month, 120, 5).1.alarm.unwrap();
    assert_eq!(burning.windows_min, (60, 5));
    assert!(near(burning.limit, 14.4) && near(burning.rate, 5.0 / 60.0 / 0.005), "{burning:?}");
    // It is over when the short window is good again, long before the long one is.
    let (mut after, _) = book(&month, 120, 5);
    for minute in 125..131 {
        after.sample(At::from_secs(3_600 * 24 + minute * 60), 0, true, month.window);
    }
    let later = after.standing(&month, At::from_secs(3_600 * 24 + 131 * 60 - 1));
    assert!(later.alarm.is_none() && later.burn_1h > 14.4, "{later:?}");
    // A slow burn: a bad minute in ten for six hours is 20 times too fast over six hours, not only over one.
    let mut slow = Book::default();
    for minute in 0..360 {
        slow.sample(At::from_secs(minute * 60), 0, minute % 10 != 9, month.window);
    }
    assert_eq!(slow.standing(&month, At::from_secs(360 * 60 - 1)).alarm.map(|b| b.windows_min), Some((60, 5)));
    // Unmeasured time is not bad.
    let gone = book(&month, 10, 0).0.standing(&month, At::from_secs(3_600 * 24 * 20));
    assert_eq!((gone.budget_left_pct, gone.burn_1h), (100.0, 0.0));
}

/// A node that does not answer is asked six times in a minute, one that does thirty times: each is half of it.
#[test]
fn a_line_that_is_asked_rarely_weighs_as_much_as_the_others() {
    let spec = SloSpec { nodes: vec!["well".into(), "dead".into()], ..spec(99.0, 1) };
    let mut book = Book::default();
    for second in (0..3_600).step_by(2) {
        book.sample(At::from_secs(second), 0, true, spec.window);
        if second % 10 == 0 {
            book.sample(At::from_secs(second), 1, false, spec.window);
        }
    }
    let now = book.standing(&spec, At::from_secs(3_599));
    assert!(near(now.good_pct, 50.0) && near(now.burn_1h, 0.5 / 0.01), "{now:?}");
}

#[test]
fn what_is_older_than_the_window_is_forgotten() {
    let day = spec(99.0, 1);
    let (mut kept, now) = book(&day, 0, 30);
    assert!(now.budget_left_pct < 0.0, "14.4 minutes were allowed: {now:?}");
    let later = 3_600 * 24 * 3;
    kept.sample(At::from_secs(later), 0, true, day.window);
    let now = kept.standing(&day, At::from_secs(later + 1));
    assert_eq!((now.budget_left_pct, now.measured), (100.0, Span::from_mins(1)), "{now:?}");
}

#[test]
fn a_round_is_good_bad_or_says_nothing() {
    let spec = spec(99.0, 1);
    let said =
        |value| Ok(Answer { readings: vec![Reading::number(SignalId::HEAD_AGE, value, "t")], ..Answer::default() });
    assert_eq!(is_good(&spec, &said(24.0)), Some(true));
    assert_eq!(is_good(&spec, &said(24.1)), Some(false));
    assert_eq!(is_good(&spec, &Err(Failure::Refused)), Some(false));
    assert_eq!(is_good(&spec, &Ok(Answer::default())), None);
}

proptest! {
    /// Whatever is sampled when, the numbers are numbers, and a book comes back from its file as it was.
    #[test]
    fn any_samples_give_numbers(samples in proptest::collection::vec((0..200_000_i64, any::<bool>()), 0..200), days in 1..30_i64) {
        let spec = spec(99.5, days);
        let mut book = Book::default();
        for (second, good) in &samples {
            book.sample(At::from_secs(*second), 0, *good, spec.window);
        }
        let now = book.standing(&spec, At::from_secs(200_000));
        prop_assert!(now.budget_left_pct <= 100.0 && now.budget_left_pct.is_finite(), "{:?}", now);
        prop_assert!(now.burn_1h >= 0.0 && now.burn_6h >= 0.0 && now.good_pct <= 100.0, "{:?}", now);
        let text = serde_json::to_string(&book).unwrap();
        prop_assert_eq!(serde_json::from_str::<Book>(&text).unwrap(), book);
    }
}

#[test]
fn it_is_fed_by_the_pollers_told_kept_and_judged() {
    let folder = tempfile::tempdir().unwrap();
    // Nothing has a negative share of descriptors: every sample is bad.
    let text = format!("{SLO}{}", REST.replace("at_most = 101", "at_most = -1"));
    let slo = specs(&text).unwrap().remove(0);
    let all = |writes: bool| vec![NodeSpec::host("local"), slo.clone().kept_in(folder.path(), writes)];
    let file = folder.path().join("slo/fds.json");
    // What a console measured an hour ago, up to now.
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let now = clock.now().secs();
    let mut before = Book::default();
    for minute in 1..30 {
        before.sample(At::from_secs(now - 1_800 + minute * 60), 0, false, Span::from_mins(30 * 24 * 60));
    }
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, serde_json::to_string(&before).unwrap()).unwrap();
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let seen: Vec<Observation> = waiting.block_on(async {
        let (to, mut from) = tokio::sync::mpsc::channel(64);
        let specs = all(true);
        let _pollers = Pollers::start(&specs, &clock, &to);
        let mut seen = Vec::new();
        while seen.iter().filter(|o: &&Observation| o.node.as_str() == "fds").count() < 2 {
            seen.push(tokio::time::timeout(Duration::from_secs(60), from.recv()).await.unwrap().unwrap());
        }
        seen
    });
    let kept: Book = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert!(kept != before, "the poller writes down what it measured");
    let last = seen.iter().rev().find(|o| o.node.as_str() == "fds").unwrap();
    let answer = last.outcome.as_ref().unwrap();
    let value = |s: SignalId| answer.readings.iter().find(|r| r.signal == s).and_then(|r| r.value.number()).unwrap();
    assert!(value(SignalId::SLO_BUDGET) < 90.0 && value(SignalId::SLO_BURN_1H) > 14.4, "{answer:?}");
    let mut judge = Judge::new(&all(true), Limits::default());
    let events = judge.observe(last);
    let fired = events.iter().find(|e| e.kind() == "alert.fired").unwrap().sentence();
    assert!(fired.contains("the error budget burns") && fired.contains("of it is left"), "{fired}");
    let verdict = judge.verdict(&"fds".into()).unwrap();
    assert_eq!(verdict.state, NodeState::Bad);
    assert!(verdict.why[0].starts_with("the error budget burns"), "{verdict:?}");
    // Whoever only looks reads the file, and leaves it as it is.
    let (specs, text) = (all(false), std::fs::read(&file).unwrap());
    let once = waiting.block_on(one_round(&specs, &clock));
    assert!(once[1].outcome.as_ref().unwrap().readings[0].value.number().unwrap() < 90.0);
    assert_eq!(std::fs::read(&file).unwrap(), text);
    std::fs::write(&file, "{").unwrap();
    let once = waiting.block_on(one_round(&specs, &clock));
    let facts = &once[1].outcome.as_ref().unwrap().facts;
    assert!(facts.iter().any(|f| f.topic == "not kept" && f.text.contains("measuring begins anew")), "{facts:?}");
}

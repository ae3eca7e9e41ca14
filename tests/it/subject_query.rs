//! PromQL queries of the configuration: the worst series is the value, errors of the API are said in words, limits judge.

use std::path::Path;
use std::sync::Arc;

use rstest::rstest;
use serde_json::Value;
use warroom::config::parse_config;
use warroom::domain::event::NodeState;
use warroom::domain::observation::{Failure, Family, Observation};
use warroom::domain::signal::{SignalId, Worse};
use warroom::domain::subject::QuerySpec;
use warroom::domain::time::{At, Clock};
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::watch::NodeSpec;
use warroom::telemetry::{one_round, prometheus};

use crate::support::live::{Component, wanted};
use crate::support::recorded;
use crate::support::replies::Replies;
use crate::support::warroom::Warroom;
use crate::support::watch::{Watch, signal, state, why};

const QUERY: &str = "[[query]]\nid = \"gas\"\nurl = \"http://127.0.0.1:9090\"\nexpr = \"sum(up)\"\n";

fn specs(text: &str) -> Result<Vec<NodeSpec>, String> {
    let read = parse_config(Path::new("/srv/config.toml"), text);
    read.map(|c| c.nodes).map_err(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

#[rstest]
#[case("worse = \"dwon\"\n", "5:9: `worse` is `dwon`; did you mean `down`?")]
#[case("wran = 2\n", "5:1: unknown key `wran` in [[query]]; did you mean `warn`?")]
#[case(
    "warn = 5\nbad = 2\n",
    "6:7: `warn` is 5 and `bad` is 2; it warns above the first, so `bad` must be the largest"
)]
#[case("worse = \"down\"\nwarn = 2\nbad = 5\n", "`bad` must be the least")]
#[case("unit = \"much too long a unit\"\n", "`unit` has at most 12 characters")]
#[case("[[node]]\nid = \"gas\"\nfamily = \"bitcoin\"\nurl = \"http://h:1\"\n", "`gas` is named twice")]
fn mistakes_are_named_with_their_line(#[case] more: &str, #[case] said: &str) {
    let error = specs(&format!("{QUERY}{more}")).unwrap_err();
    assert!(error.contains(said), "{error}");
}

#[test]
fn a_query_needs_its_expression_and_address() {
    let error = specs("[[query]]\nid = \"q\"\n").unwrap_err();
    assert!(error.contains("config.toml:1:1: [[query]] has no `url`") && error.contains("has no `expr`"), "{error}");
    let text = format!("discover = false\n{QUERY}warn = 2\nunit = \"s\"\n");
    let [query] = <[NodeSpec; 1]>::try_from(specs(&text).unwrap()).unwrap();
    assert_eq!((query.family, query.unit(SignalId::QUERY_VALUE)), (Family::Query, "s"));
    assert_eq!((query.bounds[0].warn, query.bounds[0].bad), (Some(2.0), None));
}

fn spec(worse: Worse, empty: Option<f64>) -> QuerySpec {
    QuerySpec { expr: "up".to_owned(), worse, empty }
}

fn value(spec: &QuerySpec, reply: &[u8]) -> Result<f64, String> {
    let answer = prometheus::instant(reply).and_then(|series| prometheus::answer(spec, series));
    answer.map(|a| a.readings[0].value.number().unwrap()).map_err(|e| e.to_string())
}

#[test]
fn recorded_replies_give_their_worst_series_or_words() {
    let Some(data) = recorded::folder() else { return };
    let up = recorded::bytes(&data, "lab/prom/prom_v1_query_up.json");
    assert_eq!(value(&spec(Worse::Down, None), &up), Ok(0.0), "one of four targets is down");
    assert_eq!(value(&spec(Worse::Up, None), &up), Ok(1.0));
    let answer = prometheus::answer(&spec(Worse::Down, None), prometheus::instant(&up).unwrap()).unwrap();
    assert!(answer.facts[1].text.starts_with("0 {") && answer.facts[1].text.contains("dead"), "{:?}", answer.facts);
    let error = value(&spec(Worse::Up, None), &recorded::bytes(&data, "lab/prom/prom_v1_query_error.json"));
    assert!(error.unwrap_err().contains("Prometheus refuses the query (bad_data)"));
    let range = value(&spec(Worse::Up, None), &recorded::bytes(&data, "lab/prom/prom_v1_query_range.json"));
    assert!(range.unwrap_err().contains("gives a matrix; a vector or a scalar is needed"));
    let alerts = recorded::bytes(&data, "lab/prom/prom_v1_query_ALERTS.json");
    assert_eq!(value(&spec(Worse::Up, None), &alerts), Ok(1.0));
}

#[rstest]
#[case(r#"{"status":"success","data":{"resultType":"scalar","result":[1.5,"2.5"]}}"#, None, Ok(2.5))]
#[case(r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#, Some(0.0), Ok(0.0))]
#[case(r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#, None, Err("gives no series"))]
#[case(
    r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"NaN"]}]}}"#,
    Some(0.0),
    Err("no number")
)]
#[case(
    r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"+Inf"]}]}}"#,
    None,
    Ok(f64::INFINITY)
)]
#[case(
    r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{}]}]}}"#,
    None,
    Err("histograms")
)]
#[case(
    r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}"#,
    None,
    Err("is no number")
)]
#[case("<html>", None, Err("api/v1/query"))]
fn every_shape_is_a_value_or_a_reason(
    #[case] reply: &str,
    #[case] empty: Option<f64>,
    #[case] want: Result<f64, &str>,
) {
    match (value(&spec(Worse::Up, empty), reply.as_bytes()), want) {
        (Ok(got), Ok(want)) => assert_eq!(got, want),
        (Err(got), Err(want)) => assert!(got.contains(want), "{got}"),
        (got, want) => panic!("{got:?} against {want:?}"),
    }
}

/// A frozen clock.
struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> At {
        At::from_secs(1_000)
    }
}

fn ask(text: &str) -> Observation {
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(Frozen);
    waiting.block_on(one_round(&specs(text).unwrap(), &clock)).remove(0)
}

#[test]
fn a_value_beyond_its_limit_becomes_a_verdict_after_three_samples() {
    let reply = r#"{"status":"success","data":{"resultType":"scalar","result":[1,"7.25"]}}"#;
    let path = "/api/v1/query?timeout=2s&query=sum%28up%29";
    let server = Replies::new(&[(path, &[reply])]);
    let text = format!("{}unit = \"s\"\nwarn = 2\nbad = 5\n", QUERY.replace("http://127.0.0.1:9090", &server.url));
    let specs = specs(&text).unwrap();
    let mut judge = Judge::new(&specs, Limits::default());
    for n in 0..3 {
        let mut seen = ask(&text);
        seen.at = At::from_secs(1_000 + n * 5);
        drop(judge.observe(&seen));
    }
    let verdict = judge.verdict(&"gas".into()).unwrap();
    assert_eq!(verdict.state, NodeState::Bad);
    assert_eq!(verdict.why, ["value 7.25 s; limit 5 s"]);
    server.set(path, &["{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"query timed out\"}"]);
    assert_eq!(
        ask(&text).outcome,
        Err(Failure::NotUsable("Prometheus refuses the query (timeout): query timed out".to_owned()))
    );
}

#[test]
fn live_queries_are_judged() {
    if !wanted("live_queries_are_judged") {
        return;
    }
    let set = Component::start("prometheus");
    let home = Warroom::new();
    let url = set.get("PROMETHEUS_URL");
    let query = |id: &str, expr: &str, more: &str| {
        format!("\n[[query]]\nid = \"{id}\"\nurl = \"{url}\"\nexpr = '{expr}'\n{more}\n")
    };
    let mut text = String::from("network = \"live\"\ndiscover = false\n");
    text.push_str(&query("targets", "up", "worse = \"down\"\nbad = 1"));
    text.push_str(&query("none", "up > 5", "empty = 0\nwarn = 1"));
    text.push_str(&query("wrong", "sum(up", ""));
    home.write("config.toml", &text);
    let mut watch = Watch::start(&home);
    let limit = std::time::Duration::from_secs(60);
    let line: Value = watch.wait_for("the target that is down", limit, |l| state(l, "targets") == "bad");
    assert_eq!(signal(&line, "targets", "query.value"), Some(0.0));
    assert!(why(&line, "targets").contains("value 0; limit 1"), "{line}");
    let line = watch.wait_for("the wrong query", limit, |l| why(l, "wrong").contains("bad_data"));
    assert_eq!((state(&line, "none"), signal(&line, "none", "query.value")), ("ok", Some(0.0)), "{line}");
}

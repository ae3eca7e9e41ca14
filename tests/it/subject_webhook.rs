//! Alerts that are posted to us: the inbox refuses what it must, the table follows what fires and what is resolved, and an
//! alert that comes by two ways is told once.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rstest::rstest;
use serde_json::Value;
use warroom::config::parse_config;
use warroom::domain::observation::{Alert, Answer, Family, Observation};
use warroom::domain::time::{At, Clock};
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::watch::NodeSpec;
use warroom::serve::{BODY_LIMIT, Inbox};
use warroom::telemetry::{Http, Source, alertmanager};

use crate::support::live::{Component, wait_for, wanted};
use crate::support::recorded;
use crate::support::warroom::Warroom;
use crate::support::watch::{Watch, state, why};

fn free() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// One request as it is; the status and the body of the answer.
fn send(at: SocketAddr, request: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    // What is refused early closes before all is sent.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    (status, text.split_once("\r\n\r\n").map(|(_, b)| b.to_owned()).unwrap_or_default())
}

fn post(at: SocketAddr, path: &str, head: &str, body: &str) -> (u16, String) {
    let length = body.len();
    let kind = if head.contains("content-type") { "" } else { "content-type: application/json\r\n" };
    let start = format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n");
    send(at, format!("{start}{kind}{head}\r\n{body}").as_bytes())
}

fn text(bytes: &[u8]) -> Result<String, String> {
    let text = String::from_utf8(bytes.to_vec()).map_err(|e| e.to_string())?;
    if text == "bad" { Err("that is bad".to_owned()) } else { Ok(text) }
}

#[rstest]
#[case("/in", "authorization: Bearer s3cret\r\n", "a", 200)]
#[case("/in", "", "a", 401)]
#[case("/in", "authorization: Bearer s3cre\r\n", "a", 401)]
#[case("/in", "authorization: Bearer s3creT\r\n", "a", 401)]
#[case("/in", "authorization: Bearer s3cret2\r\n", "a", 401)]
#[case("/in", "authorization: Bearer \r\n", "a", 401)]
#[case("/in", "authorization: Basic s3cret\r\n", "a", 401)]
#[case("/other", "", "a", 401)]
#[case("/other", "authorization: Bearer s3cret\r\n", "a", 404)]
#[case("/in", "authorization: Bearer s3cret\r\norigin: http://evil\r\n", "a", 403)]
#[case("/in", "authorization: Bearer s3cret\r\ncontent-type: text/plain\r\n", "a", 403)]
#[case("/in", "authorization: Bearer s3cret\r\n", "bad", 400)]
fn the_inbox_takes_only_what_it_should(
    #[case] path: &str,
    #[case] head: &str,
    #[case] body: &str,
    #[case] status: u16,
) {
    let runtime = runtime();
    let token = Some("s3cret".to_owned());
    let opened = runtime.block_on(Inbox::open("127.0.0.1:0".parse().unwrap(), "/in", token, text));
    let mut inbox = opened.unwrap();
    assert_eq!(post(inbox.at(), path, head, body).0, status);
    assert_eq!(inbox.take().len(), usize::from(status == 200));
}

#[test]
fn the_inbox_is_bounded() {
    let runtime = runtime();
    let opened = runtime.block_on(Inbox::open("127.0.0.1:0".parse().unwrap(), "/in", None, text));
    let mut inbox = opened.unwrap();
    let at = inbox.at();
    assert_eq!(post(at, "/in", "", &"x".repeat(BODY_LIMIT + 1)).0, 413);
    let chunked = format!(
        "POST /in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n200000\r\n{}",
        "x".repeat(0x0020_0000)
    );
    assert_eq!(send(at, chunked.as_bytes()).0, 413, "a length that is not told is bounded too");
    assert_eq!(send(at, b"GET /in HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").0, 405);
    assert_eq!(send(at, b"not HTTP at all\r\n\r\n").0, 400);
    // Somebody who says nothing is closed, and holds nobody else up.
    let silent: Vec<TcpStream> = (0..4).map(|_| TcpStream::connect(at).unwrap()).collect();
    assert_eq!(post(at, "/in", "", "heard").0, 200);
    drop(silent);
    let statuses: Vec<u16> = (0..70).map(|n| post(at, "/in", "", &n.to_string()).0).collect();
    assert!(statuses.contains(&503), "{statuses:?}");
    assert!(statuses.iter().all(|s| matches!(s, 200 | 503)), "a sender tries again after 5xx only: {statuses:?}");
    let taken = inbox.take();
    assert_eq!(taken[0], "heard");
    assert!(taken.len() <= 60, "{}", taken.len());
    let elsewhere = runtime.block_on(Inbox::open("0.0.0.0:0".parse().unwrap(), "/in", None, text));
    assert!(elsewhere.unwrap_err().to_string().contains("loopback"));
    drop(inbox);
    wait_for("it no longer listens", Duration::from_secs(10), || TcpStream::connect(at).err());
}

/// Somebody without the token does not use up what the rate leaves to those who have it.
#[test]
fn strangers_take_no_room_from_those_with_the_token() {
    let runtime = runtime();
    let token = Some("s3cret".to_owned());
    let inbox = runtime.block_on(Inbox::open("127.0.0.1:0".parse().unwrap(), "/in", token, text)).unwrap();
    for _ in 0..60 {
        assert_eq!(post(inbox.at(), "/in", "", "x").0, 401);
    }
    assert_eq!(post(inbox.at(), "/in", "authorization: Bearer s3cret\r\n", "x").0, 200);
}

fn specs(text: &str) -> Result<Vec<NodeSpec>, String> {
    let read = parse_config(Path::new("/srv/config.toml"), text);
    read.map(|c| c.nodes).map_err(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

#[rstest]
#[case("listen = \"0.0.0.0:9095\"\n", "3:10: `listen` must be a port of loopback")]
#[case("listen = \"9095\"\n", "`listen` must be an address and a port")]
#[case("lissten = \"127.0.0.1:1\"\n", "unknown key `lissten` in [[webhook]]; did you mean `listen`?")]
#[case("listen = \"127.0.0.1:0\"\n", "must be a port of loopback")]
fn mistakes_are_named_with_their_line(#[case] line: &str, #[case] said: &str) {
    let error = specs(&format!("[[webhook]]\nid = \"in\"\n{line}")).unwrap_err();
    assert!(error.contains(said), "{error}");
}

struct Second(i64);

impl Clock for Second {
    fn now(&self) -> At {
        At::from_secs(self.0)
    }
}

/// What a real Alertmanager posted: it fires, is repeated, is resolved.
#[test]
fn recorded_posts_fire_once_and_are_resolved() {
    let Some(data) = recorded::folder() else { return };
    let lines = recorded::bytes(&data, "lab/prom/am_webhook_payloads.jsonl");
    let posts = String::from_utf8(lines).unwrap();
    let bodies: Vec<Value> = posts.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["body"].clone()).collect();
    let port = free();
    let spec = specs(&format!("[[webhook]]\nid = \"in\"\nlisten = \"127.0.0.1:{port}\"\n")).unwrap().remove(0);
    assert_eq!((spec.family, spec.url.clone()), (Family::Alertmanager, format!("http://127.0.0.1:{port}/alerts")));
    let (runtime, at) = (runtime(), SocketAddr::from(([127, 0, 0, 1], port)));
    let mut source = Source::new(spec, Arc::clone(&Http::new()));
    let mut round = |n: i64| runtime.block_on(source.round(&Second(n))).unwrap();
    let nothing = round(0);
    assert_eq!((nothing.alerts, nothing.readings.len()), (None, 0), "nothing was posted yet: that is not 0");
    assert_eq!(post(at, "/alerts", "", &bodies[0].to_string()), (200, "taken\n".to_owned()));
    let answer = round(2);
    let firing = answer.alerts.unwrap();
    assert_eq!((firing.len(), firing[0].name.as_str(), firing[0].severity.as_str()), (1, "TargetDown", "critical"));
    assert_eq!(firing[0].fingerprint, "c3bbbbb630a83eee");
    post(at, "/alerts", "", &bodies[0].to_string());
    assert_eq!(round(4).alerts.unwrap(), firing, "repeated is not another one");
    let resolved = bodies.iter().find(|b| b["status"] == "resolved").unwrap();
    post(at, "/alerts", "", &resolved.to_string());
    let answer = round(6);
    assert_eq!(answer.alerts, Some(Vec::new()));
    assert!(answer.facts.iter().any(|f| f.topic == "resolved" && f.text.contains("TargetDown")), "{:?}", answer.facts);
    let (status, words) = post(at, "/alerts", "", r#"{"version":"3","alerts":[]}"#);
    assert!(status == 400 && words.contains("version is not 4"), "{status} {words}");
    post(at, "/alerts", "", &bodies[0].to_string());
    assert_eq!(round(8).alerts.unwrap().len(), 1);
    let later = round(8 + 13 * 3_600);
    assert_eq!(later.alerts, Some(Vec::new()));
    assert!(later.facts.iter().any(|f| f.text.contains("1 forgotten: neither repeated nor resolved")));
}

const FIRES: &str = r#"{"version":"4","alerts":[{"status":"firing","startsAt":"2026-11-21T09:57:20Z","fingerprint":"f1","labels":{"alertname":"Down"}}]}"#;

/// A saved configuration and a new process make the source anew: what fires still fires, and its end is told by whoever
/// judges.
#[test]
fn what_fires_is_kept_over_a_new_watch_and_a_new_process() {
    let folder = tempfile::tempdir().unwrap();
    let port = free();
    let text = format!("[[webhook]]\nid = \"in\"\nlisten = \"127.0.0.1:{port}\"\n");
    let spec = specs(&text).unwrap().remove(0).kept_in(folder.path(), true);
    let (runtime, at) = (runtime(), SocketAddr::from(([127, 0, 0, 1], port)));
    let start = |judge: &mut Judge| {
        judge.set_specs(std::slice::from_ref(&spec));
        wait_for("the port is free again", Duration::from_secs(10), || TcpListener::bind(at).ok());
        Source::new(spec.clone(), Arc::clone(&Http::new()))
    };
    let round = |source: &mut Source, judge: &mut Judge, second: i64| {
        let outcome = runtime.block_on(source.round(&Second(second)));
        let events = judge.observe(&Observation { node: "in".into(), at: At::from_secs(second), outcome });
        events.iter().map(|e| e.kind().to_owned()).filter(|k| k.starts_with("alert.")).collect::<Vec<_>>()
    };
    let mut judge = Judge::new(std::slice::from_ref(&spec), Limits::default());
    let mut source = start(&mut judge);
    assert!(round(&mut source, &mut judge, 0).is_empty());
    assert_eq!(post(at, "/alerts", "", FIRES).0, 200);
    assert_eq!(round(&mut source, &mut judge, 2), ["alert.fired"]);
    drop(source);
    let mut source = start(&mut judge);
    for second in [4, 6, 8, 10] {
        assert!(round(&mut source, &mut judge, second).is_empty(), "it still fires");
    }
    drop(source);
    let mut judge = Judge::new(std::slice::from_ref(&spec), Limits::default());
    let mut source = start(&mut judge);
    assert_eq!(round(&mut source, &mut judge, 12), ["alert.fired"], "the new process knows of it");
    assert_eq!(post(at, "/alerts", "", &FIRES.replace("\"firing\"", "\"resolved\"")).0, 200);
    let later: Vec<String> = [14, 16, 18].iter().flat_map(|s| round(&mut source, &mut judge, *s)).collect();
    assert_eq!(later, ["alert.cleared"]);
    drop(source);
    // Another inbox of the name, and a file that is none.
    let file = folder.path().join("posted/in.json");
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.starts_with("{\"v\":1,"), "{kept}");
    std::fs::write(&file, "{").unwrap();
    let mut source = start(&mut judge);
    let answer = runtime.block_on(source.round(&Second(20))).unwrap();
    assert_eq!(answer.alerts, None);
    assert!(answer.facts.iter().any(|f| f.topic == "not kept" && f.text.contains("is not known")), "{answer:?}");
}

#[test]
fn a_taken_port_is_said() {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = held.local_addr().unwrap();
    let spec = specs(&format!("[[webhook]]\nid = \"in\"\nlisten = \"{listen}\"\n")).unwrap().remove(0);
    let mut source = Source::new(spec, Arc::clone(&Http::new()));
    let failure = runtime().block_on(source.round(&Second(0))).unwrap_err().to_string();
    assert!(failure.contains("cannot be listened at") && failure.contains("another warroom"), "{failure}");
}

#[test]
fn any_json_is_a_post_or_refused() {
    for body in [
        "",
        "[]",
        "{}",
        "null",
        r#"{"version":"4"}"#,
        r#"{"version":"4","alerts":[{"status":"odd","startsAt":"2026-11-21T09:57:20Z"}]}"#,
    ] {
        assert!(alertmanager::webhook(body.as_bytes()).is_err(), "{body}");
    }
    let unnamed = r#"{"version":"4","truncatedAlerts":7,"alerts":[{"status":"firing","startsAt":"2026-11-21T09:57:20Z","labels":{"a":"b"}}]}"#;
    let told = alertmanager::webhook(unnamed.as_bytes()).unwrap();
    assert_eq!((told.firing[0].fingerprint.as_str(), told.untold), ("a=b;", 7));
}

/// By two ways: one event when it fires, one when the last way no longer has it.
#[test]
fn an_alert_that_comes_by_two_ways_is_told_once() {
    let spec = |id: &str| NodeSpec::new(id, Family::Alertmanager, "http://127.0.0.1:1", "devnet");
    let mut judge = Judge::new(&[spec("pulled"), spec("posted")], Limits::default());
    let alert = Alert {
        fingerprint: "f".into(),
        name: "Down".into(),
        summary: String::new(),
        severity: String::new(),
        since: At::from_secs(1),
        quiet: None,
    };
    let mut see = |node: &str, second: i64, fires: bool| {
        let alerts = Some(if fires { vec![alert.clone()] } else { Vec::new() });
        let outcome = Ok(Answer { alerts, ..Answer::default() });
        let events = judge.observe(&Observation { node: node.into(), at: At::from_secs(second), outcome });
        let of = |kind: &str| events.iter().filter(|e| e.kind() == kind).count();
        (of("alert.fired"), of("alert.cleared"))
    };
    assert_eq!(see("pulled", 2, true), (1, 0));
    assert_eq!(see("posted", 2, true), (0, 0));
    assert_eq!(see("pulled", 4, false), (0, 0));
    assert_eq!(see("pulled", 6, false), (0, 0), "the other way still has it");
    assert_eq!(see("posted", 6, false), (0, 0));
    assert_eq!(see("posted", 8, false), (0, 1));
}

#[test]
fn live_alertmanager_posts_what_fires_and_what_is_over() {
    if !wanted("live_alertmanager_posts_what_fires_and_what_is_over") {
        return;
    }
    let set = Component::start("prometheus");
    let hook = set.get("ALERTMANAGER_POSTS_TO").to_owned();
    let listen = hook.trim_start_matches("http://").trim_end_matches("/alerts").to_owned();
    let home = Warroom::new();
    home.write(
        "config.toml",
        &format!("network = \"live\"\ndiscover = false\n[[webhook]]\nid = \"posted\"\nlisten = \"{listen}\"\n"),
    );
    let mut watch = Watch::start(&home);
    let limit = Duration::from_secs(90);
    let line = watch.wait_for("the alert is posted", limit, |l| why(l, "posted").contains("TargetDown"));
    assert!(matches!(state(&line, "posted"), "warn" | "bad"), "{line}");
    // Somebody answers where nobody did: the alert is over.
    let port: u16 = set.get("SILENT_PORT").parse().unwrap();
    let target = TcpListener::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || {
        for mut stream in target.incoming().flatten() {
            let mut buffer = [0; 1024];
            let _ = stream.read(&mut buffer);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nup 1\n");
        }
    });
    watch.wait_for("it is over", limit, |l| state(l, "posted") == "ok");
}

//! What entries say.

use rstest::rstest;
use serde_json::value::RawValue;
use warroom::domain::event::Event;

#[rstest]
#[case("incident.declared", r#"{"title":"finality stall","severity":2}"#, "declared SEV-2 \"finality stall\"")]
#[case("role.assigned", r#"{"role":"scribe","to":"dora"}"#, "scribe: dora")]
#[case(
    "role.handed-over",
    r#"{"role":"deputy","from":"a","to":"b","state":"accepted"}"#,
    "deputy: b (acknowledged, from a)"
)]
#[case("status.changed", r#"{"to":"mitigated","reason":"finality moves"}"#, "status now mitigated (finality moves)")]
#[case(
    "fact.recorded",
    r#"{"text":"replay bug in 5.3.0","evidence":"release note"}"#,
    "fact: replay bug in 5.3.0 (release note)"
)]
#[case("decision.made", r#"{"question":"restart?","outcome":"no"}"#, "decision: restart? no")]
#[case(
    "task.given",
    r#"{"to":"carol","text":"call northstake","minutes":10}"#,
    "task for carol, 10 min: call northstake"
)]
#[case("alert.cleared", r#"{"fingerprint":"x","name":"Stall"}"#, "alert Stall cleared")]
#[case("later.kind", r#"{"a":1}"#, "later.kind (a kind this version does not know): {\"a\":1}")]
fn sentence(#[case] kind: &str, #[case] data: &str, #[case] said: &str) {
    let raw = RawValue::from_string(data.to_owned()).unwrap();
    assert_eq!(Event::read(kind, &raw).sentence(), said);
}

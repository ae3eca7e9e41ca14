//! Status documents: which are believed, and the one reason why another is not. Signatures are ssh-keygen's.

use std::path::Path;

use proptest::prelude::*;
use rstest::rstest;
use warroom::config::parse_roster;
use warroom::domain::event::NodeState;
use warroom::domain::event::Scope;
use warroom::domain::roster::Roster;
use warroom::domain::time::At;
use warroom::domain::time::Span;
use warroom::keys::namespace::PEER as NAMESPACE;
use warroom::peers::Expected;
use warroom::peers::Memory;
use warroom::peers::PeerFault;
use warroom::peers::PeerSet;
use warroom::peers::Receipt;
use warroom::peers::check;
use warroom::peers::model::PeerReport;
use warroom::peers::model::Trust;

use crate::support::signer::Signer;

const STATUS: &str = r#"{"v":1,"operator":"north","at":"2026-11-21T03:00:00Z","seq":7,"valid_s":60,"network":"devnet","scope":"network","nodes":[{"id":"n1","client":"prysm","version":"5.3.0","height":1318457,"finalized":41100,"state":"bad"},{"id":"n2","state":"ok"}],"says":"we look into it"}"#;

fn now() -> At {
    At::parse("2026-11-21T03:00:10Z").unwrap()
}

fn roster(keys: &[String]) -> Roster {
    let keys: Vec<String> = keys.iter().map(|k| format!("\"{k}\"")).collect();
    let text =
        format!("[[operator]]\nname = \"north\"\nstake = 112\nvia = \"provider-x\"\nkeys = [{}]\n", keys.join(","));
    parse_roster(Path::new("roster.toml"), &text).unwrap()
}

fn envelope(status: &str, sig: Option<&str>) -> String {
    match sig {
        Some(sig) => format!("{{\"status\": {status} , \"sig\": \"{sig}\"}}\n"),
        None => format!("{{\"status\":{status}}}"),
    }
}

fn judged(roster: &Roster, memory: &mut Memory, bytes: &str, at: At) -> Result<PeerReport, PeerFault> {
    let networks = ["devnet".to_owned()];
    let receipt = Receipt { origin: "peers/north.json", named: None, at, bytes: bytes.as_bytes() };
    check(Expected { roster, networks: &networks }, memory, receipt)
}

fn once(roster: &Roster, bytes: &str) -> PeerReport {
    judged(roster, &mut Memory::default(), bytes, now()).unwrap()
}

#[test]
fn signed_by_the_roster_s_key_it_is_verified_and_carries_the_roster_s_stake() {
    let key = Signer::new();
    let report = once(&roster(&[key.public()]), &envelope(STATUS, Some(&key.sign(NAMESPACE, STATUS))));
    assert_eq!((report.trust, report.why.as_str()), (Trust::Verified, ""));
    assert_eq!(report.stake, Some(112));
    let view = report.view();
    assert!(view.trusted);
    assert_eq!((view.height, view.finalized), (Some(1_318_457), Some(41_100)));
    assert_eq!((view.state, view.scope), (Some(NodeState::Bad), Some(Scope::Network)));
    assert_eq!(view.via.as_deref(), Some("provider-x"));
    assert_eq!(report.summary(), "prysm 5.3.0 · bad · scope network · we look into it");
}

#[test]
fn the_signature_is_over_the_raw_bytes_not_over_the_meaning() {
    let key = Signer::new();
    let sig = key.sign(NAMESPACE, STATUS);
    let same_meaning = STATUS.replace("\"seq\":7", "\"seq\": 7");
    let report = once(&roster(&[key.public()]), &envelope(&same_meaning, Some(&sig)));
    assert_eq!(report.trust, Trust::BadSignature);
    assert!(report.why.contains("changed after signing"), "{}", report.why);
}

#[test]
fn unsigned_is_shown_so_and_not_counted() {
    let report = once(&roster(&[Signer::new().public()]), &envelope(STATUS, None));
    assert_eq!(report.trust, Trust::Unsigned);
    assert!(!report.view().trusted);
}

#[test]
fn another_s_key_another_purpose_and_no_signature_at_all_are_bad_signatures() {
    let (key, other) = (Signer::new(), Signer::new());
    let roster = roster(&[key.public()]);
    let cases = [
        (other.sign(NAMESPACE, STATUS), "does not give to this operator"),
        (key.sign("warroom-log@v1", STATUS), "signed for `warroom-log@v1`"),
        ("bm90IGEgc2lnbmF0dXJl".to_owned(), "cannot be read"),
        ("%%%".to_owned(), "cannot be read"),
    ];
    for (sig, why) in cases {
        let report = once(&roster, &envelope(STATUS, Some(&sig)));
        assert_eq!(report.trust, Trust::BadSignature);
        assert!(report.why.contains(why), "{}", report.why);
    }
}

#[rstest]
#[case("rsa")]
#[case("ecdsa")]
fn keys_of_other_kinds_are_verified_too(#[case] kind: &str) {
    let key = Signer::of_kind(kind);
    let report = once(&roster(&[key.public()]), &envelope(STATUS, Some(&key.sign(NAMESPACE, STATUS))));
    assert_eq!(report.trust, Trust::Verified, "{}", report.why);
}

#[rstest]
#[case("\"operator\":\"north\"", "\"operator\":\"south\"", Trust::UnknownOperator, "no operator `south`")]
#[case(
    "\"network\":\"devnet\"",
    "\"network\":\"mainnet\"",
    Trust::WrongNetwork,
    "about `mainnet`; here it is `devnet`"
)]
#[case("T03:00:00Z", "T02:50:00Z", Trust::Stale, "10 min old; it held for 1 min")]
#[case("T03:00:00Z", "T03:30:00Z", Trust::Stale, "clock is 29 min ahead of ours")]
fn each_reason_has_its_name(#[case] from: &str, #[case] to: &str, #[case] trust: Trust, #[case] why: &str) {
    let key = Signer::new();
    let status = STATUS.replace(from, to);
    let report = once(&roster(&[key.public()]), &envelope(&status, Some(&key.sign(NAMESPACE, &status))));
    assert_eq!(report.trust, trust);
    assert!(report.why.contains(why), "{}", report.why);
}

#[test]
fn a_drill_is_shown_as_a_drill_and_needs_the_drill_s_namespace() {
    let key = Signer::new();
    let roster = roster(&[key.public()]);
    let status = STATUS.replace("\"seq\":7", "\"seq\":7,\"drill\":true");
    let report = once(&roster, &envelope(&status, Some(&key.sign("warroom-drill@v1", &status))));
    assert_eq!(report.trust, Trust::Drill);
    let report = once(&roster, &envelope(&status, Some(&key.sign(NAMESPACE, &status))));
    assert_eq!(report.trust, Trust::BadSignature);
}

#[test]
fn going_back_in_number_or_time_is_replayed_and_the_same_again_is_not() {
    let key = Signer::new();
    let roster = roster(&[key.public()]);
    let signed = |status: &str| envelope(status, Some(&key.sign(NAMESPACE, status)));
    let mut memory = Memory::default();
    let mut trust = |bytes: &str| judged(&roster, &mut memory, bytes, now()).unwrap().trust;
    assert_eq!(trust(&signed(STATUS)), Trust::Verified);
    assert_eq!(trust(&signed(STATUS)), Trust::Verified);
    assert_eq!(trust(&signed(&STATUS.replace("\"seq\":7", "\"seq\":6"))), Trust::Replayed);
    assert_eq!(
        trust(&signed(&STATUS.replace("03:00:00Z", "02:59:59Z").replace("\"seq\":7", "\"seq\":8"))),
        Trust::Replayed
    );
    assert_eq!(trust(&signed(&STATUS.replace("look into it", "sleep"))), Trust::Replayed);
    assert_eq!(trust(&signed(&STATUS.replace("\"seq\":7", "\"seq\":8"))), Trust::Verified);
}

#[rstest]
#[case("{", "is no status document")]
#[case("<html>", "is a web page")]
#[case("{\"status\":{\"v\":1}}", "missing field `operator`")]
#[case(
    "{\"status\":{\"v\":9,\"operator\":\"n\",\"at\":\"2026-11-21T03:00:00Z\",\"seq\":1,\"valid_s\":1,\"network\":\"d\"}}",
    "version 9"
)]
#[case("{\"status\":{\"v\":1,\"v\":1}}", "duplicate field")]
fn what_is_no_document_is_a_fault_with_its_reason(#[case] bytes: &str, #[case] says: &str) {
    let fault = judged(&Roster::default(), &mut Memory::default(), bytes, now()).unwrap_err();
    assert!(fault.to_string().starts_with("peers/north.json: ") && fault.says.contains(says), "{fault}");
}

#[test]
fn words_of_a_later_version_are_left_out_and_the_rest_is_read() {
    let status =
        STATUS.replace("\"state\":\"bad\"", "\"state\":\"dazed\"").replace("\"network\",\"nodes\"", "\"x\",\"nodes\"");
    let view = once(&roster(&[]), &envelope(&status, None)).view();
    assert_eq!((view.state, view.scope, view.height), (Some(NodeState::Ok), None, Some(1_318_457)));
}

#[test]
fn limits_hold() {
    let roster = roster(&[]);
    let long = STATUS.replace("we look into it", &"x".repeat(257));
    assert!(
        judged(&roster, &mut Memory::default(), &envelope(&long, None), now())
            .unwrap_err()
            .says
            .contains("longer than 256")
    );
    let many = format!("[{}]", vec!["{\"id\":\"n\"}"; 257].join(","));
    let many = STATUS.replace("\"says\"", &format!("\"ready\":{{}},\"x\":{many},\"says\""));
    assert_eq!(once(&roster, &envelope(&many, None)).trust, Trust::Unsigned, "unknown fields are left alone");
    let big = envelope(&STATUS.replace("\"says\"", &format!("\"pad\":\"{}\",\"says\"", "x".repeat(65_536))), None);
    let operator = "north".into();
    let networks = ["devnet".to_owned()];
    let receipt = Receipt { origin: "o", named: Some(&operator), at: now(), bytes: big.as_bytes() };
    let report = check(Expected { roster: &roster, networks: &networks }, &mut Memory::default(), receipt).unwrap();
    assert_eq!((report.trust, report.document), (Trust::Oversized, None));
}

#[test]
fn what_was_verified_grows_stale_by_itself_and_only_changes_are_news() {
    let key = Signer::new();
    let roster = roster(&[key.public()]);
    let report = once(&roster, &envelope(STATUS, Some(&key.sign(NAMESPACE, STATUS))));
    let (empty, mut set) = (PeerSet::default(), PeerSet::default());
    set.take([report.clone()]);
    assert_eq!(set.news(&empty).len(), 1);
    let before = set.clone();
    let higher = STATUS.replace("1318457", "1318458").replace("\"seq\":7", "\"seq\":8");
    set.take([once(&roster, &envelope(&higher, Some(&key.sign(NAMESPACE, &higher))))]);
    assert!(set.news(&before).is_empty(), "a height that moves is no news");
    set.age(now().plus(Span::from_secs(120)));
    assert_eq!(set.news(&before)[0].trust, "stale");
}

#[test]
fn an_unsigned_document_elsewhere_never_hides_a_verified_one() {
    let key = Signer::new();
    let roster = roster(&[key.public()]);
    let good = once(&roster, &envelope(STATUS, Some(&key.sign(NAMESPACE, STATUS))));
    let mut other = once(&roster, &envelope(&STATUS.replace("\"seq\":7", "\"seq\":9"), None));
    other.origin = "elsewhere".to_owned();
    let mut set = PeerSet::default();
    set.take([good, other]);
    assert_eq!(set.iter().next().unwrap().trust, Trust::Verified);
}

proptest! {
    /// No bytes make the reader fail in any way but by saying so; nothing unsigned is ever trusted.
    #[test]
    fn any_bytes_are_answered(text in "\\PC{0,200}", cut in 0usize..400) {
        let roster = roster(&[]);
        let whole = envelope(&STATUS.replace("we look", &text.replace(['"', '\\'], "")), Some("AAAA"));
        let cut: String = whole.chars().take(cut).collect();
        for bytes in [text.as_str(), &whole, &cut] {
            if let Ok(report) = judged(&roster, &mut Memory::default(), bytes, now()) {
                prop_assert!(report.trust != Trust::Verified);
            }
        }
    }
}

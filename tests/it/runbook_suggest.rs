//! Which runbook is suggested for what, why, and which never; and that every shipped one can be.

use std::collections::{BTreeMap, BTreeSet};

use rstest::rstest;
use warroom::domain::event::Scope;
use warroom::domain::observation::Family;
use warroom::domain::signal::SignalId;
use warroom::domain::time::At;
use warroom::domain::verdict::Plight;
use warroom::runbook::lint::lint;
use warroom::runbook::model::{Origin, Runbook};
use warroom::runbook::parse::parse;
use warroom::runbook::shelf::Shelf;
use warroom::runbook::suggest::{Ours, Situation, Symptom, suggest};
use warroom::runbook::trigger::{Cause, Trigger};

fn book(id: &str, front: &str) -> Runbook {
    let text = format!(
        "---\nwarroom: 1\nid: {id}\ntitle: Title of {id}\nrevision: 1\n{front}---\n## Look {{#look kind=note}}\nwhy\n"
    );
    parse(text.as_bytes(), id, Origin::File(id.into())).unwrap()
}

fn ours(id: &str, family: Family, version: Option<&str>) -> Ours {
    Ours { id: id.into(), family, network: "devnet".into(), version: version.map(str::to_owned) }
}

fn of(node: &str, cause: Cause) -> Symptom {
    Symptom { cause, node: Some(node.into()), says: format!("{node} is ill") }
}

fn alert(name: &str) -> Symptom {
    Symptom { cause: Cause::Alert(name.into()), node: None, says: format!("alert {name}") }
}

fn ids(books: &[Runbook], now: &Situation) -> Vec<String> {
    suggest(books, now).iter().map(|s| s.id.to_string()).collect()
}

fn beacon(symptoms: Vec<Symptom>) -> Situation {
    let ours = vec![
        ours("val-1", Family::EthereumBeacon, Some("Lodestar/v1.5.1")),
        ours("el-1", Family::EthereumExecution, Some("Geth/v1.15.0")),
    ];
    Situation { ours, symptoms, ..Situation::default() }
}

/// The shipped book that fits best, for what each of the twelve is about.
#[rstest]
#[case(Family::Cometbft, Cause::Signal(SignalId::ROUND), "chain-halt")]
#[case(Family::Cometbft, Cause::Scope(Scope::Network), "chain-halt")]
#[case(Family::Cometbft, Cause::Scope(Scope::Fork), "bad-upgrade")]
#[case(Family::EthereumBeacon, Cause::Signal(SignalId::FINALITY_LAG), "finality-loss")]
#[case(Family::EthereumBeacon, Cause::Scope(Scope::Local), "single-node-fault")]
#[case(Family::EthereumBeacon, Cause::Reachability, "single-node-fault")]
#[case(Family::EthereumBeacon, Cause::Scope(Scope::Fork), "wrong-fork")]
#[case(Family::EthereumExecution, Cause::Plight(Plight::Stuck), "execution-stuck")]
#[case(Family::EthereumExecution, Cause::Plight(Plight::Forked), "wrong-fork")]
#[case(Family::EthereumExecution, Cause::Signal(SignalId::TXPOOL_PENDING), "mempool-flood")]
#[case(Family::Substrate, Cause::Signal(SignalId::FINALITY_LAG), "substrate-stall")]
#[case(Family::Solana, Cause::Signal(SignalId::HEAD_AGE), "solana-restart")]
#[case(Family::Contract, Cause::Signal(SignalId::CONTRACT_VALUE), "contract-exploit")]
#[case(Family::Host, Cause::Alert("HostFailing".into()), "validator-migration")]
#[case(Family::Host, Cause::Alert("KeyCompromise".into()), "key-compromise")]
fn the_shipped_book_for_each_trouble(#[case] family: Family, #[case] cause: Cause, #[case] best: &str) {
    let node = (!matches!(cause, Cause::Alert(_))).then(|| "n".into());
    let symptom = Symptom { cause, node, says: "it is so".into() };
    let now = Situation { ours: vec![ours("n", family, None)], symptoms: vec![symptom], ..Situation::default() };
    assert_eq!(ids(Shelf::shipped().books(), &now), [best]);
    assert_eq!(suggest(Shelf::shipped().books(), &now)[0].why, ["it is so"]);
}

#[test]
fn every_trigger_of_every_shipped_book_can_be_read() {
    for b in Shelf::shipped().books() {
        for text in &b.triggers {
            assert!(Trigger::parse(text).is_ok(), "{}: {text}", b.id);
        }
    }
}

#[test]
fn a_qualifier_asks_whose_trouble_it_is() {
    let family = book("family", "triggers: [ethereum-beacon/chain.head_age_s]\n");
    let client = book("client", "triggers: [geth/chain.head_age_s]\n");
    let any = book("plain", "triggers: [chain.head_age_s]\n");
    let books = [any, client, family];
    let head = |node| beacon(vec![of(node, Cause::Signal(SignalId::HEAD_AGE))]);
    assert_eq!(ids(&books, &head("val-1")), ["family", "plain"]);
    assert_eq!(ids(&books, &head("el-1")), ["client", "plain"]);
    assert_eq!(ids(&books, &head("node of the log")), ["plain"]);
}

#[test]
fn never_one_for_another_client_or_network() {
    let books = [
        book("for-geth", "client: geth\ntriggers: [chain.head_age_s]\n"),
        book("for-reth", "client: [reth, besu]\ntriggers: [chain.head_age_s, alert:Down]\n"),
        book("main", "network: mainnet\ntriggers: [chain.head_age_s, alert:Down]\n"),
        book("mine", "network: [devnet, mainnet]\nclient: any\ntriggers: [chain.head_age_s]\n"),
    ];
    let now = beacon(vec![of("el-1", Cause::Signal(SignalId::HEAD_AGE)), alert("Down")]);
    assert_eq!(ids(&books, &now), ["for-geth", "mine"]);
    // A node that does not tell what it is, is nobody's client.
    let silent = Situation { ours: vec![ours("el-1", Family::EthereumExecution, None)], ..now };
    assert_eq!(ids(&books, &silent), ["mine"]);
}

#[test]
fn the_order_is_always_the_same_and_says_why() {
    let books = [
        book("b-mild", "severity: 4\ntriggers: [chain.head_age_s]\n"),
        book("a-mild", "severity: 4\ntriggers: [chain.head_age_s]\n"),
        book("severe", "severity: 1\ntriggers: [chain.head_age_s]\n"),
        book("where", "severity: 5\ntriggers: [scope.network]\n"),
        book("both", "severity: 5\ntriggers: [scope.network, chain.head_age_s]\n"),
        book("nothing", "triggers: [net.peers]\n"),
    ];
    let mut now = beacon(vec![
        of("val-1", Cause::Signal(SignalId::HEAD_AGE)),
        Symptom { says: "NETWORK: all stand still".into(), ..of("val-1", Cause::Scope(Scope::Network)) },
    ]);
    let order = ["both", "where", "severe", "a-mild", "b-mild"];
    assert_eq!(ids(&books, &now), order);
    let mut turned = books.to_vec();
    turned.reverse();
    assert_eq!(ids(&turned, &now), order, "the order of the shelf is no reason");
    assert_eq!(suggest(&books, &now)[0].why, ["NETWORK: all stand still", "val-1 is ill"], "the weightiest first");
    now.running = BTreeSet::from(["both".into()]);
    now.done = BTreeMap::from([("where".into(), At::from_secs(60))]);
    assert_eq!(
        ids(&books, &now),
        ["severe", "a-mild", "b-mild", "where"],
        "what runs is not suggested, what ran comes last"
    );
}

#[test]
fn lint_names_what_was_meant() {
    let b = book(
        "odd",
        "owner: me\nreviewed: 2026-11-21\ntriggers: [chain.finalty_lag, etherum-beacon/net.peers, NodeDown]\n",
    );
    let found: Vec<String> = lint(&b).iter().map(|f| f.in_file("odd.md")).collect();
    let wanted = [
        "odd.md:8: error: the trigger's `chain.finalty_lag` is no signal, scope or state: it never suggests this runbook; did you mean `chain.finality_lag`?",
        "odd.md:8: error: the trigger's `etherum-beacon` is no family and no client: it never suggests this runbook; did you mean `ethereum-beacon`?",
        "odd.md:8: error: the trigger's `NodeDown` is no signal, scope or state: it never suggests this runbook; an alert's name is written alert:NAME",
    ];
    assert_eq!(found, wanted);
}

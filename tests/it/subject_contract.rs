//! Contracts are watched by their blocks: calls by selector, failed ones by receipt, events by topic, a value; and who fills
//! the blocks of a chain.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};
use warroom::config::parse_config;
use warroom::domain::observation::Family;
use warroom::domain::signal::SignalId;
use warroom::domain::subject::{ContractValue, Subject};
use warroom::domain::time::{At, Clock};
use warroom::domain::watch::{Auth, NodeSpec};
use warroom::telemetry::contract::{self, selector, topic};
use warroom::telemetry::eth_execution::{self, Crowd, Receipt, TxPool};
use warroom::telemetry::rpc::{self, Outcome};
use warroom::telemetry::{Http, Source};

use crate::support::faulty::{Faulty, Mode};
use crate::support::live::{Component, wanted};
use crate::support::recorded;
use crate::support::warroom::Warroom;
use crate::support::watch::{Watch, signal, state, why};

struct Second(i64);

impl Clock for Second {
    fn now(&self) -> At {
        At::from_secs(self.0)
    }
}

const NODE: &str = "[[node]]\nid = \"el\"\nfamily = \"ethereum-execution\"\nurl = \"http://u:p@127.0.0.1:8545\"\n";
const ADDRESS: &str = "0x5FbDB2315678afecb367f032d93F642f64180aa3";

fn specs(more: &str) -> Result<Vec<NodeSpec>, String> {
    let text = format!("{NODE}[[contract]]\nid = \"c\"\nnode = \"el\"\naddress = \"{ADDRESS}\"\n{more}");
    let read = parse_config(Path::new("/srv/config.toml"), &text);
    read.map(|c| c.nodes).map_err(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

#[rstest]
#[case("functions = [\"transfer(address to)\"]\n", "9:14: `transfer(address to)` is no signature")]
#[case("functions = [\"f(uint)\"]\n", "`uint` in `f(uint)` is a short form that is not hashed; write `uint256`")]
#[case("functions = [\"f\"]\n", "is no signature")]
#[case("evnets = []\n", "unknown key `evnets` in [[contract]]; did you mean `events`?")]
#[case("value = \"supply(address)\"\n", "`value` must be \"balance\", \"slot 0x0\"")]
#[case("value = \"slot 7\"\n", "a slot is 0x and at most 64 hex digits")]
#[case("decimals = 99\n", "`decimals` must be 0 to 77")]
#[case("failed_warn_pct = 9\nfailed_bad_pct = 1\n", "`failed_bad_pct` must be the largest")]
#[case(
    "[[contract]]\nid = \"d\"\nnode = \"ell\"\naddress = \"0x1\"\n",
    "`ell` is no [[node]] of the family ethereum-execution; did you mean `el`?"
)]
#[case("[[contract]]\nid = \"d\"\nnode = \"el\"\naddress = \"0x1\"\n", "`address` must be 0x and forty hex digits")]
fn mistakes_are_named_with_their_line(#[case] more: &str, #[case] said: &str) {
    let error = specs(more).unwrap_err();
    assert!(error.contains(said), "{error}");
}

#[test]
fn a_contract_is_asked_for_at_its_node() {
    let specs = specs("value = \"slot 0x0\"\nfunctions = [\"a((uint256,bytes)[2])\"]\n").unwrap();
    let spec = &specs[1];
    assert_eq!((spec.family, spec.url.as_str()), (Family::Contract, "http://127.0.0.1:8545"));
    assert!(matches!(spec.auth, Auth::Basic { .. }), "with the node's own credentials");
    let Some(Subject::Contract(contract)) = spec.subject.as_deref() else { panic!("{spec:?}") };
    assert_eq!(contract.address, ADDRESS.to_lowercase());
    assert_eq!(contract.value, Some(ContractValue::Slot("0x0".to_owned())));
    assert!(spec.bounds.iter().any(|b| b.signal == SignalId::CONTRACT_FAILED && b.warn.is_none()));
}

/// The reply in one of the specification's own request-and-reply files.
fn spec_reply(data: &Path, name: &str) -> String {
    let io = recorded::bytes(data, &format!("ethereum+execution-apis/tests/{name}.io"));
    let io = String::from_utf8(io).unwrap();
    let reply = io.lines().find_map(|l| l.strip_prefix("<< ")).unwrap();
    match rpc::read_single(reply.as_bytes()).unwrap() {
        Outcome::Given(text) => text,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn recorded_receipts_and_logs_are_read() {
    let Some(data) = recorded::folder() else { return };
    let receipts =
        eth_execution::receipts(&spec_reply(&data, "eth_getBlockReceipts/get-block-receipts-latest")).unwrap();
    assert!(receipts.len() > 1 && receipts.iter().all(|r| r.gas > 20_000 && !r.failed), "{receipts:?}");
    assert_eq!(receipts[0].to, None, "it made a contract");
    let logs = contract::log_topics(&spec_reply(&data, "eth_getLogs/contract-addr")).unwrap();
    assert!(!logs.is_empty() && logs.iter().all(|t| t.len() == 66), "{logs:?}");
    for client in ["anvil", "hardhat", "ganache", "ethereumjs"] {
        if let Some(text) = recorded::result(&data, &format!("lab/el/{client}/eth_getLogs.json")) {
            assert!(contract::log_topics(&text).is_ok(), "{client}");
        }
    }
    let hashes = recorded::result(&data, "lab/el/anvil/eth_getBlockByNumber_latest.json").unwrap();
    assert!(
        contract::block_calls(&hashes, ADDRESS).is_ok_and(|b| b.calls.is_empty() && b.hash.len() == 66),
        "an empty block has no calls"
    );
}

#[test]
fn words_are_values_and_nothing_is_none() {
    let word = |text: &str, places| contract::word(&format!("\"{text}\""), places).map_err(|e| e.to_string());
    assert_eq!(word(&format!("0x{:064x}", 1_500_000_000_000_000_000_u64), 18), Ok(1.5));
    assert_eq!(word("0x1", 0), Ok(1.0));
    assert_eq!(word(&format!("0x{:064x}{}", 7, "f".repeat(64)), 0), Ok(7.0), "only the first word");
    assert!(word("0x", 0).unwrap_err().contains("is the contract there?"));
    assert!(contract::failed(r#"{"status":"0x0"}"#).unwrap() && !contract::failed(r#"{"status":"0x1"}"#).unwrap());
    assert!(contract::failed(r#"{"root":"0xaa"}"#).is_err(), "from before 2017");
    let removed = r#"[{"topics":["0xaa"],"removed":true},{"topics":[]}]"#;
    assert_eq!(contract::log_topics(removed).unwrap(), [""]);
}

/// A chain as a provider tells it: its head, and for each height the block's hash, its parent's, and one call in each.
fn told(head: u64, blocks: &[(u64, &str, &str)]) -> Mode {
    let mut routes = vec![("eth_blockNumber".to_owned(), result(&json!(format!("0x{head:x}"))))];
    for (height, hash, parent) in blocks {
        let call = json!({"hash": format!("0x{hash}"), "from": "0xf", "to": ADDRESS, "input": "0x"});
        let block = json!({"hash": hash, "parentHash": parent, "transactions": [call]});
        routes.push((format!("\"0x{height:x}\",true"), result(&block)));
    }
    routes.push(("eth_getTransactionReceipt".to_owned(), result(&json!({"status": "0x1"}))));
    routes.push(("eth_getLogs".to_owned(), result(&json!([]))));
    Mode::Routes(routes)
}

fn result(value: &Value) -> String {
    json!({"jsonrpc": "2.0", "id": 1, "result": value}).to_string()
}

/// A head that goes to and fro counts nothing twice; a block that was replaced without the head going down is seen.
#[test]
fn each_block_counts_once_and_one_that_replaced_another_counts_too() {
    let server = Faulty::start(told(10, &[]));
    let mut spec = specs("").unwrap().remove(1);
    spec.url = server.url();
    let mut source = Source::new(spec, Arc::clone(&Http::new()));
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut second = 0;
    let mut calls = |mode: Mode| {
        server.become_mode(mode);
        second += 5;
        let answer = waiting.block_on(source.round(&Second(second))).unwrap();
        answer.readings.iter().find(|r| r.signal == SignalId::CONTRACT_CALLS).and_then(|r| r.value.number())
    };
    let chain = [(10, "a10", "a9"), (11, "a11", "a10"), (12, "a12", "a11")];
    assert_eq!(calls(told(10, &chain)), Some(0.0), "what was before is not counted");
    assert_eq!(calls(told(11, &chain)), Some(1.0));
    assert_eq!(calls(told(12, &chain)), Some(2.0));
    for _ in 0..2 {
        assert_eq!(calls(told(11, &chain)), Some(2.0));
        assert_eq!(calls(told(12, &chain)), Some(2.0), "it was looked through before");
    }
    let other = [(11, "b11", "a10"), (12, "b12", "b11"), (13, "b13", "b12")];
    assert_eq!(calls(told(12, &other)), Some(2.0));
    assert_eq!(calls(told(13, &other)), Some(5.0), "both that were replaced, and the new one");
    // A chain that began anew.
    assert_eq!(calls(told(1, &[])), Some(5.0));
}

fn receipt(from: &str, to: Option<&str>, gas: u64, failed: bool) -> Receipt {
    Receipt { from: from.to_owned(), to: to.map(str::to_owned), gas, failed }
}

#[test]
fn a_flood_names_who_fills_the_blocks() {
    let mut crowd = Crowd::default();
    assert!(!crowd.is_flood(Some(50.0), None) && crowd.facts().is_empty());
    crowd.push(vec![receipt("0xa", Some("0xc"), 60, true), receipt("0xb", None, 20, false)]);
    crowd.push(vec![receipt("0xa", Some("0xc"), 20, false)]);
    let said: Vec<String> = crowd.facts().into_iter().map(|f| format!("{} {}", f.topic, f.text)).collect();
    assert_eq!(said[0], "top sender 0xa: 80 % of the gas of 2 blocks, 2 transactions, 1 failed");
    assert_eq!(said[1], "top sender 0xb: 20 % of the gas of 2 blocks, 1 transactions, 0 failed");
    assert_eq!(said[2], "top receiver 0xc: 80 % of the gas of 2 blocks, 2 transactions, 1 failed");
    assert!(said[3].contains("(new contracts): 20 %"), "{said:?}");
    assert!(crowd.is_flood(Some(95.0), None));
    assert!(!crowd.is_flood(None, Some(TxPool { pending: 199, queued: 0 })));
    assert!(crowd.is_flood(None, Some(TxPool { pending: 200, queued: 0 })));
}

/// A contract written by hand: `tick()` counts in the first word of its storage and tells so by `Ticked()`, `fail()` always
/// fails, anything else returns the count.
fn bytecode() -> String {
    let (tick, fail) = (selector("tick()"), selector("fail()"));
    let jump = |selector: &str, to: &str| format!("8063{}1460{to}57", &selector[2..]);
    let runtime = [
        "60003560e01c",
        &jump(&tick, "25"),
        &jump(&fail, "56"),
        "60005460005260206000f3",
        "5b600054600101600055",
        &format!("7f{}", &topic("Ticked()")[2..]),
        "60006000a100",
        "5b60006000fd",
    ]
    .concat();
    assert_eq!(runtime.len() / 2, 0x5c);
    format!("0x605c600c600039605c6000f3{runtime}")
}

/// One call of the node, apart from the product.
fn ask(url: &str, method: &str, params: &Value) -> Value {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    let args = ["-fs", "-H", "content-type: application/json", "-d", &body, url];
    let asked = std::process::Command::new("curl").args(args).output().unwrap();
    let reply: Value = serde_json::from_slice(&asked.stdout).unwrap_or_else(|e| panic!("{method}: {e}: {asked:?}"));
    assert!(reply["error"].is_null(), "{method}: {reply}");
    reply["result"].clone()
}

#[test]
fn live_contract_is_counted() {
    if !wanted("live_contract_is_counted") {
        return;
    }
    let anvil = Component::start("anvil");
    let url = anvil.get("ANVIL_URL");
    let from = ask(url, "eth_accounts", &json!([]))[0].clone();
    let deploy = ask(url, "eth_sendTransaction", &json!([{"from": from, "data": bytecode(), "gas": "0x100000"}]));
    let limit = Duration::from_secs(60);
    let address = crate::support::live::wait_for("the contract is there", limit, || {
        ask(url, "eth_getTransactionReceipt", &json!([deploy]))["contractAddress"].as_str().map(str::to_owned)
    });
    let home = Warroom::new();
    let config = format!(
        "network = \"live\"\ndiscover = false\n[[node]]\nid = \"el\"\nfamily = \"ethereum-execution\"\nurl = \"{url}\"\n\
         [[contract]]\nid = \"ticker\"\nnode = \"el\"\naddress = \"{address}\"\nfunctions = [\"tick()\", \"fail()\"]\n\
         events = [\"Ticked()\"]\nvalue = \"count()\"\nunit = \"ticks\"\nwarn = 2\nfailed_warn_pct = 10\nfailed_bad_pct = 20\n"
    );
    home.write("config.toml", &config);
    let mut watch = Watch::start(&home);
    let line = watch.wait_for("it is read", limit, |l| state(l, "ticker") == "ok");
    assert_eq!(signal(&line, "ticker", "contract.value"), Some(0.0), "{line}");
    for call in ["tick()", "tick()", "tick()", "fail()"] {
        let data = selector(call);
        ask(url, "eth_sendTransaction", &json!([{"from": from, "to": address, "data": data, "gas": "0x30000"}]));
    }
    let line =
        watch.wait_for("all calls are counted", limit, |l| signal(l, "ticker", "contract.calls_min") == Some(4.0));
    assert_eq!(signal(&line, "ticker", "contract.failed_pct"), Some(25.0), "{line}");
    assert_eq!(signal(&line, "ticker", "contract.events_min"), Some(3.0), "{line}");
    assert_eq!(signal(&line, "ticker", "contract.value"), Some(3.0), "{line}");
    let line = watch.wait_for("it is judged", limit, |l| state(l, "ticker") == "bad");
    assert!(why(&line, "ticker").contains("failed calls 25 %; limit 20 %"), "{line}");
    assert!(why(&line, "ticker").contains("value 3 ticks; limit 2 ticks"), "{line}");
    let seen =
        watch.wait_for("the node tells failed ones too", limit, |l| signal(l, "el", "chain.failed_txs").is_some());
    assert!(signal(&seen, "el", "chain.failed_tx_pct").is_none_or(|p| (0.0..=100.0).contains(&p)));
}

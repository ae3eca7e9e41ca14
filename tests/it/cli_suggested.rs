//! `warroom runbook list --suggested` on the real binary: a node that stands still, and the runbook for it with its reason.

use serde_json::Value;

use crate::support::replies::Replies;
use crate::support::warroom::Warroom;

/// An execution node whose newest block is of 1970.
fn stuck() -> Replies {
    let node = Replies::new(&[]);
    let block = r#"{"number":"0x10","hash":"0xaa","parentHash":"0xbb","timestamp":"0x1","gasUsed":"0x0","gasLimit":"0x1","transactions":[]}"#;
    let replies =
        [("eth_getBlockByNumber", block), ("eth_chainId", "\"0x1\""), ("web3_clientVersion", "\"Geth/v1.15.0\"")];
    for (method, result) in replies {
        node.set(method, &[&format!(r#"{{"jsonrpc":"2.0","id":0,"result":{result}}}"#)]);
    }
    node
}

#[test]
fn what_fits_is_listed_with_its_reason_and_nothing_is_written() {
    let w = Warroom::new();
    let node = stuck();
    let line = format!("[[node]]\nid = \"el-1\"\nfamily = \"ethereum-execution\"\nurl = \"{}\"\n", node.url);
    w.write("config.toml", &format!("network = \"devnet\"\ndiscover = false\n{line}"));
    let said = w.run(&["runbook", "list", "--suggested"]);
    assert_eq!(said.code, 0, "{said:?}");
    let lines: Vec<&str> = said.out.lines().collect();
    assert!(lines[0].starts_with("execution-stuck ") && lines[0].ends_with("Execution node is stuck"), "{said:?}");
    assert!(lines[1].starts_with("  because el-1: ") && lines[1].contains("s since the last block"), "{said:?}");
    let said = w.run(&["runbook", "list", "--suggested", "--json"]);
    let rows: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&rows[0]["id"], &rows[0]["begun"]), (&"execution-stuck".into(), &Value::Null), "{rows:#}");
    assert!(rows[0]["why"][0].as_str().unwrap().starts_with("el-1: "), "{rows:#}");
    assert!(!w.home().join("state/judgement").exists(), "looking writes nothing");
}

#[test]
fn nothing_fails_nothing_is_suggested() {
    let w = Warroom::new();
    w.write("config.toml", "network = \"devnet\"\ndiscover = false\n");
    let said = w.run(&["runbook", "list", "--suggested", "--json"]);
    assert_eq!((said.code, said.out.trim()), (0, "[]"), "{said:?}");
}

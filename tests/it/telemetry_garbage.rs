//! Every parser of node bytes on garbage and on damaged real shapes: an answer or a refusal, never a panic.

use proptest::prelude::*;
use warroom::domain::observation::Family;
use warroom::telemetry::host::writable_disks;
use warroom::telemetry::{alertmanager, eth_beacon, eth_execution, prometheus, rpc};

/// Real shapes, to be damaged.
const SHAPES: &[&str] = &[
    r#"{"data":{"head_slot":"143","sync_distance":"0","is_syncing":false}}"#,
    r#"{"data":{"root":"0xb6","canonical":true,"header":{"message":{"slot":"143","parent_root":"0x0e"}}}}"#,
    r#"{"data":{"previous_justified":{"epoch":"11"},"current_justified":{"epoch":"11"},"finalized":{"epoch":"10"}}}"#,
    r#"{"data":{"SECONDS_PER_SLOT":"12","SLOTS_PER_EPOCH":"32"}}"#,
    r#"[{"jsonrpc":"2.0","id":1,"result":"0x6"},{"id":2,"error":{"code":-32601,"message":"Method not found"}}]"#,
    r#"{"number":"0x10","hash":"0xaa","parentHash":"0x99","timestamp":"0x6b013880","gasUsed":"0x1","gasLimit":"0x2"}"#,
    r#"{"startingBlock":"0x0","currentBlock":"0xa","highestBlock":"0xd"}"#,
    r#"[{"fingerprint":"f","startsAt":"2026-11-21T09:57:20.418Z","labels":{"alertname":"A"},"status":{"state":"active"}}]"#,
    r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1795255047.85,"0"]}]}}"#,
    "# TYPE a histogram\na_bucket{le=\"1\"} 3\nb {x=\"y\\\\\"} +Inf 77\n",
    "/dev/sda1 / ext4 rw,relatime 0 0\n",
];

fn feed(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    drop(eth_beacon::sync_state(bytes));
    drop(eth_beacon::header(bytes));
    drop(eth_beacon::finality(bytes));
    drop(eth_beacon::spec(bytes));
    drop(eth_beacon::peers(bytes));
    drop(eth_beacon::version(bytes));
    drop(eth_beacon::genesis_time(bytes));
    drop(eth_beacon::inclusion_pct(bytes));
    drop(eth_execution::block(&text));
    drop(eth_execution::syncing(&text));
    drop(eth_execution::txpool(&text));
    drop(eth_execution::quantity(&text, "x"));
    drop(eth_execution::text(&text, "x"));
    drop(rpc::read_single(bytes));
    drop(rpc::read_batch(bytes, 3));
    drop(alertmanager::alerts(bytes));
    drop(prometheus::instant(bytes));
    drop(prometheus::page(bytes, Some(Family::EthereumBeacon)));
    drop(writable_disks(&text));
}

proptest! {
    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        feed(&bytes);
    }

    #[test]
    fn damaged_replies_never_panic(shape in 0..SHAPES.len(), cut in 0..400_usize, at in 0..400_usize, byte in any::<u8>(), twice in any::<bool>()) {
        let mut bytes = SHAPES[shape].as_bytes().to_vec();
        let place = at % bytes.len();
        bytes[place] = byte;
        if twice {
            bytes.extend_from_within(..);
        }
        bytes.truncate(cut.max(1));
        feed(&bytes);
    }
}

#[test]
fn the_whole_shapes_are_read() {
    assert!(eth_beacon::sync_state(SHAPES[0].as_bytes()).is_ok());
    assert!(eth_beacon::header(SHAPES[1].as_bytes()).is_ok());
    assert!(eth_beacon::finality(SHAPES[2].as_bytes()).is_ok());
    assert!(eth_beacon::spec(SHAPES[3].as_bytes()).is_ok());
    assert!(rpc::read_batch(SHAPES[4].as_bytes(), 3).is_ok());
    assert!(eth_execution::block(SHAPES[5]).is_ok());
    assert!(eth_execution::syncing(SHAPES[6]).is_ok());
    assert!(alertmanager::alerts(SHAPES[7].as_bytes()).is_ok());
    assert!(prometheus::instant(SHAPES[8].as_bytes()).is_ok());
    assert!(prometheus::page(SHAPES[9].as_bytes(), None).is_ok());
}

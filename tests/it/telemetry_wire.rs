//! Observations as lines: what one console writes, another reads; what is no observation is refused.

use proptest::prelude::*;
use warroom::domain::id::NodeId;
use warroom::domain::observation::{
    Alert, Answer, ChainBlock, ChainTiming, Deadline, Failure, Observation, Reading, Tip, Value,
};
use warroom::domain::signal::SignalId;
use warroom::domain::time::At;
use warroom::telemetry::wire::{LINE_LIMIT, decode, encode};

fn failures() -> impl Strategy<Value = Failure> {
    prop_oneof![
        Just(Failure::Refused),
        any::<u32>().prop_map(|n| Failure::TimedOut { after_ms: n.into() }),
        any::<u32>().prop_map(|n| Failure::TooLarge { limit: n.into() }),
        any::<u16>().prop_map(Failure::Status),
        ".{0,40}".prop_map(Failure::Broken),
        ".{0,40}".prop_map(Failure::NotUsable),
        ".{0,40}".prop_map(Failure::Setup),
    ]
}

fn readings() -> impl Strategy<Value = Vec<Reading>> {
    let signals: Vec<SignalId> = SignalId::all().collect();
    let value = prop_oneof![
        any::<i32>().prop_map(|n| Value::Number(f64::from(n) / 8.0)),
        (0_u64..1 << 53).prop_map(|n| Value::Number(n as f64)),
        ".{0,40}".prop_map(|t: String| Value::Text(t.as_str().into())),
    ];
    let one = (proptest::sample::select(signals), value).prop_map(|(signal, value)| Reading {
        signal,
        value,
        source: "eth_syncing".into(),
    });
    proptest::collection::vec(one, 0..8)
}

fn answers() -> impl Strategy<Value = Answer> {
    let tip = proptest::option::of((any::<u32>(), ".{0,20}"))
        .prop_map(|t| t.map(|(height, hash)| Tip { height: height.into(), hash: hash.as_str().into(), parent: None }));
    let timing = proptest::option::of((
        (1_u32..600).prop_map(|n| f64::from(n) / 8.0),
        proptest::option::of(any::<u32>()),
        any::<bool>(),
    ))
    .prop_map(|t| {
        t.map(|(block_s, slots, from_protocol)| ChainTiming {
            block_s,
            slots_per_epoch: slots.map(u64::from),
            from_protocol,
        })
    });
    let alert = (".{0,20}", ".{0,20}", 0..4_000_000_000_i64, proptest::option::of(".{1,20}")).prop_map(
        |(name, summary, since, quiet)| Alert {
            fingerprint: name.clone(),
            name,
            summary,
            severity: "critical".into(),
            since: At::from_secs(since),
            quiet,
        },
    );
    let alerts = proptest::option::of(proptest::collection::vec(alert, 0..3));
    let block = (any::<u64>(), proptest::option::of("0x[0-9a-f]{8}"));
    let blocks = proptest::collection::vec(
        block.prop_map(|(height, hash)| ChainBlock { height, hash: hash.map(|h| h.as_str().into()) }),
        0..3,
    );
    let chain = proptest::option::of("[a-z0-9-]{1,12}").prop_map(|c| c.map(|c| c.as_str().into()));
    (readings(), tip, chain, blocks, timing, alerts).prop_map(|(readings, tip, chain, blocks, timing, alerts)| Answer {
        deadlines: blocks
            .iter()
            .map(|b: &ChainBlock| Deadline {
                kind: "unbonding time".into(),
                at: At::from_secs(i64::try_from(b.height % 4_000_000_000).unwrap_or(0)),
                what: format!("{:?}", b.hash),
                basis: String::new(),
            })
            .collect(),
        readings,
        tip,
        chain,
        blocks,
        timing,
        alerts,
        votes: None,
        facts: Vec::new(),
    })
}

proptest! {
    #[test]
    fn a_line_comes_back_as_it_was(node in "[a-z0-9-]{1,12}", at in 0..4_000_000_000_000_000_i64, outcome in prop_oneof![answers().prop_map(Ok), failures().prop_map(Err)]) {
        let seen = Observation { node: NodeId::from(node), at: At::from_micros(at), outcome };
        let line = encode(&seen).unwrap();
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(decode(&line).unwrap(), seen);
    }

    #[test]
    fn garbage_is_refused_and_nothing_panics(text in ".{0,200}") {
        prop_assert!(decode(&text).is_err());
    }
}

#[test]
fn an_unknown_signal_is_left_out_and_a_long_line_refused() {
    let line = r#"{"node":"a","at_us":5,"readings":[["chain.tomorrow",1.0,"x"],["chain.height",7.0,"y"]]}"#;
    let seen = decode(line).unwrap();
    assert_eq!(seen.outcome.unwrap().readings.len(), 1);
    let long = format!("{{\"node\":\"{}\"}}", "a".repeat(LINE_LIMIT));
    assert!(decode(&long).unwrap_err().to_string().contains("is another program on the socket"));
    let infinite =
        Answer { readings: vec![Reading::number(SignalId::HEIGHT, f64::INFINITY, "x")], ..Answer::default() };
    let line = encode(&Observation { node: "a".into(), at: At::default(), outcome: Ok(infinite) }).unwrap();
    assert_eq!(decode(&line).unwrap().outcome, Ok(Answer::default()));
}

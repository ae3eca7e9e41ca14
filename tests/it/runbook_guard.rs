//! Slashing guards: signers' real formats read or refused with the reason, and judgements that never say yes for want of
//! evidence. The interchange is one that Lodestar exported; the tower is laid out byte by byte and signed here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use proptest::prelude::*;
use ring::signature::{Ed25519KeyPair, KeyPair};
use rstest::rstest;
use serde_json::json;
use warroom::domain::time::At;
use warroom::runbook::guard::{
    Family, High, Place, SigningState, Unit, above, block_span, carried, chain_moves, commits, covers, fresh,
    idle_votes, least_slots, liveness, others_vote, read, unit_off,
};

fn vector(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/guard").join(name)).unwrap()
}

fn comet(height: u64, round: u64, step: u8, bytes: &str) -> Vec<u8> {
    json!({"height": height.to_string(), "round": round, "step": step, "signature": "c2ln", "signbytes": bytes})
        .to_string()
        .into_bytes()
}

fn one(state: &SigningState) -> &High {
    assert_eq!(state.keys.len(), 1);
    state.keys.values().next().unwrap()
}

#[test]
fn a_cometbft_state_is_read_in_both_spellings() {
    let new = read(Family::Cometbft, &comet(20_740_970, 2, 3, "6e08")).unwrap();
    assert_eq!(one(&new).to_string(), "height 20740970 round 2 step 3");
    let old = br#"{"height":"7","round":"1","step":2,"nonce_public":"x"}"#;
    assert_eq!(one(&read(Family::Cometbft, old).unwrap()).to_string(), "height 7 round 1 step 2");
}

#[rstest]
#[case(Family::Cometbft, b"", "is empty")]
#[case(Family::Cometbft, b"{}", "missing field `height`")]
#[case(Family::Cometbft, br#"{"height":"-7","round":0,"step":3}"#, "`height` is not a whole number")]
#[case(Family::Cometbft, br#"{"height":"7","round":0,"step":4}"#, "`step` is not 0 to 3")]
#[case(Family::Cometbft, br#"{"height":"7","round":0,"st"#, "no priv_validator_state")]
#[case(Family::Cometbft, br#"{"height":"7","round":"0","step":2,"block_id":{"hash":"AB"}}"#, "this is tmkms's state")]
#[case(Family::Cometbft, br#"{"height":"7","round":"0","step":1,"block_id":null}"#, "this is tmkms's state")]
#[case(Family::Ethereum, br#"{"metadata":{"interchange_format_version":"4","interchange_format":"minimal","genesis_validators_root":"0x00"},"data":[]}"#, "format `4` is not known")]
#[case(
    Family::Ethereum,
    br#"{"metadata":{"interchange_format_version":"5","genesis_validators_root":"0x00"},"data":[]}"#,
    "64 digits"
)]
#[case(Family::Ethereum, b"<html>", "no EIP-3076 interchange")]
#[case(Family::Solana, b"\x00\x00\x00\x00rest", "tower layout 0 is not known")]
#[case(Family::Solana, b"\x01\x00\x00\x00", "ends in the middle")]
fn what_proves_nothing_is_refused_with_the_reason(#[case] family: Family, #[case] bytes: &[u8], #[case] says: &str) {
    let fault = read(family, bytes).unwrap_err().to_string();
    assert!(fault.contains(says), "{fault}");
    assert!(fault.contains("; "), "how to mend it: {fault}");
}

#[test]
fn a_real_interchange_is_read_and_its_settings_are_no_keys() {
    let state = read(Family::Ethereum, &vector("lodestar-interchange.json")).unwrap();
    assert_eq!(state.keys.len(), 4);
    assert_eq!(state.chain.as_deref(), Some("0x270d43e74ce340de4bca2b1936beca0f4f5408d9e78aec4850920baf659d5b69"));
    let key = "0xa3a32b0f8b4ddb83f1a0a853d81dd725dfe577d4f4c3db8ece52ce2b026eca84815c1a7e8e92a4de3d755733bf7e4a9b";
    assert!(matches!(state.keys[key], High::Ethereum { slot: Some(s), source: Some(19), target: Some(20) } if s > 100));
    assert!(covers(&state, &state).is_proved());
}

fn interchange(key: &str, slot: u64, source: u64, target: u64) -> SigningState {
    let text = json!({
        "metadata": {"interchange_format_version": "5", "genesis_validators_root": format!("0x{}", "ab".repeat(32))},
        "data": [{"pubkey": key, "signed_blocks": [{"slot": slot.to_string()}],
            "signed_attestations": [{"source_epoch": source.to_string(), "target_epoch": target.to_string()}]}]
    });
    read(Family::Ethereum, text.to_string().as_bytes()).unwrap()
}

fn key(byte: u8) -> String {
    format!("0x{}", format!("{byte:02X}").repeat(48))
}

#[rstest]
#[case((10, 3, 4), (10, 3, 4), true)]
#[case((11, 3, 4), (10, 3, 4), true)]
#[case((9, 3, 4), (10, 3, 4), false)]
#[case((10, 2, 4), (10, 3, 4), false)]
#[case((10, 3, 3), (10, 3, 4), false)]
fn an_interchange_covers_only_what_it_knows_to_the_last_kind(
    #[case] new: (u64, u64, u64),
    #[case] old: (u64, u64, u64),
    #[case] holds: bool,
) {
    let state = |(slot, source, target)| interchange(&key(1), slot, source, target);
    assert_eq!(covers(&state(new), &state(old)).is_proved(), holds);
    // A key that the new file has never heard of is no key that has signed nothing.
    let proof = covers(&interchange(&key(2), 99, 98, 99), &state(old));
    assert!(!proof.is_proved() && proof.says()[0].contains("is missing"), "{:?}", proof.says());
}

#[test]
fn files_of_two_chains_are_never_compared() {
    let ours = interchange(&key(1), 5, 1, 2);
    let other = SigningState { chain: Some(format!("0x{}", "cd".repeat(32))), ..ours.clone() };
    let proof = covers(&ours, &other);
    assert!(!proof.is_proved() && proof.says()[0].contains("different chains"), "{:?}", proof.says());
}

#[rstest]
#[case(comet(10, 0, 3, "AA"), comet(10, 0, 3, "aa"), true, "equal, height 10 round 0 step 3")]
#[case(comet(11, 0, 1, ""), comet(10, 4, 3, "aa"), true, "at or beyond height 10 round 4 step 3")]
#[case(comet(10, 0, 2, ""), comet(10, 0, 3, "aa"), false, "is OLDER than height 10 round 0 step 3")]
#[case(comet(0, 0, 0, ""), comet(10, 0, 3, "aa"), false, "is OLDER")]
#[case(comet(10, 0, 3, "bb"), comet(10, 0, 3, "aa"), false, "a double sign")]
fn a_cometbft_state_covers_in_order_of_height_round_step(
    #[case] new: Vec<u8>,
    #[case] old: Vec<u8>,
    #[case] holds: bool,
    #[case] says: &str,
) {
    let state = |b: &[u8]| read(Family::Cometbft, b).unwrap();
    let proof = covers(&state(&new), &state(&old));
    assert_eq!(proof.is_proved(), holds);
    assert!(proof.says()[0].contains(says), "{:?}", proof.says());
}

#[test]
fn a_height_that_is_signed_is_never_signed_again() {
    let state = read(Family::Cometbft, &comet(20_740_970, 0, 3, "")).unwrap();
    assert_eq!(
        above(&state, &[], next(20_740_971)).says(),
        ["the signer has signed up to height 20740970, 1 below 20740971"]
    );
    let again = above(&state, &[], next(20_740_970));
    assert!(!again.is_proved());
    assert_eq!(again.says(), ["the signer has signed up to height 20740970: 20740970 is signed already"]);
    let eth = interchange(&key(1), 320, 9, 10);
    let epoch = |n| Place { epoch: true, ..next(n) };
    assert!(above(&eth, &[], epoch(11)).is_proved() && !above(&eth, &[], epoch(10)).is_proved());
    assert!(above(&eth, &[], next(321)).is_proved() && !above(&eth, &[], next(320)).is_proved());
    assert!(!above(&eth, &[key(7).to_lowercase()], next(999)).is_proved(), "a key that is not in the file");
}

fn next(next: u64) -> Place {
    Place { next, at_least: None, epoch: false }
}

fn wiped(family: Family) -> SigningState {
    let text = match family {
        Family::Cometbft => json!({"height": "0", "round": 0, "step": 0}),
        _ => json!({
            "metadata": {"interchange_format_version": "5", "genesis_validators_root": format!("0x{}", "ab".repeat(32))},
            "data": [{"pubkey": key(1), "signed_blocks": [], "signed_attestations": []}]
        }),
    };
    read(family, text.to_string().as_bytes()).unwrap()
}

#[rstest]
#[case(wiped(Family::Cometbft))]
#[case(wiped(Family::Ethereum))]
fn a_wiped_state_proves_nothing(#[case] state: SigningState) {
    for proof in [
        above(&state, &[], next(99)),
        above(&state, &[], Place { epoch: true, ..next(99) }),
        above(&state, &[], Place { at_least: Some(0), ..next(99) }),
        covers(&state, &state),
    ] {
        assert!(!proof.is_proved() && proof.says()[0].contains("it proves nothing"), "{:?}", proof.says());
    }
}

#[test]
fn a_state_that_does_not_reach_what_the_chain_saw_is_an_older_one() {
    let state = read(Family::Cometbft, &comet(100, 0, 3, "")).unwrap();
    let seen = |at_least| above(&state, &[], Place { at_least: Some(at_least), ..next(120) });
    assert!(seen(100).is_proved() && !seen(101).is_proved());
    assert!(seen(101).says()[0].contains("the chain saw it at 101: the file is OLDER"), "{:?}", seen(101).says());
    // One that has attested and never proposed is whole, unless the chain saw a block of it.
    let mut eth = interchange(&key(1), 320, 9, 10);
    eth.keys.values_mut().for_each(|high| *high = High::Ethereum { slot: None, source: Some(9), target: Some(10) });
    assert!(above(&eth, &[], next(321)).is_proved());
    assert!(!above(&eth, &[], Place { at_least: Some(5), ..next(321) }).is_proved());
}

/// A precommit as it is signed: length, then type, height, round and the chain's name, each under its field.
fn signbytes(height: u64, round: u64, chain: &str) -> String {
    let mut vote = vec![0x08, 2, 0x11];
    vote.extend(height.to_le_bytes());
    vote.push(0x19);
    vote.extend(round.to_le_bytes());
    vote.extend([0x2a, 2, 0x08, 1, 0x32, chain.len() as u8]);
    vote.extend(chain.as_bytes());
    vote.insert(0, vote.len() as u8);
    vote.iter().map(|b| format!("{b:02X}")).collect()
}

#[test]
fn what_was_signed_binds_a_cometbft_state_to_its_chain() {
    let state = |h, chain: &str| read(Family::Cometbft, &comet(h, 1, 3, &signbytes(h, 1, chain))).unwrap();
    assert_eq!(state(9, "cosmoshub-4").chain.as_deref(), Some("cosmoshub-4"));
    assert!(covers(&state(9, "cosmoshub-4"), &state(8, "cosmoshub-4")).is_proved());
    let other = covers(&state(9, "osmosis-1"), &state(8, "cosmoshub-4"));
    assert!(!other.is_proved() && other.says()[0].contains("different chains: osmosis-1 and cosmoshub-4"), "{other:?}");
    let unbound = covers(&state(9, "osmosis-1"), &read(Family::Cometbft, &comet(8, 0, 3, "")).unwrap());
    assert!(unbound.is_proved() && unbound.says()[1].contains("not compared: the chain"), "{unbound:?}");
    let edited = read(Family::Cometbft, &comet(9, 1, 3, &signbytes(10, 1, "cosmoshub-4"))).unwrap_err().to_string();
    assert!(edited.contains("what it signed was height 10 round 1: edited"), "{edited}");
}

#[test]
fn thousands_of_keys_are_counted() {
    let mut state = interchange(&key(1), 5, 1, 2);
    let high = state.keys.values().next().unwrap().clone();
    for i in 2..=200_u8 {
        state.keys.insert(key(i).to_lowercase(), high.clone());
    }
    let proof = covers(&state, &state);
    assert!(proof.is_proved());
    assert_eq!(proof.says().len(), 4);
    assert_eq!(proof.says()[3], "and 197 more of 200 keys likewise");
    let behind = covers(&interchange(&key(1), 5, 1, 2), &state);
    assert!(!behind.is_proved() && behind.says()[3] == "and 196 more of 200 keys likewise", "{:?}", behind.says());
}

/// A tower as agave 1.14 and later save it.
fn tower(seed: u8, votes: &[u64], root: Option<u64>) -> Vec<u8> {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
    let mut data = pair.public_key().as_ref().to_vec();
    data.extend(8_u64.to_le_bytes());
    data.extend((2.0_f64 / 3.0).to_le_bytes());
    data.extend(pair.public_key().as_ref());
    data.extend([7; 32]);
    data.push(5);
    data.extend((votes.len() as u64).to_le_bytes());
    for (i, slot) in votes.iter().enumerate() {
        data.extend(slot.to_le_bytes());
        data.extend(((votes.len() - i) as u32).to_le_bytes());
    }
    data.push(u8::from(root.is_some()));
    root.iter().for_each(|r| data.extend(r.to_le_bytes()));
    // Authorized voters, prior voters, credits: whatever a release puts there.
    data.extend([3; 200]);
    let mut file = 1_u32.to_le_bytes().to_vec();
    file.extend(pair.sign(&data).as_ref());
    file.extend((data.len() as u64).to_le_bytes());
    file.extend(data);
    file
}

#[test]
fn a_tower_is_read_and_one_changed_byte_is_found() {
    let bytes = tower(3, &[246_464_001, 246_464_039], Some(246_464_000));
    let state = read(Family::Solana, &bytes).unwrap();
    assert_eq!(one(&state).to_string(), "vote slot 246464039, root 246464000");
    let name = state.keys.keys().next().unwrap();
    assert!((43..=44).contains(&name.len()), "{name}");
    for at in 4..bytes.len() {
        let mut edited = bytes.clone();
        edited[at] ^= 1;
        assert!(read(Family::Solana, &edited).is_err(), "byte {at}");
    }
    let old = read(Family::Solana, &tower(3, &[246_464_001], None)).unwrap();
    assert!(covers(&state, &old).is_proved() && !covers(&old, &state).is_proved());
    let other = read(Family::Solana, &tower(4, &[1], None)).unwrap();
    assert!(covers(&state, &other).says()[0].contains("is missing"), "another identity's tower proves nothing");
}

#[rstest]
#[case(&[100, 101, 105], None, &[100, 101], true, "goes on")]
#[case(&[101, 102, 110], Some(100), &[99, 100, 101], true, "the older votes are at or below the root")]
#[case(&[100, 106, 110], None, &[100, 105], false, "105 locks until 107")]
#[case(&[100, 108, 110], None, &[100, 105], true, "its lockout had passed at 108")]
#[case(&[107, 110], None, &[104, 105], false, "104 locks until 108")]
#[case(&[100, 101], None, &[100, 101, 102], false, "older")]
#[case(&[100, 101], None, &[], false, "an empty tower proves nothing")]
fn a_tower_of_another_fork_knows_nothing_of_ours(
    #[case] new: &[u64],
    #[case] root: Option<u64>,
    #[case] old: &[u64],
    #[case] holds: bool,
    #[case] why: &str,
) {
    let state = |votes: &[u64], root| read(Family::Solana, &tower(3, votes, root)).unwrap();
    let proof = covers(&state(new, root), &state(old, None));
    assert_eq!(proof.is_proved(), holds, "{why}: {:?}", proof.says());
}

fn unit(active: &str, enabled: &str) -> Unit {
    Unit { name: "validator".to_owned(), active: active.to_owned(), enabled: enabled.to_owned() }
}

#[rstest]
#[case("inactive", "disabled", true)]
#[case("failed", "masked", true)]
#[case("inactive", "enabled", false)]
#[case("active", "disabled", false)]
#[case("activating", "disabled", false)]
#[case("inactive", "masked-runtime", false)]
#[case("inactive", "static", false)]
#[case("inactive", "not-found", false)]
#[case("inactive", "", false)]
fn a_unit_is_off_only_when_it_stays_off(#[case] active: &str, #[case] enabled: &str, #[case] off: bool) {
    assert_eq!(unit_off(&unit(active, enabled)).is_proved(), off);
}

#[test]
fn silence_is_proved_by_a_chain_that_goes_on() {
    assert!(chain_moves(5, 6, "slot").is_proved());
    assert!(chain_moves(5, 5, "slot").says()[0].contains("silence proves nothing"));
    // As Lodestar 1.5 replied while one of its two validator clients was stopped.
    let reply = json!({"data":[{"index":0,"epoch":24,"is_live":false},{"index":4,"epoch":24,"is_live":true}]});
    let indices = |i: &[&str]| i.iter().map(|i| (*i).to_owned()).collect::<Vec<_>>();
    assert!(liveness(&reply, &indices(&["0"]), 24).is_proved());
    assert!(liveness(&reply, &indices(&["0", "4"]), 24).says()[0].contains("validator 4 SIGNED in epoch 24"));
    assert!(!liveness(&reply, &indices(&["9"]), 24).is_proved(), "not told is not silent");
    assert!(!liveness(&json!({}), &indices(&["0"]), 24).is_proved());
}

#[test]
fn a_commit_with_the_key_in_it_is_a_living_signer() {
    let block = |height: u64, flag: u64| {
        json!({"result": {"block": {"header": {"height": height.to_string(), "proposer_address": "FF"},
            "last_commit": {"signatures": [{"block_id_flag": 2, "validator_address": "BB"},
                {"block_id_flag": flag, "validator_address": if flag == 1 { "" } else { "AA" }}]}}}})
    };
    assert_eq!(commits(&[block(8, 1), block(9, 1)], "aa").says(), ["no signature of aa in 2 blocks, 8 to 9"]);
    let alive = commits(&[block(8, 1), block(9, 2)], "aa");
    assert!(!alive.is_proved() && alive.says()[0].contains("SIGNED for block 9"));
    assert!(!commits(&[block(8, 1)], "ff").is_proved(), "a proposer lives");
    assert!(!commits(&[], "aa").is_proved() && !commits(&[json!({"error": "x"})], "aa").is_proved());
}

#[test]
fn silence_is_measured_in_time_and_on_the_side_that_the_stake_carries() {
    let points = |justified: &str| json!({"data": {"current_justified": {"epoch": justified}}});
    assert!(carried(&points("9"), 10).is_proved() && carried(&points("8"), 10).is_proved());
    assert!(carried(&points("7"), 10).says()[0].contains("smaller side of a split"));
    assert!(!carried(&json!({}), 10).is_proved());
    let block = |time: &str| json!({"result": {"block": {"header": {"time": time}}}});
    let (first, last) = (block("2026-11-21T03:00:00.5Z"), block("2026-11-21T03:01:00.5Z"));
    assert_eq!(block_span(&[first.clone(), last]), Some(warroom::domain::time::Span::from_secs(60)));
    assert_eq!(block_span(&[first, json!({})]), None);
    let speed = |slots: u64, seconds: u64| json!({"result": [{"numSlots": slots, "samplePeriodSecs": seconds}]});
    assert_eq!((least_slots(&speed(150, 60)), least_slots(&speed(100, 7))), (Some(150), Some(858)));
    assert_eq!((least_slots(&speed(0, 60)), least_slots(&json!({"result": []}))), (None, None));
}

#[test]
fn a_vote_long_ago_is_silence_and_an_unknown_account_is_not() {
    let reply =
        json!({"result": {"current": [{"votePubkey": "V", "nodePubkey": "N", "lastVote": 1000}], "delinquent": []}});
    assert!(idle_votes(&reply, "V", 1150, 150).is_proved());
    assert!(idle_votes(&reply, "N", 1149, 150).says()[0].contains("149 slots ago"));
    assert!(!idle_votes(&reply, "X", 9999, 150).is_proved());
}

#[test]
fn who_sees_few_vote_may_be_cut_off() {
    let now = At::from_secs(1_000);
    assert!(!fresh(Some(At::from_secs(1_061)), now).is_proved(), "a clock that is wrong either way");
    assert!(fresh(None, now).says()[0].contains("is not known"));
    assert!(
        fresh(Some(At::from_secs(941)), now).says().is_empty(),
        "it refuses or says nothing: alone it proves nothing"
    );
    let row = |stake: u64, last: u64| json!({"votePubkey": "V", "activatedStake": stake, "lastVote": last});
    let reply = |a, b| json!({"result": {"current": [row(67, a)], "delinquent": [row(33, b)]}});
    assert_eq!(others_vote(&reply(1100, 900), 1150, 150).says(), ["67 % of the stake voted in the last 150 slots"]);
    assert!(!others_vote(&reply(900, 1100), 1150, 150).is_proved());
    assert!(!others_vote(&json!({}), 1150, 150).is_proved());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600), at in 0_usize..600) {
        for (family, good) in [(Family::Cometbft, comet(9, 1, 2, "AB")), (Family::Solana, tower(9, &[4, 5], Some(3)))] {
            let _ = read(family, &bytes);
            let mut cut = good.clone();
            cut.truncate(at % good.len());
            prop_assert!(read(family, &cut).is_err());
        }
    }

    #[test]
    fn of_two_states_the_newer_covers_and_only_it(a in (0_u64..9, 0_u64..4, 0_u8..4), b in (1_u64..9, 0_u64..4, 0_u8..4)) {
        let state = |(h, r, s): (u64, u64, u8)| {
            let high = High::Cometbft { height: h, round: r, step: s, bytes: String::new() };
            SigningState { family: Family::Cometbft, chain: None, keys: BTreeMap::from([(String::new(), high)]) }
        };
        prop_assert_eq!(covers(&state(a), &state(b)).is_proved(), a >= b);
    }
}

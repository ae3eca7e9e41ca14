//! A healthy day of each family, simulated: late blocks, failed proposers, exponential gaps, peers that come and go.
//! Nothing may turn red, and hardly anything may warn.

use warroom::domain::event::NodeState;
use warroom::domain::observation::{Answer, ChainTiming, Family, Reading, Tip};
use warroom::domain::signal::SignalId;
use warroom::domain::validator::ValidatorName;
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::watch::NodeSpec;
use warroom::telemetry::bitcoin;

use crate::support::sim;

const DAY_S: u32 = 86_400;

/// Chance from a seed: the same day each time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// 0 to 1, without 0.
    fn unit(&mut self) -> f64 {
        (f64::from(u32::try_from(self.next() & 0xffff_ffff).unwrap()) + 1.0) / 2_147_483_649.0
    }

    fn below(&mut self, n: u64) -> f64 {
        f64::from(u32::try_from(self.next() % n).unwrap())
    }

    /// How long until the next block, where blocks come by chance.
    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * self.unit().ln()
    }
}

/// What a family's source would read at one moment.
type Readings = Vec<(SignalId, f64)>;

/// Blocks of a day: when each came, by `gap`, and how the node looked at them every `poll` seconds.
fn day(
    spec: NodeSpec,
    timing: Option<ChainTiming>,
    poll: usize,
    dice: &mut Dice,
    gap: impl Fn(&mut Dice) -> f64,
    more: impl Fn(&mut Dice, f64, f64) -> Readings,
) -> (usize, usize, String) {
    let mut judge = Judge::new(&[spec], Limits::default());
    let mut made = Vec::new();
    let (mut height, mut last, mut next) = (1_000.0, 0.0, gap(dice));
    for s in (0..DAY_S).step_by(poll) {
        let now = f64::from(s);
        while next <= now {
            (last, next, height) = (next, next + gap(dice), height + 1.0);
        }
        let mut readings =
            vec![(SignalId::HEIGHT, height), (SignalId::HEAD_AGE, now - last), (SignalId::CATCHING_UP, 0.0)];
        readings.extend(more(dice, now - last, height));
        let answer = Answer {
            readings: readings.into_iter().map(|(signal, v)| Reading::number(signal, v, "simulated")).collect(),
            tip: Some(Tip { height: s.into(), hash: format!("{height}").as_str().into(), parent: None }),
            timing,
            ..Answer::default()
        };
        made.extend(sim::verdicts(&judge.observe(&sim::ok("n", s.into(), answer))));
    }
    let count = |state: NodeState| made.iter().filter(|v| v.to == state).count();
    (count(NodeState::Bad), count(NodeState::Warn), format!("{made:?}"))
}

fn node(family: Family) -> NodeSpec {
    NodeSpec::new("n", family, "http://127.0.0.1:1", "net")
}

fn learned(block_s: f64) -> Option<ChainTiming> {
    Some(ChainTiming { block_s, slots_per_epoch: None, from_protocol: false })
}

fn quiet(what: &str, (bad, warn, made): (usize, usize, String)) {
    assert!(bad == 0 && warn <= 2, "{what}: {bad} bad, {warn} warn: {made}");
}

/// One proposer in 20 is away, and now and then two in a row: rounds of 5 s and more.
#[test]
fn cometbft() {
    let gap = |dice: &mut Dice| {
        let mut seconds = 5.5 + dice.unit();
        let mut round = 0.0;
        while dice.next().is_multiple_of(20) {
            seconds += 5.0 + 1.5 * round;
            round += 1.0;
        }
        seconds
    };
    let more = |dice: &mut Dice, age: f64, _: f64| {
        // The header's time is that of the votes before: about one block older. Rounds follow from how long it takes.
        let undecided = (age - 1.0).max(0.0);
        let round = if undecided > 11.5 { 2.0 } else { f64::from(u8::from(undecided > 5.5)) };
        let prevotes = if undecided > 1.0 { 98.2 } else { dice.below(100) };
        vec![
            (SignalId::HEAD_AGE, age + 6.0),
            (SignalId::ROUND, round),
            (SignalId::UNDECIDED, undecided),
            (SignalId::PREVOTES, prevotes),
            (SignalId::PEERS, 30.0 + dice.below(15)),
            (SignalId::MISSED, dice.below(3)),
        ]
    };
    quiet("cometbft", day(node(Family::Cometbft), learned(6.0), 5, &mut Dice(7), gap, more));
}

/// Every seed is a day of its own: of eleven, none is red, and few have gaps of over an hour.
#[test]
fn bitcoin_with_exponential_gaps() {
    let timing = bitcoin::timing("main");
    let mut longest: f64 = 0.0;
    for seed in 1..=11 {
        let mut dice = Dice(seed * 7_919);
        let more = |dice: &mut Dice, _: f64, _: f64| {
            vec![
                (SignalId::SYNC_DISTANCE, 0.0),
                (SignalId::PEERS, 10.0 + dice.below(4)),
                (SignalId::INVALID_AHEAD, 0.0),
                (SignalId::REORG_DEPTH, f64::from(u8::from(dice.next().is_multiple_of(5_000)))),
                (SignalId::TXPOOL_FULL, 97.0),
            ]
        };
        quiet("bitcoin", day(node(Family::Bitcoin), timing, 5, &mut dice, |d| d.exponential(600.0), more));
        let mut dice = Dice(seed * 7_919);
        longest = (0..144).map(|_| dice.exponential(600.0)).fold(longest, f64::max);
    }
    assert!(longest > 2_400.0, "gaps of 40 minutes are among them: {longest}");
}

/// A slot in 25 is empty; GRANDPA is two to four blocks behind, and votes come in while we look.
#[test]
fn substrate() {
    let gap = |dice: &mut Dice| {
        let mut seconds = 6.0;
        while dice.next().is_multiple_of(25) {
            seconds += 6.0;
        }
        seconds
    };
    let more = |dice: &mut Dice, _: f64, height: f64| {
        let lag = 2.0 + dice.below(3);
        vec![
            (SignalId::FINALIZED_HEIGHT, height - lag),
            (SignalId::FINALITY_LAG, lag),
            (SignalId::PREVOTES, dice.below(100)),
            (SignalId::SYNC_DISTANCE, dice.below(2)),
            (SignalId::REORG_DEPTH, dice.below(2)),
            (SignalId::PEERS, 20.0 + dice.below(20)),
        ]
    };
    quiet("substrate", day(node(Family::Substrate), learned(6.0), 5, &mut Dice(11), gap, more));
}

/// A leader in 30 is away for its four slots; finality is 32 slots behind.
#[test]
fn solana() {
    let gap = |dice: &mut Dice| {
        let mut seconds = 0.4 + 0.1 * dice.unit();
        while dice.next().is_multiple_of(120) {
            seconds += 1.6;
        }
        seconds
    };
    let more = |dice: &mut Dice, _: f64, height: f64| {
        let lag = 31.0 + dice.below(4);
        vec![
            (SignalId::FINALIZED_HEIGHT, height - lag),
            (SignalId::FINALITY_LAG, lag),
            (SignalId::SYNC_DISTANCE, 0.0),
            (SignalId::PARTICIPATION, 97.0 + dice.unit()),
            (SignalId::SKIP_RATE, 3.0 + dice.below(3)),
            (SignalId::MISSED, dice.below(4)),
            (SignalId::PEERS, 4_000.0 + dice.below(200)),
        ]
    };
    quiet("solana", day(node(Family::Solana), learned(0.41), 1, &mut Dice(13), gap, more));
}

/// A slot in 80 is empty, now and then three in a row; finality two to three epochs behind; peers come and go.
fn slots(dice: &mut Dice) -> f64 {
    let mut seconds = 12.0;
    while dice.next().is_multiple_of(80) {
        seconds += 12.0;
    }
    if dice.next().is_multiple_of(2_000) { seconds + 36.0 } else { seconds }
}

fn protocol() -> Option<ChainTiming> {
    Some(ChainTiming { block_s: 12.0, slots_per_epoch: Some(32), from_protocol: true })
}

#[test]
fn ethereum_execution() {
    let more = |dice: &mut Dice, _: f64, height: f64| {
        let lag = 64.0 + dice.below(33);
        vec![
            (SignalId::FINALIZED_HEIGHT, height - lag),
            (SignalId::FINALITY_LAG, lag),
            (SignalId::SYNC_DISTANCE, dice.below(2)),
            (SignalId::REORG_DEPTH, f64::from(u8::from(dice.next().is_multiple_of(1_000)))),
            (SignalId::PEERS, 45.0 + dice.below(10)),
        ]
    };
    quiet("execution", day(node(Family::EthereumExecution), protocol(), 5, &mut Dice(17), slots, more));
}

#[test]
fn ethereum_beacon() {
    let more = |dice: &mut Dice, _: f64, height: f64| {
        let epoch = (height / 32.0).floor();
        vec![
            (SignalId::FINALIZED_EPOCH, epoch - 2.0),
            (SignalId::FINALITY_LAG, 2.0),
            (SignalId::SYNC_DISTANCE, dice.below(3)),
            (SignalId::PARTICIPATION, 97.0 + 2.0 * dice.unit()),
            (SignalId::SKIP_RATE, dice.below(6)),
            (SignalId::MISSED_PROPOSALS, 0.0),
            (SignalId::PEERS, 60.0 + dice.below(30)),
        ]
    };
    quiet("beacon", day(node(Family::EthereumBeacon), protocol(), 5, &mut Dice(19), slots, more));
}

/// Where the block time is only learned (Geth of a private network, Gnosis-like pace), the node's own headers are the measure.
#[test]
fn an_execution_chain_of_a_learned_pace() {
    let gap = |dice: &mut Dice| if dice.next().is_multiple_of(60) { 10.0 } else { 5.0 };
    let more = |dice: &mut Dice, _: f64, _: f64| vec![(SignalId::PEERS, 20.0 + dice.below(10))];
    quiet("learned", day(node(Family::EthereumExecution), learned(5.0), 5, &mut Dice(23), gap, more));
}

/// Own validators of whom each misses one epoch in 300: a few times a day, and never more than that.
#[rstest::rstest]
#[case::one(1)]
#[case::eight(8)]
#[case::two_hundred(200)]
fn own_validators_on_a_beacon_chain(#[case] own: u32) {
    let validators = (0..own).map(|i| ValidatorName::Index(i.into())).collect();
    let spec = NodeSpec { validators, ..node(Family::EthereumBeacon) };
    // What an epoch brought is told all through the next one.
    let epochs: Vec<f64> = {
        let mut dice = Dice(29);
        let missed = |dice: &mut Dice| (0..own).filter(|_| dice.next().is_multiple_of(300)).count();
        (0..240)
            .map(|_| 100.0 - 100.0 * f64::from(u32::try_from(missed(&mut dice)).unwrap()) / f64::from(own))
            .collect()
    };
    assert!(epochs.iter().filter(|live| **live < 100.0).count() > 0, "nobody ever missed one");
    let more = |_: &mut Dice, _: f64, height: f64| {
        let epoch = (height / 32.0).floor();
        let told = epochs.get((0..240).take_while(|i| f64::from(*i) < epoch - 31.0).count());
        vec![
            (SignalId::FINALIZED_EPOCH, epoch - 2.0),
            (SignalId::FINALITY_LAG, 2.0),
            (SignalId::LIVE, *told.unwrap_or(&100.0)),
            (SignalId::PEERS, 60.0),
        ]
    };
    quiet("own validators", day(spec, protocol(), 5, &mut Dice(31), slots, more));
}

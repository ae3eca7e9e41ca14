//! The one catalogue of signals: name, unit, which way is worse, meaning. Documentation and screens are made from it.
//! Must not know where a value comes from; each source says that itself.

use std::fmt;

/// A signal of the catalogue; cheap to copy and compare.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignalId(u16);

/// Which way a value gets worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worse {
    /// More is worse (lag, age).
    Up,
    /// Less is worse (peers, disk free).
    Down,
    /// Neither: told, not judged.
    Neither,
}

/// One row of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Signal {
    /// `chain.height`: what scripts and scenarios write.
    pub name: &'static str,
    /// In a word or two, for a pane: `height`.
    pub short: &'static str,
    /// `s`, `%`, `blocks`, `epochs`; empty for a bare number or text.
    pub unit: &'static str,
    /// Which way it gets worse.
    pub worse: Worse,
    /// What it says about the node, in a sentence.
    pub meaning: &'static str,
}

const fn row(
    name: &'static str,
    short: &'static str,
    unit: &'static str,
    worse: Worse,
    meaning: &'static str,
) -> Signal {
    Signal { name, short, unit, worse, meaning }
}

/// Every signal warroom knows, in the order panes show them.
pub const CATALOGUE: &[Signal] = &[
    row(
        "chain.height",
        "height",
        "",
        Worse::Neither,
        "Number of the newest block (execution) or slot (beacon) this node holds.",
    ),
    row("chain.head_age_s", "head age", "s", Worse::Up, "Seconds since the newest block's own time."),
    row("chain.block_interval_s", "interval", "s", Worse::Up, "Seconds between the newest block and its parent."),
    row(
        "chain.block_delay_s",
        "block delay",
        "s",
        Worse::Up,
        "Seconds from a slot's beginning until this node had its block, as its events came here.",
    ),
    row("chain.safe_height", "safe", "", Worse::Neither, "Newest block that the consensus layer calls safe."),
    row(
        "chain.finalized_height",
        "final",
        "",
        Worse::Neither,
        "Newest finalized block, or first slot of the finalized epoch.",
    ),
    row("chain.finalized_epoch", "final epoch", "", Worse::Neither, "Newest finalized epoch."),
    row(
        "chain.finality_lag",
        "final lag",
        "",
        Worse::Up,
        "How far finality is behind the head (or the clock, when the head stands still): epochs (beacon) or blocks (execution).",
    ),
    row("chain.sync_distance", "behind", "", Worse::Up, "Slots or blocks this node itself says it is behind."),
    row(
        "chain.catching_up",
        "catching up",
        "",
        Worse::Up,
        "1 while the node itself says that it is still catching up, else 0.",
    ),
    row("chain.reorg_depth", "reorg", "blocks", Worse::Up, "Deepest reorganisation of the last 10 minutes."),
    row("chain.base_fee_gwei", "base fee", "gwei", Worse::Neither, "Base fee of the newest block."),
    row("chain.gas_used_pct", "gas", "%", Worse::Neither, "Gas used of the newest block's limit."),
    row(
        "chain.participation_pct",
        "participation",
        "%",
        Worse::Down,
        "Share of stake whose votes were seen, where the node serves it.",
    ),
    row(
        "chain.invalid_ahead",
        "invalid ahead",
        "blocks",
        Worse::Up,
        "Blocks by which a chain that this node calls invalid is longer than its own.",
    ),
    row(
        "chain.skip_rate_pct",
        "skipped",
        "%",
        Worse::Up,
        "Slots without a block, whoever was to make it: of this epoch (Solana) or of the latest two epochs (beacon).",
    ),
    row(
        "chain.stale_blocks",
        "stale",
        "blocks",
        Worse::Up,
        "Blocks of the latest 144 heights that ended beside the chain (proof of work), as far as this node has heard of them.",
    ),
    row("chain.tx_rate", "tx rate", "/s", Worse::Neither, "Transactions a second over the chain's latest blocks."),
    row("chain.failed_txs", "failed txs", "", Worse::Neither, "Failed transactions of the newest block looked at."),
    row(
        "chain.failed_tx_pct",
        "failed share",
        "%",
        Worse::Neither,
        "Failed ones of the transactions of the newest block looked at; absent for an empty one.",
    ),
    row(
        "chain.upgrade_in",
        "upgrade in",
        "blocks",
        Worse::Neither,
        "Blocks until the upgrade that the chain has planned.",
    ),
    row(
        "chain.fork_rules",
        "fork rules",
        "",
        Worse::Neither,
        "The fork in force and the next one that the node is set for, where it serves them; judged by whether the others are set alike.",
    ),
    row("chain.leaves", "leaves", "", Worse::Neither, "Ends of chains this node knows, from its metrics page."),
    row("consensus.round", "round", "", Worse::Up, "Round at the height being decided; 0 is the normal one."),
    row(
        "consensus.undecided_s",
        "undecided",
        "s",
        Worse::Up,
        "Seconds since agreement on the next height began, while a round is going on.",
    ),
    row(
        "consensus.prevote_power",
        "prevotes",
        "%",
        Worse::Down,
        "Voting power whose first vote of this round was seen, for a block or for nil.",
    ),
    row(
        "consensus.precommit_power",
        "precommits",
        "%",
        Worse::Neither,
        "Voting power whose second vote of this round was seen, for a block or for nil.",
    ),
    row(
        "validator.missed",
        "missed",
        "",
        Worse::Up,
        "Blocks that the node's own validator did not sign or make, of the latest watched (100) or of this epoch.",
    ),
    row(
        "validator.missed_proposals",
        "no block",
        "",
        Worse::Up,
        "Slots of own validators that the chain passed without a block, of the latest two epochs.",
    ),
    row(
        "validator.live_pct",
        "own votes",
        "%",
        Worse::Down,
        "Own validators of which this node saw a vote in the epoch that ended last.",
    ),
    row("net.peers", "peers", "", Worse::Down, "Connected peers."),
    row("net.peers_left", "peers left", "", Worse::Up, "Peers that were there at the look before and are gone."),
    row("txpool.pending", "txpool", "", Worse::Neither, "Transactions ready for a block."),
    row("txpool.queued", "queued", "", Worse::Neither, "Transactions that wait for an earlier one."),
    row("txpool.full_pct", "pool full", "%", Worse::Up, "Memory of the pool in use, of its limit."),
    row("node.version", "version", "", Worse::Neither, "What the client calls itself."),
    row("node.latency_ms", "answer", "ms", Worse::Up, "How long the node took to answer the round of calls."),
    row("alerts.firing", "alerts", "", Worse::Up, "Alerts firing, neither silenced nor inhibited."),
    row("metrics.targets_down", "targets down", "", Worse::Up, "Scrape targets this Prometheus cannot reach."),
    row("metrics.samples", "samples", "", Worse::Neither, "Samples on the metrics page."),
    row(
        "query.value",
        "value",
        "",
        Worse::Neither,
        "Value of a configured query in its own unit: the worst of its series; judged by its own limits.",
    ),
    row("query.series", "series", "", Worse::Neither, "Series that the query gave."),
    row("log.matches_min", "matches", "/min", Worse::Up, "Lines of the last minute that match a pattern of this log."),
    row("log.lines_min", "lines", "/min", Worse::Neither, "Lines of the last minute."),
    row(
        "contract.calls_min",
        "calls",
        "/min",
        Worse::Neither,
        "Calls of the watched functions in the last minute, by transactions straight to the contract.",
    ),
    row("contract.failed_pct", "failed calls", "%", Worse::Up, "Failed ones of those calls, over the last 10 minutes."),
    row("contract.events_min", "events", "/min", Worse::Neither, "Watched events of the contract in the last minute."),
    row(
        "contract.value",
        "value",
        "",
        Worse::Neither,
        "The watched value of the contract (balance, word of storage, what a function returns) in its own unit; judged by its own limits.",
    ),
    row(
        "slo.budget_left_pct",
        "budget left",
        "%",
        Worse::Down,
        "What is left of the error budget of an objective's window; below 0 it is overdrawn.",
    ),
    row("slo.good_pct", "good", "%", Worse::Down, "Good part of the time that was measured within the window."),
    row("slo.burn_1h", "burn 1 h", "x", Worse::Up, "How many times too fast the error budget burns, over an hour."),
    row("slo.burn_6h", "burn 6 h", "x", Worse::Up, "The same over six hours."),
    row("host.cpu_pct", "cpu", "%", Worse::Up, "Processor time used, all cores."),
    row("host.load_1m", "load", "", Worse::Up, "Load average of the last minute, per core."),
    row("host.mem_used_pct", "memory", "%", Worse::Up, "Memory in use."),
    row("host.disk_free_pct", "disk free", "%", Worse::Down, "Free space of the fullest writable disk."),
    row(
        "host.disk_wait_ms",
        "disk wait",
        "ms",
        Worse::Up,
        "Milliseconds that a read or a write took in the mean since the look before, on the slowest disk; absent while hardly any is done.",
    ),
    row("host.net_rx_bps", "net in", "B/s", Worse::Neither, "Bytes received a second, all but loopback."),
    row("host.net_tx_bps", "net out", "B/s", Worse::Neither, "Bytes sent a second, all but loopback."),
    row(
        "host.clock_offset_ms",
        "clock offset",
        "ms",
        Worse::Up,
        "How far the clock may be off, as chrony or systemd-timesyncd reckons; absent when neither can be asked.",
    ),
    row("host.fds_used_pct", "descriptors", "%", Worse::Up, "Open file descriptors of the system's limit."),
    row("host.uptime_s", "uptime", "s", Worse::Neither, "Seconds since boot."),
];

impl SignalId {
    /// Looks a name up.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let at = CATALOGUE.iter().position(|s| s.name == name)?;
        u16::try_from(at).ok().map(Self)
    }

    /// All signals, in catalogue order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..CATALOGUE.len()).filter_map(|i| u16::try_from(i).ok().map(Self))
    }

    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static Signal {
        &CATALOGUE[usize::from(self.0)]
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }
}

impl fmt::Debug for SignalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Names used by code, checked against the catalogue by a test.
macro_rules! known {
    ($($(#[$doc:meta])* $konst:ident = $name:literal),+ $(,)?) => {
        impl SignalId {
            $($(#[$doc])* pub const $konst: Self = Self(index_of($name));)+
        }
    };
}

/// Finds a name at compile time; a name that is missing stops the build.
#[expect(clippy::panic, reason = "evaluated at compile time only: it stops the build")]
const fn index_of(name: &str) -> u16 {
    let mut i = 0;
    while i < CATALOGUE.len() {
        if same(CATALOGUE[i].name.as_bytes(), name.as_bytes()) {
            #[expect(clippy::cast_possible_truncation, reason = "the catalogue is far below 65,536 rows")]
            return i as u16;
        }
        i += 1;
    }
    panic!("not in the catalogue")
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

known! {
    /// `chain.height`
    HEIGHT = "chain.height",
    /// `chain.head_age_s`
    HEAD_AGE = "chain.head_age_s",
    /// `chain.block_interval_s`
    BLOCK_INTERVAL = "chain.block_interval_s",
    /// `chain.block_delay_s`
    BLOCK_DELAY = "chain.block_delay_s",
    /// `chain.safe_height`
    SAFE_HEIGHT = "chain.safe_height",
    /// `chain.finalized_height`
    FINALIZED_HEIGHT = "chain.finalized_height",
    /// `chain.finalized_epoch`
    FINALIZED_EPOCH = "chain.finalized_epoch",
    /// `chain.finality_lag`
    FINALITY_LAG = "chain.finality_lag",
    /// `chain.sync_distance`
    SYNC_DISTANCE = "chain.sync_distance",
    /// `chain.catching_up`
    CATCHING_UP = "chain.catching_up",
    /// `chain.invalid_ahead`
    INVALID_AHEAD = "chain.invalid_ahead",
    /// `chain.skip_rate_pct`
    SKIP_RATE = "chain.skip_rate_pct",
    /// `chain.stale_blocks`
    STALE_BLOCKS = "chain.stale_blocks",
    /// `chain.tx_rate`
    TX_RATE = "chain.tx_rate",
    /// `chain.failed_txs`
    FAILED_TXS = "chain.failed_txs",
    /// `chain.failed_tx_pct`
    FAILED_TX_PCT = "chain.failed_tx_pct",
    /// `chain.upgrade_in`
    UPGRADE_IN = "chain.upgrade_in",
    /// `chain.fork_rules`
    FORK_RULES = "chain.fork_rules",
    /// `chain.leaves`
    LEAVES = "chain.leaves",
    /// `consensus.round`
    ROUND = "consensus.round",
    /// `consensus.undecided_s`
    UNDECIDED = "consensus.undecided_s",
    /// `consensus.prevote_power`
    PREVOTES = "consensus.prevote_power",
    /// `consensus.precommit_power`
    PRECOMMITS = "consensus.precommit_power",
    /// `validator.missed`
    MISSED = "validator.missed",
    /// `validator.missed_proposals`
    MISSED_PROPOSALS = "validator.missed_proposals",
    /// `validator.live_pct`
    LIVE = "validator.live_pct",
    /// `txpool.full_pct`
    TXPOOL_FULL = "txpool.full_pct",
    /// `chain.reorg_depth`
    REORG_DEPTH = "chain.reorg_depth",
    /// `net.peers`
    PEERS = "net.peers",
    /// `net.peers_left`
    PEERS_LEFT = "net.peers_left",
    /// `txpool.pending`
    TXPOOL_PENDING = "txpool.pending",
    /// `node.version`
    VERSION = "node.version",
    /// `chain.base_fee_gwei`
    BASE_FEE = "chain.base_fee_gwei",
    /// `chain.gas_used_pct`
    GAS_USED = "chain.gas_used_pct",
    /// `chain.participation_pct`
    PARTICIPATION = "chain.participation_pct",
    /// `txpool.queued`
    TXPOOL_QUEUED = "txpool.queued",
    /// `node.latency_ms`
    LATENCY = "node.latency_ms",
    /// `alerts.firing`
    ALERTS = "alerts.firing",
    /// `metrics.targets_down`
    TARGETS_DOWN = "metrics.targets_down",
    /// `metrics.samples`
    METRICS_SAMPLES = "metrics.samples",
    /// `query.value`
    QUERY_VALUE = "query.value",
    /// `query.series`
    QUERY_SERIES = "query.series",
    /// `log.matches_min`
    LOG_MATCHES = "log.matches_min",
    /// `log.lines_min`
    LOG_LINES = "log.lines_min",
    /// `contract.calls_min`
    CONTRACT_CALLS = "contract.calls_min",
    /// `contract.failed_pct`
    CONTRACT_FAILED = "contract.failed_pct",
    /// `contract.events_min`
    CONTRACT_EVENTS = "contract.events_min",
    /// `contract.value`
    CONTRACT_VALUE = "contract.value",
    /// `slo.budget_left_pct`
    SLO_BUDGET = "slo.budget_left_pct",
    /// `slo.good_pct`
    SLO_GOOD = "slo.good_pct",
    /// `slo.burn_1h`
    SLO_BURN_1H = "slo.burn_1h",
    /// `slo.burn_6h`
    SLO_BURN_6H = "slo.burn_6h",
    /// `host.cpu_pct`
    CPU = "host.cpu_pct",
    /// `host.load_1m`
    LOAD = "host.load_1m",
    /// `host.mem_used_pct`
    MEMORY = "host.mem_used_pct",
    /// `host.disk_free_pct`
    DISK_FREE = "host.disk_free_pct",
    /// `host.disk_wait_ms`
    DISK_WAIT = "host.disk_wait_ms",
    /// `host.net_rx_bps`
    NET_RX = "host.net_rx_bps",
    /// `host.net_tx_bps`
    NET_TX = "host.net_tx_bps",
    /// `host.clock_offset_ms`
    CLOCK_OFFSET = "host.clock_offset_ms",
    /// `host.fds_used_pct`
    FDS = "host.fds_used_pct",
    /// `host.uptime_s`
    UPTIME = "host.uptime_s",
}

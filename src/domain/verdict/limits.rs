//! The numbers that rules compare with, in one place so that a configuration can override any of them.
//! Where a rule has a protocol's own number, it stands here in units of the chain's block time.

/// Every limit of judgement.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Samples out of a limit, in a row, before it is a verdict (a transient is not an outage).
    pub raise_after: u32,
    /// The same for slow host values (processor, memory), which peak by nature.
    pub raise_after_host: u32,
    /// Samples within the limit, in a row, before it clears (real progress is asked for besides).
    pub clear_after: u32,
    /// So many times as many good samples clear what was raised three times within a quarter of an hour: flapping is damped.
    pub damped_clear: u32,
    /// Seconds that a node which keeps coming back (three times within a quarter of an hour) must stay before it is well.
    pub stay_s: f64,
    /// Seconds without any word from a node's poller before it is stale; above back-off (10 s) plus timeout (3 s).
    pub silent_s: f64,
    /// Head age in block times: warn.
    pub head_age_warn_slots: f64,
    /// Head age in block times: bad.
    pub head_age_bad_slots: f64,
    /// A block that took longer than so many block times is slow: warn, when three in a row are.
    pub interval_warn_blocks: f64,
    /// Where blocks come by chance: the last dozen took so many block times each, on average. By chance once in 14,000 looks.
    pub work_slow_blocks: f64,
    /// Head age is never judged below this many seconds (block times of whole seconds and polls of 2 s blur it).
    pub head_age_floor_s: f64,
    /// Finality lag in epochs: warn above. Two is the protocol's normal.
    pub finality_warn_epochs: f64,
    /// Finality lag in epochs: bad above. The inactivity leak begins when the delay passes four.
    pub finality_bad_epochs: f64,
    /// Blocks the head may move while the finalized block does not, for chains without a known epoch: warn.
    pub finality_warn_blocks: f64,
    /// The same: bad.
    pub finality_bad_blocks: f64,
    /// Slots or blocks a node may say it is behind: warn above (a validator client's own tolerance is 4).
    pub behind_warn: f64,
    /// The same: bad above; where the epoch is known, one epoch counts instead.
    pub behind_bad: f64,
    /// Fewer peers than this warn, once the node has had that many.
    pub peers_warn: f64,
    /// Free disk, %: warn below.
    pub disk_warn_pct: f64,
    /// Free disk, %: bad below.
    pub disk_bad_pct: f64,
    /// Memory used, %: warn above.
    pub memory_warn_pct: f64,
    /// Processor used, %: warn above.
    pub cpu_warn_pct: f64,
    /// Open descriptors of the limit, %: warn above.
    pub fds_warn_pct: f64,
    /// Open descriptors of the limit, %: bad above.
    pub fds_bad_pct: f64,
    /// Milliseconds the clock may be off: warn above. The bound includes the way to the time server, so it is wide.
    pub clock_warn_ms: f64,
    /// Participation, %: warn below (finality needs two thirds).
    pub participation_warn_pct: f64,
    /// Participation, %: bad below: no finality is possible.
    pub participation_bad_pct: f64,
    /// Gaps between blocks that come by chance (proof of work), in block times: warn. One in 400 is longer.
    pub work_gap_warn_blocks: f64,
    /// The same: bad. One in 60,000 is longer: on a chain of 10 minutes one a year.
    pub work_gap_bad_blocks: f64,
    /// Rounds at one height (CometBFT counts from 0): warn from here. Timeouts are each node's own and no call tells them; by
    /// CometBFT's defaults (`DefaultConsensusConfig`: propose 3 s, prevote and precommit 1 s, each 0.5 s longer with every round)
    /// round 3 begins 15 s after the height did where all vote nil at once, 19.5 s where each timeout is waited for: three
    /// samples there mean that four proposers in a row failed. With a tenth of the power away that is once in 10,000 heights.
    pub rounds_warn: f64,
    /// The same: bad from here. Round 5 begins after 30 to 40 s; six failed proposers in a row are once in a million heights. Public
    /// halts went far beyond it (Evmos, 2022-03: 66 % of the power over ten rounds).
    pub rounds_bad: f64,
    /// Seconds a height may stay undecided: warn. By the same timeouts in round 4, or at the beginning of round 5; a round that does not end at all,
    /// because less than two thirds vote, is seen by this alone (Tendermint issue 5804 stood still in round 3).
    pub undecided_warn_s: f64,
    /// The same: bad. In round 6 or 7.
    pub undecided_bad_s: f64,
    /// Blocks GRANDPA may be behind the head: warn above.
    pub grandpa_warn_blocks: f64,
    /// The same: bad above; there block making itself begins to slow down.
    pub grandpa_bad_blocks: f64,
    /// Blocks that an own validator missed, of the last hundred or of the epoch: warn above.
    pub missed_warn: f64,
    /// The same: bad above (Cosmos chains jail at half of the window).
    pub missed_bad: f64,
    /// Own slots without a block, of the latest two epochs: warn from here. Proposals are rare: each one is worth a word.
    pub missed_proposals_warn: f64,
    /// The same: bad from here.
    pub missed_proposals_bad: f64,
    /// Own validators that voted in the epoch that ended last, %: warn below.
    pub live_warn_pct: f64,
    /// The same: bad below.
    pub live_bad_pct: f64,
    /// Leader slots without a block, %: warn above.
    pub skip_warn_pct: f64,
    /// The same: bad above.
    pub skip_bad_pct: f64,
    /// Blocks by which an invalid chain is longer than ours: bad from here (warn from 1).
    pub invalid_bad_blocks: f64,
    /// Seconds without a new block while catching up: warn; snapshots and big blocks take their time.
    pub catch_up_warn_s: f64,
    /// The same: bad.
    pub catch_up_bad_s: f64,
    /// Seconds a new scope must hold before it is said; the trouble itself has held for three samples by then.
    pub scope_hold_s: f64,
    /// Seconds after which a peer's word no longer counts.
    pub peer_fresh_s: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            raise_after: 3,
            raise_after_host: 15,
            clear_after: 2,
            damped_clear: 5,
            stay_s: 300.0,
            silent_s: 20.0,
            head_age_warn_slots: 3.0,
            head_age_bad_slots: 8.0,
            interval_warn_blocks: 2.5,
            work_slow_blocks: 2.5,
            head_age_floor_s: 6.0,
            finality_warn_epochs: 2.0,
            finality_bad_epochs: 3.0,
            finality_warn_blocks: 128.0,
            finality_bad_blocks: 160.0,
            behind_warn: 4.0,
            behind_bad: 32.0,
            peers_warn: 3.0,
            disk_warn_pct: 10.0,
            disk_bad_pct: 3.0,
            memory_warn_pct: 92.0,
            cpu_warn_pct: 95.0,
            fds_warn_pct: 80.0,
            fds_bad_pct: 95.0,
            clock_warn_ms: 200.0,
            participation_warn_pct: 80.0,
            participation_bad_pct: 66.7,
            work_gap_warn_blocks: 6.0,
            work_gap_bad_blocks: 11.0,
            rounds_warn: 3.0,
            rounds_bad: 5.0,
            undecided_warn_s: 30.0,
            undecided_bad_s: 60.0,
            grandpa_warn_blocks: 10.0,
            grandpa_bad_blocks: 50.0,
            missed_warn: 5.0,
            missed_bad: 50.0,
            missed_proposals_warn: 1.0,
            missed_proposals_bad: 3.0,
            live_warn_pct: 95.0,
            live_bad_pct: 50.0,
            skip_warn_pct: 20.0,
            skip_bad_pct: 50.0,
            invalid_bad_blocks: 6.0,
            catch_up_warn_s: 60.0,
            catch_up_bad_s: 300.0,
            scope_hold_s: 2.0,
            peer_fresh_s: 120.0,
        }
    }
}

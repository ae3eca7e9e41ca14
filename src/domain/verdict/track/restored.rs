//! What of a node outlives this process, and how another goes on from there. Must not know where it is kept.

use std::sync::Arc;

use super::{Marks, Reach, Standing, Track};
use crate::domain::observation::ChainTiming;
use crate::domain::signal::SignalId;
use crate::domain::verdict::flaps::Flaps;
use crate::domain::verdict::history::History;
use crate::domain::verdict::hold::{Hold, Level, Need};
use crate::domain::verdict::limits::Limits;
use crate::domain::verdict::memory::{self, LostMemory, NodeMemory, StandingMemory};

impl Track {
    /// What another process has to know of it.
    pub fn memory(&self) -> NodeMemory {
        let raised = self.standings.iter().filter(|(_, s)| s.hold.judged() != Level::Ok);
        let standing = |(signal, s): (&SignalId, &Standing)| {
            let held = StandingMemory {
                level: s.hold.judged(),
                since: s.hold.since(),
                why: s.why.clone(),
                tip: s.raised.tip.as_deref().map(str::to_owned),
                finality: s.raised.finality,
            };
            (signal.name().to_owned(), held)
        };
        let lost = self.reach.lost.map(|state| LostMemory {
            state,
            since: self.reach.since,
            words: self.reach.words.clone(),
            tip: self.reach.tip_at_loss.as_deref().map(str::to_owned),
        });
        NodeMemory {
            endpoint: memory::endpoint(&self.spec),
            standings: raised.map(standing).collect(),
            lost,
            tip: self.tip.as_deref().map(str::to_owned),
            tip_moved: self.tip_moved,
            height: self.height,
            finality: self.finality.map(|f| (f, self.height_at_finality)),
            most_peers: self.most_peers,
            timing: self.timing.map(|t| (t.block_s, t.slots_per_epoch, t.from_protocol)),
            gaps: self.history.gaps(),
        }
    }

    /// Takes over what another process knew, as long as nothing was heard of the node here. `false` when it is another's.
    pub fn restore(&mut self, kept: &NodeMemory, limits: &Limits) -> bool {
        if self.heard.is_some() || kept.endpoint != memory::endpoint(&self.spec) {
            return false;
        }
        for (name, held) in &kept.standings {
            let Some(signal) = SignalId::find(name) else { continue };
            let need = Need { raise: limits.raise_after, clear: limits.clear_after };
            let standing = Standing {
                hold: Hold::raised(held.level, held.since, need),
                why: held.why.clone(),
                need: need.raise,
                slow: false,
                raised: Marks { tip: held.tip.as_deref().map(Arc::from), finality: held.finality },
                raises: Flaps::default(),
            };
            self.standings.insert(signal, standing);
        }
        if let Some(lost) = &kept.lost {
            let (since, tip_at_loss) = (lost.since, lost.tip.as_deref().map(Arc::from));
            let fails = limits.raise_after;
            let words = lost.words.clone();
            self.reach = Reach {
                lost: Some(lost.state),
                since,
                fails,
                first_fail: since,
                tip_at_loss,
                words,
                ..self.reach.clone()
            };
        }
        let timing =
            |(block_s, slots_per_epoch, from_protocol)| ChainTiming { block_s, slots_per_epoch, from_protocol };
        self.timing = kept.timing.map(timing);
        (self.tip, self.tip_moved) = (kept.tip.as_deref().map(Arc::from), kept.tip_moved);
        self.height = kept.height;
        self.finality = kept.finality.map(|(finality, _)| finality);
        self.height_at_finality = kept.finality.and_then(|(_, height)| height);
        self.most_peers = kept.most_peers;
        self.history = History::of(&kept.gaps);
        self.answered = !self.standings.is_empty();
        true
    }
}

//! What judgement needs of a report: numbers and states, with whether they may be counted.

use crate::domain::event::NodeState;
use crate::domain::event::Scope;
use crate::domain::verdict::PeerView;
use crate::peers::report::PeerReport;

impl PeerReport {
    /// For the scope judgement; `None` when the document was not read. `via` comes from the roster.
    #[must_use]
    pub fn view(&self, via: Option<&str>) -> Option<PeerView> {
        let document = self.document.as_ref()?;
        let state =
            document.nodes.iter().filter_map(|n| n.state.as_deref().and_then(state)).max_by_key(|s| badness(*s));
        Some(PeerView {
            operator: self.operator.clone(),
            via: via.map(str::to_owned),
            trusted: self.is_trusted(),
            at: self.at,
            height: document.nodes.iter().filter_map(|n| n.height).max(),
            finalized: document.nodes.iter().filter_map(|n| n.finalized).max(),
            state,
            scope: document.scope.as_deref().and_then(scope),
        })
    }
}

fn state(word: &str) -> Option<NodeState> {
    use NodeState as S;
    [S::Ok, S::Warn, S::Bad, S::Unknown, S::Stale].into_iter().find(|s| s.as_str() == word)
}

fn scope(word: &str) -> Option<Scope> {
    use Scope as S;
    let all = [S::Healthy, S::Local, S::Network, S::Partition, S::Fork, S::ClientMinority, S::Unknown];
    all.into_iter().find(|s| s.as_str() == word)
}

/// From good to bad: not knowing is worse than fine and better than failing.
const fn badness(state: NodeState) -> u8 {
    match state {
        NodeState::Ok => 0,
        NodeState::Unknown => 1,
        NodeState::Stale => 2,
        NodeState::Warn => 3,
        NodeState::Bad => 4,
    }
}

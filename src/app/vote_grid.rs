//! The votes of a round as lines to read: how much power voted, and one bar for each validator, the heaviest first.
//! Marks are words and plain characters, so that no colour and no font is needed. Names are passed on as they came.

use crate::domain::votes::{Tally, Vote, Votes};

/// Cells of a bar for all power.
const BAR: usize = 20;

/// Characters of a name: an address is known by its first ones.
const NAME: usize = 16;

/// The lines.
#[must_use]
pub fn lines(votes: &Votes) -> Vec<String> {
    let height = votes.height.map(|h| format!("height {h}, ")).unwrap_or_default();
    let step = if votes.step.is_empty() { String::new() } else { format!(", step {}", votes.step) };
    let mut lines = vec![
        format!("{height}round {}{step}; over 66.7 % of the power decides", votes.round),
        tally("prevote", votes.prevotes),
        tally("precommit", votes.precommits),
    ];
    let heaviest = votes.voters.iter().filter_map(|v| v.power).max().unwrap_or(0);
    for voter in &votes.voters {
        let name: String = voter.name.chars().take(NAME).collect();
        let (share, bar) = voter.power.map_or_else(
            || ("     ?".to_owned(), String::new()),
            |p| (format!("{:>6.2}", votes.prevotes.pct(p)), filled(p, heaviest, BAR / 2)),
        );
        let said = (mark(voter.prevote), mark(voter.precommit));
        lines.push(format!("{name:<NAME$} {share} % {bar:<10} {:<7} {}", said.0, said.1).trim_end().to_owned());
    }
    lines
}

fn tally(what: &str, tally: Tally) -> String {
    if tally.total == 0 {
        return format!("{what:<9} unknown: the node does not tell the powers");
    }
    let bar = filled(tally.seen(), tally.total, BAR);
    let quorum = if tally.has_quorum() { "enough" } else { "too little" };
    format!(
        "{what:<9} [{bar:.<BAR$}] {:.2} % block, {:.2} % nil, {:.2} % missing: {quorum}",
        tally.pct(tally.block),
        tally.pct(tally.nil),
        tally.pct(tally.absent()),
    )
}

/// `####`, rounded down so that a full bar is all of it; whatever is there shows at least one.
fn filled(part: u64, whole: u64, cells: usize) -> String {
    let full = u128::from(part) * cells as u128 / u128::from(whole.max(1));
    let full = usize::try_from(full).unwrap_or(cells).min(cells);
    "#".repeat(if part > 0 { full.max(1) } else { 0 })
}

const fn mark(vote: Vote) -> &'static str {
    match vote {
        Vote::Block => "block",
        Vote::Nil => "nil",
        Vote::Absent => "MISSING",
    }
}

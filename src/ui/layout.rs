//! Where things stand: a pure function from the size, the focus and the zoom to places. Draws nothing.
//!
//! ```text
//!  wide, from 100x28             one pane, from 70x14           strip only, anything smaller
//! ┌──────────────────────────┐  ┌──────────────────────┐       ┌───────────────┐
//! │ title · orders           │  │ title · orders       │       │ title         │
//! │ FAILING DOING NEXT       │  │ FAILING DOING NEXT   │       │ FAILING       │
//! │─ 1 health ──┬─ 2 time ───│  │─ 4 runbook ─ 1 2 3 ──│       │  wrapped …    │
//! │             │            │  │                      │       │ DOING         │
//! │─ 3 roles ┬──┴ 4 runbook ─│  │                      │       │ NEXT          │
//! │          │               │  │                      │       │               │
//! │ keys                     │  │ keys                 │       │ keys          │
//! └──────────────────────────┘  └──────────────────────┘       └───────────────┘
//! ```
//! Rule lines are rows of their own and carry the titles; there are no boxes. A zoomed pane is the middle picture at any size.

use ratatui::layout::Rect;

use crate::app::pane::Pane;

/// From here on four panes fit side by side.
const FOUR_PANES: (u16, u16) = (100, 28);
/// From here on one pane fits under the strip.
const ONE_PANE: (u16, u16) = (70, 14);
/// Rows of a pane that are worth showing; with fewer the strip takes all.
const MIN_PANE_ROWS: u16 = 4;
/// Below this nothing of the strip can be read; one sentence is shown instead.
const SENTENCE_ONLY: (u16, u16) = (20, 4);

/// How much is shown at this size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Strip and four panes.
    Four,
    /// Strip and the focused pane.
    One,
    /// The strip alone.
    Strip,
    /// One sentence: there is no room.
    Sentence,
}

/// One pane's place: its rule line with the title, and the rows under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which pane.
    pub pane: Pane,
    /// The rule line above, one row.
    pub rule: Rect,
    /// The rows.
    pub body: Rect,
}

/// Places of everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// How much is shown.
    pub scale: Scale,
    /// Title, orders, strip.
    pub strip: Rect,
    /// The panes that are shown.
    pub panes: Vec<Place>,
    /// The vertical rule lines between panes, one column each.
    pub dividers: Vec<Rect>,
    /// Everything between the strip and the key line: where layers open.
    pub body: Rect,
    /// The last line.
    pub keys: Rect,
}

/// How much fits.
#[must_use]
pub const fn scale(area: Rect) -> Scale {
    if area.width >= FOUR_PANES.0 && area.height >= FOUR_PANES.1 {
        Scale::Four
    } else if area.width >= ONE_PANE.0 && area.height >= ONE_PANE.1 {
        Scale::One
    } else if area.width >= SENTENCE_ONLY.0 && area.height >= SENTENCE_ONLY.1 {
        Scale::Strip
    } else {
        Scale::Sentence
    }
}

/// Places for a screen whose strip wants `strip_rows` rows.
#[must_use]
pub fn layout(area: Rect, strip_rows: u16, focus: Pane, zoomed: bool) -> Layout {
    let scale = scale(area);
    let key_rows = u16::from(scale != Scale::Sentence);
    let above_keys = area.height.saturating_sub(key_rows);
    let keys = rows(area, above_keys, key_rows);
    let enough = above_keys.saturating_sub(strip_rows) > MIN_PANE_ROWS;
    if matches!(scale, Scale::Strip | Scale::Sentence) || !enough {
        let strip = rows(area, 0, above_keys);
        let body = rows(area, 1.min(above_keys), above_keys.saturating_sub(1));
        let scale = if scale == Scale::Sentence { scale } else { Scale::Strip };
        return Layout { scale, strip, panes: Vec::new(), dividers: Vec::new(), body, keys };
    }
    let strip = rows(area, 0, strip_rows);
    let body = rows(area, strip_rows, above_keys - strip_rows);
    let (panes, dividers) = match scale {
        Scale::Four if !zoomed => four(body),
        _ => (vec![place(focus, body)], Vec::new()),
    };
    let scale = if panes.len() == 1 { Scale::One } else { scale };
    Layout { scale, strip, panes, dividers, body, keys }
}

/// Health and timeline above, roles and runbook below.
fn four(body: Rect) -> (Vec<Place>, Vec<Rect>) {
    let upper = (body.height * 11).div_ceil(20);
    let (top, low) = (rows(body, 0, upper), rows(body, upper, body.height - upper));
    let (health, line_a, timeline) = beside(top, body.width * 53 / 100);
    let (roster, line_b, runbook) = beside(low, body.width * 27 / 100);
    let panes = vec![
        place(Pane::Health, health),
        place(Pane::Timeline, timeline),
        place(Pane::Roster, roster),
        place(Pane::Runbook, runbook),
    ];
    (panes, vec![line_a, line_b])
}

fn place(pane: Pane, area: Rect) -> Place {
    Place { pane, rule: rows(area, 0, area.height.min(1)), body: rows(area, 1, area.height.saturating_sub(1)) }
}

/// Left, divider of one column, right.
fn beside(area: Rect, left: u16) -> (Rect, Rect, Rect) {
    let left = left.min(area.width.saturating_sub(1));
    let at = |x: u16, width: u16| Rect { x: area.x + x, width, ..area };
    (at(0, left), at(left, 1.min(area.width)), at((left + 1).min(area.width), area.width.saturating_sub(left + 1)))
}

/// Some rows of an area; never outside it.
fn rows(area: Rect, from: u16, height: u16) -> Rect {
    let from = from.min(area.height);
    Rect { y: area.y + from, height: height.min(area.height - from), ..area }
}

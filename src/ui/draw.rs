//! The whole screen: strip, panes, what stands above them, the key line. Reads its arguments and nothing else.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::model::Model;
use crate::app::pane::Pane;
use crate::app::view::scene::Scene;
use crate::domain::text::Shown;
use crate::ui::layout::{Layout, Place, Scale, layout};
use crate::ui::row::{Row, draw_rows, first_row};
use crate::ui::rule::Rule;
use crate::ui::theme::{Role, Theme};
use crate::ui::{keys, layers, panes, strip};

/// Said where nothing else has room.
const NO_ROOM: &str = "needs 40x12";

/// Draws what the console knows, and places the terminal's cursor where a line is being written.
/// Draw only when the scene changed: [`Scene::of`] the same model is an equal scene.
pub fn draw(frame: &mut Frame<'_>, model: &Model, theme: &Theme) {
    if let Some(cursor) = draw_scene(frame.buffer_mut(), &Scene::of(model), theme) {
        frame.set_cursor_position(cursor);
    }
}

/// Draws a scene over the whole buffer; answers where the terminal's cursor stands, when a line is being written.
pub fn draw_scene(buf: &mut Buffer, scene: &Scene, theme: &Theme) -> Option<Position> {
    let area = buf.area;
    if area.is_empty() {
        return None;
    }
    buf.reset();
    buf.set_style(area, theme.style(Role::Text));
    let width = usize::from(area.width);
    let strip_rows = strip::rows(&scene.head, &scene.strip, width);
    let wanted = u16::try_from(strip_rows.len()).unwrap_or(u16::MAX);
    let places = layout(area, wanted, scene.focus, scene.zoom);
    match places.scale {
        Scale::Sentence => small(buf, scene, area, theme),
        Scale::Strip => {
            let rows = strip::wrapped(&scene.head, &scene.strip, width, usize::from(places.strip.height));
            draw_rows(buf, places.strip, &rows, theme);
        }
        Scale::One | Scale::Four => {
            draw_rows(buf, places.strip, &strip_rows, theme);
            for place in &places.panes {
                pane(buf, scene, &places, place, theme);
            }
            dividers(buf, &places, theme);
        }
    }
    keys::draw(buf, places.keys, scene, theme);
    scene.layer.as_ref().and_then(|layer| layers::draw(buf, &places, layer, theme))
}

/// Hardly any room: the first sentence that matters, then how much room is needed.
fn small(buf: &mut Buffer, scene: &Scene, area: Rect, theme: &Theme) {
    let first = scene.strip.failing.first().or(scene.strip.quiet.as_ref());
    let mut rows: Vec<Row> = Vec::new();
    if let Some(said) = first {
        let lines = crate::domain::text::wrap(said.brief().as_str(), usize::from(area.width));
        rows.extend(lines.into_iter().map(|l| Row::of(panes::role(said.tone), l)));
    }
    rows.truncate(usize::from(area.height).saturating_sub(1).max(1));
    if area.height > 1 || rows.is_empty() {
        rows.push(Row::of(Role::Quiet, NO_ROOM));
    }
    draw_rows(buf, area, &rows, theme);
}

fn pane(buf: &mut Buffer, scene: &Scene, places: &Layout, place: &Place, theme: &Theme) {
    let width = usize::from(place.body.width);
    let height = usize::from(place.body.height);
    let rows = match place.pane {
        Pane::Health => panes::health(&scene.health, width),
        Pane::Timeline => panes::timeline(&scene.timeline, width),
        Pane::Roster => panes::roster(&scene.roster, width),
        Pane::Runbook => panes::runbook(&scene.runbook, width),
    };
    let focused = place.pane == scene.focus;
    let cursor = scene.cursor(place.pane);
    let first = first_row(&rows, cursor, height);
    let shown = &rows[first.min(rows.len())..];
    draw_rows(buf, place.body, shown, theme);
    if focused && scene.layer.is_none() {
        mark_cursor(buf, place.body, shown, cursor, theme);
    }
    let position = (rows.len() > height).then(|| match place.pane {
        Pane::Timeline => format!("{} entries", scene.timeline.total),
        _ => format!("{}–{} of {}", first + 1, (first + height).min(rows.len()), rows.len()),
    });
    rule(scene, places, place, position).draw(buf, place.rule, theme);
}

/// The sign before the row under the cursor: seen without any colour.
fn mark_cursor(buf: &mut Buffer, body: Rect, shown: &[Row], cursor: usize, theme: &Theme) {
    let at = shown.iter().take(usize::from(body.height)).position(|r| r.item == Some(cursor));
    if let Some(y) = at.and_then(|y| u16::try_from(y).ok()) {
        let place = Rect { y: body.y + y, height: 1, width: body.width.min(1), ..body };
        Row::of(Role::Focus, "›").draw(buf, place, theme);
    }
}

fn rule(scene: &Scene, places: &Layout, place: &Place, position: Option<String>) -> Rule {
    let pane = place.pane;
    let more = match pane {
        Pane::Runbook if !scene.runbook.title.is_empty() => {
            let word = if place.rule.width < 85 { "" } else { "digest " };
            format!("{}  {word}{}", scene.runbook.title, scene.runbook.digest)
        }
        _ => String::new(),
    };
    let unread =
        (pane == Pane::Timeline && scene.timeline.unread > 0).then(|| format!("{} unread", scene.timeline.unread));
    let others = (places.scale == Scale::One && !scene.zoom).then(|| tabs(scene));
    let zoomed = (scene.zoom && places.scale != Scale::Strip).then(|| "z: all panes".to_owned());
    let right: Vec<String> = [unread, position, others, zoomed].into_iter().flatten().collect();
    Rule {
        title: Shown::from(format!("{} {}", pane.number(), pane.title())),
        more: more.into(),
        right: right.join(" · ").into(),
        focused: pane == scene.focus,
    }
}

/// The panes that are not shown, with their keys.
fn tabs(scene: &Scene) -> String {
    let name = |p: &Pane| match p {
        Pane::Timeline if scene.timeline.unread > 0 => format!("2 time •{}", scene.timeline.unread),
        Pane::Timeline => "2 time".to_owned(),
        p => format!("{} {}", p.number(), p.title()),
    };
    let others: Vec<String> = Pane::ALL.iter().filter(|p| **p != scene.focus).map(name).collect();
    others.join(" ")
}

/// Vertical lines, and the joints where they meet the rules.
fn dividers(buf: &mut Buffer, places: &Layout, theme: &Theme) {
    for line in &places.dividers {
        for y in line.y..line.bottom() {
            let above = y == line.y;
            let sign = if above { "┬" } else { "│" };
            Row::of(Role::Rule, sign).draw(buf, Rect { y, height: 1, ..*line }, theme);
        }
    }
    if let [upper, lower] = places.dividers.as_slice() {
        let joint = Rect { y: lower.y, height: 1, ..*upper };
        let on_line = buf.cell((joint.x, joint.y)).is_some_and(|c| matches!(c.symbol(), "─" | "━"));
        if on_line {
            Row::of(Role::Rule, "┴").draw(buf, joint, theme);
        }
    }
}

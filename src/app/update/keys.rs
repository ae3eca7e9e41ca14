//! What a key does, by the key map: panes first, or the top layer alone.

use crate::app::effect::{DrillOrder, Effect};
use crate::app::keymap::{Action, Key, Opening, PaneKey, Scroll, lookup};
use crate::app::layer::{Confirm, Layer, Line, Then};
use crate::app::model::Model;
use crate::app::pane::Pane;
use crate::app::update::{edit, evidence, find, layers, output, run, step, suggest};
use crate::app::view;
use crate::domain::id::RoleId;

/// The help screen has about this many rows; the view stops at its real end.
const HELP_ROWS: usize = 120;
/// Rows that a page key moves.
const PAGE: usize = 10;

pub(super) fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    model.notices.clear();
    let Some(binding) = lookup(&model.screen.contexts(model.drill.is_some()), key) else {
        if let Key::Char(c) = key {
            edit::insert(model, c);
        }
        return Vec::new();
    };
    // A printable key belongs to the line that is being written, whatever else it means.
    if let Key::Char(c) = key
        && edit::line(model).is_some()
    {
        edit::insert(model, c);
        return Vec::new();
    }
    act(model, binding.action)
}

fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Leave => return leave(model),
        Action::Pane(key) => pane(model, key),
        Action::Scroll(scroll) => self::scroll(model, scroll),
        Action::Open(opening) => return open(model, opening),
        Action::Compose(verb) => return compose(model, verb),
        Action::Step(key) => return step::press(model, key),
        Action::Drill(key) => return vec![Effect::Drill(DrillOrder::Key(key))],
        Action::Layer(key) => return layers::press(model, key),
        Action::Edit(key) => edit::edit(model, key),
    }
    Vec::new()
}

/// Leaving asks only when something of ours would be cut off: entries that are not on the disk.
pub(super) fn leave(model: &mut Model) -> Vec<Effect> {
    let held = model.case.as_ref().map_or(0, |c| c.held.len()) + model.waiting;
    if held == 0 {
        return vec![Effect::Leave];
    }
    let says = vec![
        format!("{held} entries are not on the disk yet; leaving now loses them."),
        "Leave all the same?".to_owned(),
    ];
    model.screen.open(Layer::Confirm(Confirm { says, type_name: None, input: Line::default(), then: Then::Leave }));
    Vec::new()
}

fn pane(model: &mut Model, key: PaneKey) {
    let screen = &mut model.screen;
    match key {
        PaneKey::Next => screen.focus = screen.focus.next(),
        PaneKey::Prev => screen.focus = screen.focus.prev(),
        PaneKey::Go(pane) => screen.focus = pane,
        PaneKey::Zoom => screen.zoom = !screen.zoom,
    }
    if model.screen.focus == Pane::Timeline
        && let Some(case) = &mut model.case
    {
        case.mark_read();
    }
}

fn open(model: &mut Model, opening: Opening) -> Vec<Effect> {
    match opening {
        Opening::Help => model.screen.open(Layer::Help { scroll: 0 }),
        Opening::Palette => palette(model, ""),
        Opening::Detail => return layers::open_detail(model),
        Opening::Output => return output::open(model),
        Opening::SoFar => return step::or_warn(model, output::open_so_far),
        Opening::Runbooks => run::open_list(model),
        Opening::Evidence => return evidence::open(model),
        Opening::Suggested => return suggest::open(model),
    }
    Vec::new()
}

/// Opens the command line with words in it; with the line that was not recorded, where it begins like this.
pub(super) fn palette(model: &mut Model, text: &str) {
    let unsaid = model.unsaid.take_if(|line| line.starts_with(text));
    let line = unsaid.as_deref().unwrap_or(text);
    model.screen.open(Layer::Palette { input: Line::with(line), chosen: 0, refused: None });
}

/// Opens the command line with a verb, and with what is under the cursor where the verb is about that.
fn compose(model: &mut Model, verb: &str) -> Vec<Effect> {
    let mut text = format!("{verb} ");
    match verb {
        "amend" | "strike" => {
            let Some(entry) = layers::entry_under_cursor(model) else {
                model.warn("there is no entry under the cursor");
                return Vec::new();
            };
            text.push_str(&format!("{} ", entry.name()));
        }
        "role accept" => offered_to_me(model).iter().for_each(|role| text.push_str(role.as_str())),
        "role assign" | "role handover" if model.screen.focus == Pane::Roster => {
            if let Some(role) = view::roles(model).get(model.screen.row(Pane::Roster)) {
                text.push_str(&format!("{role} "));
            }
        }
        _ => {}
    }
    palette(model, &text);
    Vec::new()
}

/// The role that waits for our word.
fn offered_to_me(model: &Model) -> Option<RoleId> {
    let roles = &model.ledger()?.incident().roles;
    let mine = |r: &crate::domain::incident::Role| r.offer.as_ref().is_some_and(|o| o.to == model.me.person);
    roles.iter().find(|(_, r)| mine(r)).map(|(id, _)| id.clone())
}

fn scroll(model: &mut Model, scroll: Scroll) {
    let focus = model.screen.focus;
    let rows = layers::rows(model, focus);
    match model.screen.layers.last_mut() {
        Some(Layer::Help { scroll: at }) => return *at = moved(*at, scroll, HELP_ROWS),
        Some(Layer::Reader { scroll: at, lines, .. }) => {
            return *at = moved(*at, scroll, find::last_row(lines, model.screen.size.0));
        }
        _ => {}
    }
    let row = model.screen.cursor.entry(focus).or_insert(0);
    *row = moved(*row, scroll, rows.saturating_sub(1));
    if focus == Pane::Timeline
        && let Some(case) = &mut model.case
    {
        case.mark_read();
    }
}

/// A row moved within 0 and `last`. Readers know their last row only when drawn; the view stops them there.
fn moved(row: usize, scroll: Scroll, last: usize) -> usize {
    let to = match scroll {
        Scroll::Up => row.saturating_sub(1),
        Scroll::Down => row.saturating_add(1),
        Scroll::PageUp => row.saturating_sub(PAGE),
        Scroll::PageDown => row.saturating_add(PAGE),
        Scroll::First => 0,
        Scroll::Last => last,
    };
    to.min(last)
}

//! The table of keys. To change a key, change it here: lookup, key line, help screen and `docs/keys.md` follow.

use super::action::{Action, DrillKey, EditKey, LayerKey, Opening, PaneKey, Scroll, StepKey};
use super::key::Key;
use super::lookup::{Binding, Context};
use crate::app::pane::Pane;

const fn on(context: Context, keys: &'static [Key], action: Action, hint: &'static str, help: &'static str) -> Binding {
    Binding { context, keys, action, hint, help, on_line: true }
}

/// A binding that the key line leaves out.
const fn off(
    context: Context,
    keys: &'static [Key],
    action: Action,
    hint: &'static str,
    help: &'static str,
) -> Binding {
    Binding { context, keys, action, hint, help, on_line: false }
}

use Context::{Confirm, Drill, Everywhere, Help, Palette, Pick, Reader, Typed};
use Key::{
    BackTab, Backspace, Char, Ctrl, Delete, Down, End, Enter, Esc, Home, Left, PageDown, PageUp, Right, Tab, Up,
};

const HEALTH: Context = Context::Pane(Pane::Health);
const TIMELINE: Context = Context::Pane(Pane::Timeline);
const ROSTER: Context = Context::Pane(Pane::Roster);
const RUNBOOK: Context = Context::Pane(Pane::Runbook);

const UP: &[Key] = &[Char('k'), Up];
const DOWN: &[Key] = &[Char('j'), Down];
const PAGE_UP: &[Key] = &[PageUp, Ctrl('b')];
const PAGE_DOWN: &[Key] = &[PageDown, Ctrl('f'), Char(' ')];
const FIRST: &[Key] = &[Char('g'), Home];
const LAST: &[Key] = &[Char('G'), End];
const CLOSE: &[Key] = &[Char('q'), Ctrl('g'), Ctrl('c'), Backspace, Esc];

/// Every binding. The first rows of a context come first on the key line.
pub(super) const TABLE: &[Binding] = &[
    on(Everywhere, &[Tab], Action::Pane(PaneKey::Next), "pane", "Go to the next pane."),
    off(Everywhere, &[BackTab], Action::Pane(PaneKey::Prev), "back", "Go to the pane before."),
    off(Everywhere, &[Char('1')], Action::Pane(PaneKey::Go(Pane::Health)), "health", "Go to health."),
    off(Everywhere, &[Char('2')], Action::Pane(PaneKey::Go(Pane::Timeline)), "timeline", "Go to the timeline."),
    off(Everywhere, &[Char('3')], Action::Pane(PaneKey::Go(Pane::Roster)), "roles", "Go to the roles."),
    off(Everywhere, &[Char('4')], Action::Pane(PaneKey::Go(Pane::Runbook)), "runbook", "Go to the runbook."),
    on(Everywhere, &[Char('z')], Action::Pane(PaneKey::Zoom), "zoom", "Show the focused pane alone, or all again."),
    on(
        Everywhere,
        &[Char(':')],
        Action::Open(Opening::Palette),
        "commands",
        "Open the command line: every verb, by any of its letters.",
    ),
    on(Everywhere, &[Char('?')], Action::Open(Opening::Help), "help", "Show all keys."),
    off(Everywhere, UP, Action::Scroll(Scroll::Up), "up", "One row up."),
    off(Everywhere, DOWN, Action::Scroll(Scroll::Down), "down", "One row down."),
    off(Everywhere, PAGE_UP, Action::Scroll(Scroll::PageUp), "page up", "A page up."),
    off(Everywhere, PAGE_DOWN, Action::Scroll(Scroll::PageDown), "page down", "A page down."),
    off(Everywhere, FIRST, Action::Scroll(Scroll::First), "first", "To the first row."),
    off(Everywhere, LAST, Action::Scroll(Scroll::Last), "last", "To the last row."),
    off(
        Everywhere,
        &[Enter],
        Action::Open(Opening::Detail),
        "details",
        "Show all that is known of the row under the cursor.",
    ),
    off(
        Everywhere,
        &[Char('d')],
        Action::Compose("declare"),
        "declare",
        "Declare an incident: severity and a title of a few words.",
    ),
    off(Everywhere, &[Char('n')], Action::Compose("note"), "note", "Write a note into the log."),
    off(Everywhere, &[Char('f')], Action::Compose("fact"), "fact", "Record something that is known to be so, and how."),
    off(
        Everywhere,
        &[Char('D')],
        Action::Compose("decide"),
        "decide",
        "Record a decision: what was asked, what was decided, why.",
    ),
    off(Everywhere, &[Char('t')], Action::Compose("task give"), "task", "Give somebody a task with a time box."),
    off(Everywhere, &[Char('a')], Action::Compose("role assign"), "assign", "Give somebody a role."),
    off(
        Everywhere,
        &[Char('h')],
        Action::Compose("role handover"),
        "hand over",
        "Offer a role to somebody; it moves when they accept.",
    ),
    off(
        Everywhere,
        &[Char('y')],
        Action::Compose("role accept"),
        "accept role",
        "Take the role that was offered to you.",
    ),
    off(Everywhere, &[Char('v')], Action::Compose("severity"), "severity", "Change the severity, with the reason."),
    off(
        Everywhere,
        &[Char('S')],
        Action::Compose("status"),
        "status",
        "Change the incident's status, with the reason.",
    ),
    off(
        Everywhere,
        &[Char('O')],
        Action::Compose("order"),
        "order",
        "Pin a standing order on every screen until it is lifted.",
    ),
    off(
        Everywhere,
        &[Char('e')],
        Action::Open(Opening::Evidence),
        "evidence",
        "What proves a FAILING line: values, comparisons, and the raw replies of the calls.",
    ),
    off(
        Everywhere,
        &[Char('R')],
        Action::Open(Opening::Suggested),
        "suggested",
        "Begin the runbook that NEXT suggests; choose, where several fit.",
    ),
    off(Everywhere, &[Char('b')], Action::Open(Opening::Runbooks), "runbooks", "List the runbooks and start one."),
    off(
        Everywhere,
        &[Char('q'), Ctrl('c')],
        Action::Leave,
        "leave",
        "Leave the console; asks only when something of ours would be cut off.",
    ),
    on(
        HEALTH,
        &[Enter],
        Action::Open(Opening::Detail),
        "details",
        "Every signal of this node, with its source and age.",
    ),
    on(
        HEALTH,
        &[Char('e')],
        Action::Open(Opening::Evidence),
        "evidence",
        "What proves a FAILING line: values, comparisons, and the raw replies of the calls.",
    ),
    on(
        HEALTH,
        &[Char('d')],
        Action::Compose("declare"),
        "declare",
        "Declare an incident: severity and a title of a few words.",
    ),
    on(HEALTH, &[Char('n')], Action::Compose("note"), "note", "Write a note into the log."),
    off(HEALTH, &[Char('f')], Action::Compose("fact"), "fact", "Record something that is known to be so, and how."),
    on(TIMELINE, &[Enter], Action::Open(Opening::Detail), "details", "The whole entry: times, writer, words."),
    on(TIMELINE, &[Char('n')], Action::Compose("note"), "note", "Write a note into the log."),
    on(
        TIMELINE,
        &[Char('c')],
        Action::Compose("amend"),
        "correct",
        "Correct the entry under the cursor; the old words stay, struck out.",
    ),
    on(
        TIMELINE,
        &[Char('x')],
        Action::Compose("strike"),
        "strike",
        "Strike the entry under the cursor out of every export and draft.",
    ),
    on(ROSTER, &[Char('a')], Action::Compose("role assign"), "assign", "Give somebody the role under the cursor."),
    on(
        ROSTER,
        &[Char('h')],
        Action::Compose("role handover"),
        "hand over",
        "Offer the role under the cursor to somebody; it moves when they accept.",
    ),
    on(ROSTER, &[Char('y')], Action::Compose("role accept"), "accept", "Take the role that was offered to you."),
    on(ROSTER, &[Char('t')], Action::Compose("task give"), "task", "Give somebody a task with a time box."),
    on(RUNBOOK, &[Enter], Action::Step(StepKey::Go), "run", "Run the active step, or answer what it asks."),
    on(RUNBOOK, &[Char('r')], Action::Step(StepKey::Retry), "retry", "Run the last step once more."),
    on(RUNBOOK, &[Char('s')], Action::Step(StepKey::Skip), "skip", "Leave the active step out, with a reason."),
    off(
        RUNBOOK,
        &[Char('u')],
        Action::Step(StepKey::RollBack),
        "roll back",
        "Roll the run back: what was done is taken back, newest first; with a reason.",
    ),
    on(RUNBOOK, &[Char('x')], Action::Step(StepKey::Stop), "stop", "Stop the command that runs; its output stays."),
    on(RUNBOOK, &[Char('o')], Action::Open(Opening::Output), "output", "Read what the step's command wrote."),
    off(
        RUNBOOK,
        &[Char('H')],
        Action::Open(Opening::SoFar),
        "so far",
        "The run so far: every attempt, by whom, when, to what end.",
    ),
    on(RUNBOOK, &[Char('b')], Action::Open(Opening::Runbooks), "runbooks", "List the runbooks and start one."),
    on(Drill, &[Char('p')], Action::Drill(DrillKey::Pause), "pause", "Stop the drill's clock, or let it run again."),
    on(Drill, &[Char('+'), Char('=')], Action::Drill(DrillKey::Faster), "faster", "Let the drill run twice as fast."),
    on(Drill, &[Char('-')], Action::Drill(DrillKey::Slower), "slower", "Let the drill run half as fast."),
    off(
        Drill,
        &[Char('[')],
        Action::Drill(DrillKey::Back),
        "back",
        "Look a minute back; nothing can be changed there.",
    ),
    off(Drill, &[Char(']')], Action::Drill(DrillKey::Forward), "on", "Go a minute on."),
    on(
        Palette,
        &[Enter],
        Action::Layer(LayerKey::Accept),
        "run",
        "Run the line, or ask for the words that are missing.",
    ),
    on(Palette, &[Tab], Action::Layer(LayerKey::Complete), "complete", "Take the chosen verb into the line."),
    on(Palette, &[Down, Ctrl('n')], Action::Layer(LayerKey::Next), "next", "The next suggestion."),
    off(Palette, &[Up, Ctrl('p'), BackTab], Action::Layer(LayerKey::Prev), "before", "The suggestion before."),
    on(
        Palette,
        &[Ctrl('g'), Ctrl('c'), Esc],
        Action::Layer(LayerKey::Close),
        "close",
        "Close, nothing done; so does backspace on the empty line.",
    ),
    off(
        Palette,
        &[Backspace, Ctrl('h')],
        Action::Edit(EditKey::Erase),
        "erase",
        "Erase the character before the cursor.",
    ),
    off(Palette, &[Delete], Action::Edit(EditKey::Delete), "delete", "Erase the character under the cursor."),
    off(Palette, &[Ctrl('w')], Action::Edit(EditKey::EraseWord), "erase word", "Erase the word before the cursor."),
    off(Palette, &[Ctrl('u')], Action::Edit(EditKey::Clear), "clear", "Erase the whole line."),
    off(Palette, &[Left, Ctrl('b')], Action::Edit(EditKey::Left), "left", "Cursor left."),
    off(Palette, &[Right, Ctrl('f')], Action::Edit(EditKey::Right), "right", "Cursor right."),
    off(Palette, &[Home, Ctrl('a')], Action::Edit(EditKey::Home), "home", "Cursor to the beginning."),
    off(Palette, &[End, Ctrl('e')], Action::Edit(EditKey::End), "end", "Cursor to the end."),
    on(Pick, &[Enter], Action::Layer(LayerKey::Accept), "open", "Open what is chosen; begin the runbook."),
    on(Pick, DOWN, Action::Layer(LayerKey::Next), "down", "The next one."),
    on(Pick, UP, Action::Layer(LayerKey::Prev), "up", "The one before."),
    on(Pick, CLOSE, Action::Layer(LayerKey::Close), "close", "Back to the panes."),
    on(Confirm, &[Char('y')], Action::Layer(LayerKey::Accept), "yes", "Yes, do it."),
    on(
        Confirm,
        &[Char('n'), Char('q'), Ctrl('g'), Ctrl('c'), Backspace, Esc],
        Action::Layer(LayerKey::Close),
        "no",
        "No, leave it.",
    ),
    on(Typed, &[Enter], Action::Layer(LayerKey::Accept), "do it", "Do it, when the name is typed out."),
    on(
        Typed,
        &[Ctrl('g'), Ctrl('c'), Esc],
        Action::Layer(LayerKey::Close),
        "leave it",
        "Close, nothing done; so does backspace on the empty line.",
    ),
    off(
        Typed,
        &[Backspace, Ctrl('h')],
        Action::Edit(EditKey::Erase),
        "erase",
        "Erase the character before the cursor.",
    ),
    off(Typed, &[Ctrl('w')], Action::Edit(EditKey::EraseWord), "erase word", "Erase the word before the cursor."),
    off(Typed, &[Ctrl('u')], Action::Edit(EditKey::Clear), "clear", "Erase the whole line."),
    on(Reader, CLOSE, Action::Layer(LayerKey::Close), "close", "Back to the panes."),
    on(Reader, &[Char('/')], Action::Compose("find"), "find", "Find words in this text."),
    off(Reader, &[Char('n')], Action::Layer(LayerKey::Next), "next", "The next line that has the words."),
    off(Reader, &[Char('N')], Action::Layer(LayerKey::Prev), "before", "The line before that has them."),
    on(Reader, DOWN, Action::Scroll(Scroll::Down), "down", "One row down."),
    on(Reader, UP, Action::Scroll(Scroll::Up), "up", "One row up."),
    on(Reader, PAGE_DOWN, Action::Scroll(Scroll::PageDown), "page down", "A page down."),
    off(Reader, PAGE_UP, Action::Scroll(Scroll::PageUp), "page up", "A page up."),
    off(Reader, FIRST, Action::Scroll(Scroll::First), "first", "To the beginning."),
    off(Reader, LAST, Action::Scroll(Scroll::Last), "last", "To the end."),
    on(
        Help,
        &[Char('q'), Char('?'), Ctrl('g'), Ctrl('c'), Backspace, Esc],
        Action::Layer(LayerKey::Close),
        "close",
        "Back to the panes.",
    ),
    on(Help, DOWN, Action::Scroll(Scroll::Down), "down", "One row down."),
    on(Help, UP, Action::Scroll(Scroll::Up), "up", "One row up."),
    on(Help, PAGE_DOWN, Action::Scroll(Scroll::PageDown), "page down", "A page down."),
    off(Help, PAGE_UP, Action::Scroll(Scroll::PageUp), "page up", "A page up."),
    off(Help, FIRST, Action::Scroll(Scroll::First), "first", "To the beginning."),
    off(Help, LAST, Action::Scroll(Scroll::Last), "last", "To the end."),
];

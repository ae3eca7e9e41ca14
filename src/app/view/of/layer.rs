//! The top layer as data.

use crate::app::layer::{Layer, Line, Pick};
use crate::app::palette::suggest;
use crate::app::verbs;
use crate::app::view::layer::{ConfirmView, LayerView, LineView, PaletteView, SuggestionRow};
use crate::app::view::of::veil::veiled;
use crate::domain::command::VerbForm;
use crate::domain::text::Shown;
use crate::runbook::shelf::Shelf;

/// What the top layer shows.
pub(super) fn layer(layer: &Layer, shelf: &Shelf, sought: &str) -> LayerView {
    match layer {
        Layer::Help { scroll } => LayerView::Help { scroll: *scroll },
        Layer::Palette { input, chosen, refused } => {
            LayerView::Palette(palette(input, &veiled(shelf, input.text()), (*chosen, refused.as_deref())))
        }
        Layer::Confirm(confirm) => LayerView::Confirm(ConfirmView {
            says: confirm.says.iter().map(|s| Shown::line(s)).collect(),
            typed: confirm
                .type_name
                .as_ref()
                .map(|name| (Shown::line(name), line(confirm.input.text(), confirm.input.cursor()))),
        }),
        Layer::Pick(pick) => self::pick(pick),
        Layer::Reader { title, lines, scroll } => LayerView::Reader {
            title: Shown::line(title),
            lines: lines.iter().map(|l| Shown::line(l)).collect(),
            scroll: *scroll,
            sought: Shown::line(sought),
        },
    }
}

/// A choice is a text to read with a mark at the one that enter opens; it scrolls so that the one before stays in sight.
fn pick(pick: &Pick) -> LayerView {
    let mut lines = Vec::new();
    let mut scroll = 0;
    for (i, (told, _)) in pick.rows.iter().enumerate() {
        if i + 1 == pick.chosen {
            scroll = lines.len();
        }
        let mark = if i == pick.chosen { "▸ " } else { "  " };
        for (n, text) in told.iter().enumerate() {
            lines.push(Shown::line(&format!("{}{text}", if n == 0 { mark } else { "    " })));
        }
    }
    LayerView::Reader { title: Shown::line(&pick.title), lines, scroll, sought: Shown::default() }
}

fn line(text: &str, cursor: usize) -> LineView {
    let at = text.char_indices().nth(cursor).map_or(text.len(), |(i, _)| i);
    let (before, after) = text.split_at(at);
    LineView { before: Shown::line(before), after: Shown::line(after) }
}

/// `shown`: the line as it may be seen; which suggestion is chosen, and why the line was refused.
fn palette(input: &Line, shown: &str, (chosen, refused): (usize, Option<&str>)) -> PaletteView {
    let forms: Vec<&VerbForm> = verbs::all().collect();
    let names: Vec<&str> = forms.iter().map(|f| f.verb).collect();
    let found = suggest(input.text(), &names);
    let whole = found.first().filter(|s| s.whole).and_then(|s| forms.get(s.verb));
    let suggestions = found.iter().filter_map(|s| {
        let form = forms.get(s.verb)?;
        Some(SuggestionRow { verb: form.verb, letters: s.letters.clone(), args: form.args, help: form.help })
    });
    PaletteView {
        line: line(shown, input.cursor()),
        suggestions: suggestions.collect(),
        chosen,
        usage: whole.map(|f| (format!("{} {}", f.verb, f.args).into(), f.help.into())),
        refused: refused.map(Shown::line),
    }
}

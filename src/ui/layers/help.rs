//! Every key, made from the key map; `docs/keys.md` is made from the same rows.

use crate::app::keymap::{Binding, Context, bindings};
use crate::app::verbs;
use crate::domain::text;
use crate::ui::row::Row;
use crate::ui::theme::Role;

/// Columns of the keys.
const KEYS: usize = 25;

/// The help screen's rows at this width.
pub(super) fn rows(width: usize) -> Vec<Row> {
    let mut rows =
        vec![Row::of(Role::Quiet, " Esc, Alt and function keys are never needed. ctrl-g leaves whatever is open.")];
    for context in Context::ALL {
        rows.push(Row::new());
        rows.push(Row::of(Role::Title, format!(" {}", context.title())));
        for b in bindings(context) {
            let lines = text::wrap(b.help, width.saturating_sub(KEYS + 2).max(20));
            for (i, line) in lines.into_iter().enumerate() {
                let keys = if i == 0 { names(b) } else { String::new() };
                let row = Row::of(Role::Key, format!(" {}", text::pad_right(&keys, KEYS)));
                rows.push(row.say(Role::Text, line));
            }
        }
    }
    rows
}

/// All keys of a binding.
fn names(b: &Binding) -> String {
    let names: Vec<String> = b.keys.iter().map(ToString::to_string).collect();
    names.join(" ")
}

/// The key map as a Markdown document: `docs/keys.md`, held against it by a test.
#[must_use]
pub fn help_text() -> String {
    let mut out = String::from(
        "# Keys\n\nMade from the key map (`src/app/keymap/table.rs`); the help screen (`?`) shows the same rows.\n\
         Esc, Alt and function keys are never needed. `ctrl-g` leaves whatever is open.\n",
    );
    for context in Context::ALL {
        out.push_str(&format!("\n## {}\n\n| keys | what they do |\n|---|---|\n", context.title()));
        for b in bindings(context) {
            let keys: Vec<String> = b.keys.iter().map(|k| format!("`{k}`")).collect();
            out.push_str(&format!("| {} | {} |\n", keys.join(" "), b.help));
        }
    }
    out.push_str("\n## verbs of the command line\n\nBy any of their letters; the same words work as `warroom VERB …` in a shell where they change the log.\n");
    out.push_str("\n| verb | what it does |\n|---|---|\n");
    for form in verbs::all() {
        let words = format!("{} {}", form.verb, form.args.replace('|', "\\|"));
        out.push_str(&format!("| `{}` | {} |\n", words.trim_end(), form.help));
    }
    out
}

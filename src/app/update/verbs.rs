//! A typed line: a verb of the console, or a command to the incident.

use std::collections::BTreeMap;

use crate::app::effect::{DrillOrder, Effect};
use crate::app::keymap::{DrillKey, StepKey};
use crate::app::layer::Layer;
use crate::app::model::Model;
use crate::app::update::{commands, find, keys, output, run, step};
use crate::app::verbs::CONSOLE_VERBS;
use crate::app::view::signing_words;
use crate::domain::command::{VERBS, parse};

/// The fastest a drill's clock runs: ten minutes a second.
const MAX_SPEED: u32 = 600;

/// Whether the line begins with a whole verb.
pub(super) fn is_verb(line: &str) -> bool {
    let line = line.trim();
    VERBS
        .iter()
        .chain(CONSOLE_VERBS)
        .any(|f| line.strip_prefix(f.verb).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace)))
}

/// Does what a typed line says.
///
/// # Errors
/// Why not, as a sentence.
pub(super) fn say(model: &mut Model, line: &str) -> Result<Vec<Effect>, String> {
    let line = line.trim();
    let console = CONSOLE_VERBS.iter().filter(|f| {
        line.strip_prefix(f.verb).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    });
    let Some(form) = console.max_by_key(|f| f.verb.len()) else {
        return commands::give(model, parse(line)?);
    };
    let rest = line.get(form.verb.len()..).unwrap_or_default().trim();
    match form.verb {
        "run" => run::begin_or_resume(model, rest),
        "runbook diff" => run::open_difference(model),
        "runbook read" => run::open_text(model),
        "runbook trust" if !rest.is_empty() => run::trust(model, rest),
        "step go" => Ok(step::press(model, StepKey::Go)),
        "step retry" => Ok(step::press(model, StepKey::Retry)),
        "step stop" => Ok(step::press(model, StepKey::Stop)),
        "step answer" => step::answer(model, rest),
        "step skip" => step::skip(model, rest),
        "runbook so-far" => output::open_so_far(model),
        "output" => output::named(model, rest),
        "find" => find::find(model, rest).map(|()| Vec::new()),
        "step rollback" => step::roll_back(model, rest),
        "open" if !rest.is_empty() => Ok(vec![Effect::Open(rest.into())]),
        "theme" if !rest.is_empty() => Ok(vec![Effect::Theme(rest.to_owned())]),
        "key" => {
            model.say(signing_words(model));
            Ok(vec![Effect::AskKey])
        }
        "runbooks" => {
            run::open_list(model);
            Ok(Vec::new())
        }
        "help" => {
            model.screen.open(Layer::Help { scroll: 0 });
            Ok(Vec::new())
        }
        "quit" => Ok(keys::leave(model)),
        verb if verb.starts_with("drill") => drill(model, verb, rest),
        verb => Err(format!("usage: {verb} {}: {}", form.args, form.help)),
    }
}

fn drill(model: &Model, verb: &str, rest: &str) -> Result<Vec<Effect>, String> {
    if model.drill.is_none() {
        return Err("this is no drill; start one with `warroom drill run`".to_owned());
    }
    let number = rest.parse::<u32>().ok();
    let order = match (verb, number) {
        ("drill pause", _) => DrillOrder::Key(DrillKey::Pause),
        ("drill speed", Some(n)) if (1..=MAX_SPEED).contains(&n) => DrillOrder::Speed(n),
        ("drill seek", Some(n)) => DrillOrder::Seek(n),
        ("drill speed", _) => return Err(format!("usage: drill speed FACTOR, 1 to {MAX_SPEED}")),
        _ => return Err("usage: drill seek MINUTES".to_owned()),
    };
    Ok(vec![Effect::Drill(order)])
}

/// `NAME=VALUE` words.
///
/// # Errors
/// Which word is none.
pub(super) fn params<'a>(words: impl Iterator<Item = &'a str>) -> Result<BTreeMap<String, String>, String> {
    let mut given = BTreeMap::new();
    for word in words {
        let (name, value) = word.split_once('=').ok_or_else(|| format!("`{word}` is not PARAM=VALUE"))?;
        given.insert(name.to_owned(), value.to_owned());
    }
    Ok(given)
}

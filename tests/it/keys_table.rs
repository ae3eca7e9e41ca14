//! The key map's own promises: no Esc, Alt or function key needed, no key twice in a place, every row with its words.

use std::collections::BTreeSet;

use warroom::app::keymap::{Action, Context, Key, LayerKey, bindings, lookup};
use warroom::app::pane::Pane;

#[test]
fn every_binding_has_a_hint_and_a_sentence() {
    for context in Context::ALL {
        assert!(bindings(context).count() > 0, "{context:?} has no keys");
        for b in bindings(context) {
            assert!(
                !b.hint.is_empty() && b.hint.len() <= 14,
                "{:?}: the hint `{}` must be a word or two",
                b.keys,
                b.hint
            );
            assert!(b.help.ends_with('.') && b.help.len() > 8, "{:?}: `{}` is no sentence", b.keys, b.help);
        }
    }
}

#[test]
fn no_key_means_two_things_in_one_place() {
    for context in Context::ALL {
        let mut seen = BTreeSet::new();
        for key in bindings(context).flat_map(|b| b.keys) {
            assert!(seen.insert(*key), "{key} is bound twice in {context:?}");
        }
    }
}

#[test]
fn escape_is_never_the_only_way() {
    for context in Context::ALL {
        for b in bindings(context) {
            assert_ne!(b.keys, [Key::Esc], "{context:?}: {} needs Esc", b.hint);
            assert_ne!(b.keys.first(), Some(&Key::Esc), "{context:?}: Esc must not be the key that is shown");
        }
    }
}

#[test]
fn every_layer_can_be_left_with_one_key_of_a_phone() {
    for context in [Context::Help, Context::Palette, Context::Confirm, Context::Typed, Context::Reader] {
        let close = bindings(context).find(|b| b.action == Action::Layer(LayerKey::Close));
        let keys = close.map(|b| b.keys).unwrap_or_default();
        assert!(
            keys.iter().any(|k| matches!(k, Key::Char(_) | Key::Ctrl(_))),
            "{context:?} cannot be left without Esc"
        );
    }
}

#[test]
fn a_pane_may_give_a_key_its_own_meaning() {
    let run = lookup(&[Context::Pane(Pane::Runbook), Context::Everywhere], Key::Enter).map(|b| b.hint);
    assert_eq!(run, Some("run"));
    let detail = lookup(&[Context::Pane(Pane::Health), Context::Everywhere], Key::Enter).map(|b| b.hint);
    assert_eq!(detail, Some("details"));
    assert!(lookup(&[Context::Palette], Key::Char('q')).is_none(), "letters are text in the command line");
}

#[test]
fn every_verb_can_be_found_and_every_composed_one_exists() {
    let all: Vec<&str> = warroom::app::verbs::all().map(|f| f.verb).collect();
    let found: Vec<&str> = warroom::app::verbs::suggested("").iter().map(|f| f.verb).collect();
    assert_eq!(all, found, "the empty line lists every verb");
    for verb in &all {
        assert_eq!(warroom::app::verbs::suggested(verb).first().map(|f| f.verb), Some(*verb), "{verb} finds itself");
    }
    for context in Context::ALL {
        for b in bindings(context) {
            if let Action::Compose(verb) = b.action {
                assert!(all.contains(&verb), "{} composes `{verb}`, which is no verb", b.hint);
            }
        }
    }
}

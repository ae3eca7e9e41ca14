//! The documentation of configuration, roster, command line and dependencies, held against what the program does.

use std::path::Path;

use warroom::config::parse_config;
use warroom::config::parse_roster;
use warroom::domain::verdict::Limits;

use crate::support::warroom::Warroom;

fn doc(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn block<'a>(text: &'a str, fence: &str) -> &'a str {
    let start = text.find(fence).unwrap() + fence.len();
    &text[start..start + text[start..].find("```").unwrap()]
}

#[test]
fn the_examples_are_read_without_a_word() {
    let (config, roster) = (doc("docs/config.md"), doc("docs/roster.md"));
    parse_config(Path::new("config.toml"), block(&config, "```toml\n")).unwrap();
    parse_roster(Path::new("roster.toml"), block(&roster, "```toml\n")).unwrap();
}

#[test]
fn every_limit_stands_in_the_documentation_with_its_built_in_value() {
    let text = doc("docs/config.md");
    let table = &text[text.find("| limit |").unwrap()..];
    let rows: Vec<(&str, &str)> = table
        .lines()
        .filter_map(|l| l.strip_prefix("| `"))
        .map(|l| l.split_once("` | ").unwrap())
        .map(|(name, rest)| (name, rest.split(" | ").next().unwrap()))
        .collect();
    let fields = format!("{:#?}", Limits::default()).lines().filter(|l| l.contains(": ")).count();
    assert_eq!(rows.len(), fields, "one row for each limit");
    let lines: Vec<String> = rows.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let config = parse_config(Path::new("config.toml"), &format!("[limits]\n{}\n", lines.join("\n"))).unwrap();
    assert_eq!(config.limits, Limits::default());
}

#[test]
fn every_verb_stands_in_the_documentation() {
    let (text, help) = (doc("docs/cli.md"), Warroom::new().run(&["--help"]).out);
    let verbs = help.lines().skip_while(|l| !l.starts_with("Commands:")).skip(1).take_while(|l| !l.is_empty());
    let verbs: Vec<&str> =
        verbs.filter(|l| !l.starts_with("   ")).filter_map(|l| l.split_whitespace().next()).collect();
    assert!(verbs.len() > 20, "{verbs:?}");
    for verb in verbs {
        assert!(text.contains(&format!("`warroom {verb}")), "docs/cli.md does not know `warroom {verb}`");
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let (text, manifest) = (doc("docs/dependencies.md"), doc("Cargo.toml"));
    let listed = manifest.split("dependencies]\n").skip(1).flat_map(|part| part.lines().take_while(|l| !l.is_empty()));
    let names: Vec<&str> = listed.filter_map(|l| l.split_once(" = ")).map(|(name, _)| name).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let reason = text.contains(&format!("| {name} |"))
            || text.contains(&format!("{name},"))
            || text.contains(&format!(", {name}"))
            || text.contains(&format!("{name} ("));
        assert!(reason, "docs/dependencies.md does not say why `{name}` is here");
    }
}

//! A runbook for paper: a box and a place for the time beside each step, values written out, wide lines broken.
//! For the night when there is a printer and no terminal; nothing here runs anything.

use std::collections::BTreeMap;

use crate::cli::outcome::CliError;
use crate::domain::event::Effect;
use crate::runbook::model::{Runbook, Step, Target};
use crate::runbook::params::bind;

/// Characters of a line on paper.
const WIDTH: usize = 92;

/// The text.
///
/// # Errors
/// A parameter that does not fit.
pub fn of(book: &Runbook, given: &BTreeMap<String, String>) -> Result<String, CliError> {
    let missing: Vec<&str> = book.params.iter().map(|p| p.name.as_str()).collect();
    let values = bind(&book.params, given, &missing).map_err(|faults| CliError::Usage(faults.join("\n")))?;
    let mut page = vec![
        format!("{}   {} r{}", book.title.to_uppercase(), book.id, book.revision),
        format!("digest {}   reviewed {}   {}", book.digest(), book.reviewed.as_deref().unwrap_or("never"), book.owner),
        String::new(),
        "incident ________________________   begun ________ UTC   by ____________________".to_owned(),
        String::new(),
    ];
    book.intro.split("\n\n").filter(|p| !p.starts_with('#')).for_each(|p| paragraph(&mut page, "", p));
    for param in &book.params {
        let value = values.get(&param.name).map_or("________________________", String::as_str);
        let value = if param.secret { "(secret: not on paper)" } else { value };
        page.push(format!("${} = {value}   {}", param.name, param.about));
    }
    for (i, step) in book.steps.iter().enumerate() {
        if book.is_off_the_way(&step.id) {
            page.push(String::new());
            page.push("ONLY WHEN ROLLED BACK:".to_owned());
        }
        one(&mut page, i + 1, step);
    }
    page.push(String::new());
    page.push("done ________ UTC".to_owned());
    Ok(page.join("\n") + "\n")
}

fn one(page: &mut Vec<String>, number: usize, step: &Step) {
    page.push(String::new());
    page.push(format!("[ ] {number}. {}   ({})   ________ UTC", step.title, step.kind.as_str()));
    let warning = match step.effect {
        Effect::Read => None,
        Effect::Change => Some("CHANGES something."),
        Effect::Destroy => Some("CANNOT BE TAKEN BACK."),
        Effect::Sign => Some("MAKES A KEY SIGN: two live signers are slashed."),
    };
    if let Some(words) = warning {
        page.push(format!("    !! {words}"));
    }
    if step.people > 1 {
        page.push(format!("    !! {} people: ____________________  ____________________", step.people));
    }
    step.why.split("\n\n").for_each(|p| paragraph(page, "    ", p));
    for guard in &step.guards {
        page.push(format!("    [ ] right before it, once more: step {{#{}}}", guard.id));
    }
    if let Some(host) = &step.host {
        page.push(format!("    on the host {host}:"));
    }
    step.command.lines().for_each(|l| page.push(format!("    | {l}")));
    for choice in &step.choices {
        let to = match &choice.target {
            Some(Target::Step(id)) => format!(" -> {{#{id}}}"),
            Some(Target::End) => " -> end".to_owned(),
            None => String::new(),
        };
        page.push(format!("    ( ) {}{to}", choice.label));
    }
    if step.kind.runs_command() {
        page.push(format!("    expected: {}", step.expectation().in_words()));
        page.push("    came: ____________________________________________________________".to_owned());
    }
}

fn paragraph(page: &mut Vec<String>, indent: &str, text: &str) {
    let mut line = indent.to_owned();
    for word in text.split_whitespace() {
        if line.chars().count() + word.chars().count() + 1 > WIDTH && line.trim() != "" {
            page.push(std::mem::replace(&mut line, indent.to_owned()));
        }
        if line.len() > indent.len() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.trim() != "" {
        page.push(line);
    }
}

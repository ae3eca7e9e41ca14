//! The post-mortem draft: which sections, in which order. Each section is a function of the source alone.

use crate::domain::incident::Ledger;
use crate::report::audience::Audience;
use crate::report::markdown::Page;
use crate::report::sections;
use crate::report::source::Source;

/// A finished draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The document.
    pub markdown: String,
    /// Entries that were struck out and are nowhere in it.
    pub struck: usize,
    /// Entries that its audience may not read.
    pub withheld: usize,
}

/// Writes the draft. `output` gives a step's kept output by its hash (`None` where it is not at hand); the same ledger,
/// audience and outputs give the same bytes.
#[must_use]
pub fn postmortem(ledger: &Ledger, audience: Audience, output: &dyn Fn(&str) -> Option<String>) -> Draft {
    let source = Source::new(ledger, audience, output);
    let mut page = Page::new();
    sections::head(&mut page, &source);
    sections::summary(&mut page, &source);
    sections::impact(&mut page, &source);
    sections::detection(&mut page, &source);
    sections::scope(&mut page, &source);
    sections::clocks(&mut page, &source);
    sections::timeline(&mut page, &source);
    sections::roles(&mut page, &source);
    sections::decisions(&mut page, &source);
    sections::tasks(&mut page, &source);
    sections::runs(&mut page, &source);
    sections::causes(&mut page, &source);
    sections::words(&mut page, &source);
    sections::recovery(&mut page, &source);
    sections::lessons(&mut page, &source);
    sections::open_questions(&mut page, &source);
    sections::actions(&mut page, &source);
    sections::about(&mut page, &source);
    Draft { markdown: page.finish(), struck: source.struck, withheld: source.withheld }
}

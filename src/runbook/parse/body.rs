//! The Markdown cut into steps as they are written: heading, why, and the one block with attributes.
//! Must not know what a kind or an attribute means.

use std::ops::Range;

use pulldown_cmark::CodeBlockKind;
use pulldown_cmark::Event;
use pulldown_cmark::HeadingLevel;
use pulldown_cmark::Options;
use pulldown_cmark::Parser;
use pulldown_cmark::Tag;
use pulldown_cmark::TagEnd;

use crate::runbook::finding::Finding;
use crate::runbook::parse::attrs::Attrs;
use crate::runbook::parse::attrs::read;

/// The block of a step.
#[derive(Clone, Debug)]
pub struct RawBlock {
    /// The first word of the info string: `sh`.
    pub lang: String,
    /// What stood in its braces.
    pub attrs: Attrs,
    /// What stands between the fences.
    pub text: String,
    /// Its first line, from 1.
    pub line: u32,
}

/// A step as written.
#[derive(Clone, Debug)]
pub struct RawStep {
    /// The heading without the braces.
    pub title: String,
    /// What stood in the heading's braces.
    pub attrs: Attrs,
    /// The text under the heading, without the block.
    pub why: String,
    /// The block with attributes.
    pub block: Option<RawBlock>,
    /// The heading's line, from 1.
    pub line: u32,
}

/// The whole text below the front matter.
#[derive(Clone, Debug, Default)]
pub struct RawBody {
    /// What stands before the first step.
    pub intro: String,
    /// In order.
    pub steps: Vec<RawStep>,
}

struct Cutter<'a> {
    text: &'a str,
    first_line: u32,
    body: RawBody,
    /// The step that is being read.
    open: Option<RawStep>,
    /// Where the text under the last heading (or the intro) goes on.
    from: usize,
    faults: Vec<Finding>,
}

/// Cuts `text`, whose first line is `first_line` of the file. Only what stands at the top level counts: a heading or a
/// fence within a quotation or a list is an example, not a step.
pub fn cut(text: &str, first_line: u32) -> (RawBody, Vec<Finding>) {
    let mut cutter = Cutter { text, first_line, body: RawBody::default(), open: None, from: 0, faults: Vec::new() };
    let mut depth = 0_usize;
    let mut block: Option<(Range<usize>, String)> = None;
    for (event, range) in Parser::new_ext(text, Options::empty()).into_offset_iter() {
        match event {
            Event::Start(Tag::BlockQuote(_) | Tag::List(_)) => depth += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_)) => depth = depth.saturating_sub(1),
            Event::Start(Tag::Heading { level: HeadingLevel::H1 | HeadingLevel::H2, .. }) if depth == 0 => {
                cutter.heading(&range);
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => block = Some((range, String::new())),
            Event::Text(words) => {
                if let Some((_, text)) = &mut block {
                    text.push_str(&words);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((range, text)) = block.take() {
                    cutter.block(&range, text, depth);
                }
            }
            _ => {}
        }
    }
    cutter.close(text.len());
    (cutter.body, cutter.faults)
}

impl Cutter<'_> {
    fn line(&self, offset: usize) -> u32 {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        let lines = before.iter().filter(|b| **b == b'\n').count();
        self.first_line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX))
    }

    fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// Ends the text that is being read at `end` and hands it to the step, or to the intro.
    fn take_text(&mut self, end: usize) {
        let words = self.slice(self.from..end).trim_matches(['\n', '\r']).trim_end().to_owned();
        let into = match &mut self.open {
            Some(step) => &mut step.why,
            None if self.body.steps.is_empty() => &mut self.body.intro,
            None => return,
        };
        if !into.is_empty() && !words.is_empty() {
            into.push_str("\n\n");
        }
        into.push_str(&words);
    }

    fn close(&mut self, end: usize) {
        self.take_text(end);
        self.from = end;
        self.body.steps.extend(self.open.take());
    }

    fn heading(&mut self, range: &Range<usize>) {
        self.close(range.start);
        self.from = range.end;
        let line = self.line(range.start);
        let source = self.slice(range.clone()).trim();
        // A heading underlined with dashes, or of the first level, is never a step.
        let Some(title) = source.strip_prefix("##").filter(|_| !source.contains('\n')) else { return };
        let title = title.trim().trim_end_matches('#').trim_end();
        if !title.ends_with('}') {
            return;
        }
        let Some((title, braces)) = title.rfind("{#").and_then(|i| title.split_at_checked(i)) else {
            self.faults.push(Finding::error(
                line,
                format!("the heading `{title}` ends in braces without an id"),
                "begin them with the step's id, `{#stable-id …}`, or take them away",
            ));
            return;
        };
        match read(braces) {
            Ok(attrs) => {
                let title = title.trim().to_owned();
                self.open = Some(RawStep { title, attrs, why: String::new(), block: None, line });
            }
            Err(why) => self.faults.push(Finding::error(line, why, "write `{#stable-id key=value key=\"two words\"}`")),
        }
    }

    fn block(&mut self, range: &Range<usize>, text: String, depth: usize) {
        let line = self.line(range.start);
        // The parser unescapes the info string; a pattern must arrive as it is written.
        let source = self.slice(range.clone()).lines().next().unwrap_or_default().trim();
        let info = source.trim_start_matches(['`', '~']).trim().to_owned();
        let Some(at) = info.find('{') else { return };
        let (lang, braces) = info.split_at(at);
        if depth > 0 {
            self.faults.push(Finding::error(
                line,
                "a block with attributes stands inside a list or a quotation",
                "move it to the left edge, or take its braces away",
            ));
            return;
        }
        let attrs = match read(braces) {
            Ok(attrs) => attrs,
            Err(why) => {
                self.faults.push(Finding::error(line, why, "write ```` ```sh {kind=check expect=\"exit 0\"} ````"));
                return;
            }
        };
        let block = RawBlock { lang: lang.trim().to_owned(), attrs, text, line };
        match &self.open {
            None => self.faults.push(Finding::error(
                line,
                "a block with attributes stands outside a step and would never run",
                "put a heading `## … {#stable-id}` above it",
            )),
            Some(step) if step.block.is_some() => {
                let what = format!("`{}` has two blocks with attributes", step.title);
                self.faults.push(Finding::error(line, what, "make two steps of it, or take the braces of one away"));
            }
            Some(_) => {
                self.take_text(range.start);
                self.from = range.end;
                if let Some(step) = &mut self.open {
                    step.block = Some(block);
                }
            }
        }
    }
}

//! Markdown to model: what is read, what is refused and how it is said, and that no bytes make the parser fall over.

use proptest::prelude::*;
use rstest::rstest;
use warroom::domain::event::{Effect, StepKind};
use warroom::domain::time::Span;
use warroom::runbook::expect::Expect;
use warroom::runbook::model::{Keep, OnFail, Origin, Runbook, Target};
use warroom::runbook::params::ParamType;
use warroom::runbook::parse::{DEFAULT_RUN_TIMEOUT, MAX_FILE_BYTES, MIN_EVERY, parse};

const FRONT: &str = "---\nwarroom: 1\nid: t\ntitle: T\nrevision: 1\nowner: ops\nreviewed: 2026-11-21\n";

fn read(text: &str) -> Result<Runbook, String> {
    parse(text.as_bytes(), "t.md", Origin::File("t.md".to_owned())).map_err(|b| b.to_string())
}

/// A document with these lines below its front matter, the first of them being line 9.
fn body(text: &str) -> Result<Runbook, String> {
    read(&format!("{FRONT}---\n{text}"))
}

const FULL: &str = r#"---
warroom: 1
id: finality-loss
title: Loss of finality
revision: 7
owner: core-ops
reviewed: 2026-11-21
severity: 2
network: [mainnet, holesky]
client: any
triggers:
  - finality
params:
  - name: beacon_url
    type: url
    default: http://127.0.0.1:5052
  - {name: slot, type: integer, about: the slot to go back to}
roles: [incident-commander]
supersedes: old-one
---
# Loss of finality

Read this first.

## Look at the head {#head}

It must move.

```sh {kind=check effect=read timeout=20s expect="regex ^\d+\.\d+$" on_fail=continue sets=slot}
curl -s "$beacon_url"
```

After the block.

## Not a step

```sh
an example
```

## Restart {#restart client=lodestar}
```sh {kind=run effect=sign target=val-1 people=2 undo=back keep=never}
  systemctl restart validator
```
## Which way? {#way kind=decide}
```choices {}
Only us -> back
Everybody -> end
```
## Take it back {#back kind=manual effect=change}
## Wait {#wait}
```sh {kind=wait every=1ms deadline=2h}
true
```
## Say it {#say to=operators}
```text {kind=message}
We see it.
```
"#;

#[test]
fn a_whole_runbook_is_read() {
    let r = read(FULL).unwrap();
    assert_eq!((r.id.as_str(), r.revision, r.severity), ("finality-loss", 7, Some(2)));
    assert_eq!((r.network.len(), r.client.as_slice(), r.supersedes.len()), (2, &["any".to_owned()][..], 1));
    assert_eq!(r.intro, "Read this first.", "the first-level heading repeats the title and is left out");
    assert_eq!(r.params[0].default.as_deref(), Some("http://127.0.0.1:5052"));
    assert_eq!((r.params[1].kind, r.params[1].about.as_str()), (ParamType::Integer, "the slot to go back to"));
    let ids: Vec<&str> = r.steps.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["head", "restart", "way", "back", "wait", "say"]);
    let head = &r.steps[0];
    assert_eq!((head.title.as_str(), head.why.as_str()), ("Look at the head", "It must move.\n\nAfter the block."));
    assert_eq!((head.command.as_str(), head.timeout, head.line), ("curl -s \"$beacon_url\"", Span::from_secs(20), 25));
    assert_eq!(head.expect.as_ref().unwrap().to_string(), r"regex ^\d+\.\d+$", "the pattern arrives as written");
    assert_eq!((head.on_fail, head.sets.as_deref()), (OnFail::Continue, Some("slot")));
    let restart = &r.steps[1];
    assert_eq!(
        (restart.kind, restart.effect, restart.people, restart.keep),
        (StepKind::Run, Effect::Sign, 2, Keep::Never)
    );
    assert_eq!((restart.command.as_str(), restart.timeout), ("  systemctl restart validator", DEFAULT_RUN_TIMEOUT));
    assert_eq!((restart.client.as_deref(), restart.target.as_deref()), (Some("lodestar"), Some("val-1")));
    assert_eq!(restart.expectation(), Expect::Exit(0));
    assert_eq!(r.steps[2].choices[0].target, Some(Target::Step("back".into())));
    assert_eq!(r.steps[2].choices[1].target, Some(Target::End));
    assert_eq!((r.steps[4].every, r.steps[4].deadline), (MIN_EVERY, Span::from_mins(120)));
    assert_eq!((r.steps[5].command.as_str(), r.steps[5].to.as_deref()), ("We see it.", Some("operators")));
    assert_eq!(r.digest().len(), 9);
    assert!(r.sha256.starts_with(&r.digest().replace(' ', "")));
}

#[test]
fn a_line_end_of_another_system_changes_only_the_digest() {
    let unix = read(FULL).unwrap();
    let other = read(&FULL.replace('\n', "\r\n")).unwrap();
    assert_eq!(unix.steps.len(), other.steps.len());
    assert_eq!(unix.steps[0].command, other.steps[0].command, "no carriage return reaches the shell");
    assert_ne!(unix.sha256, other.sha256);
}

#[rstest]
#[case::no_kind("## A {#a}\n", "t.md:9: error: step `a` has no kind")]
#[case::unknown_kind("## A {#a kind=look}\n", "`look` is no kind; kinds are note, manual")]
#[case::bad_id("## A {#A kind=note}\n", "t.md:9: error: `A` cannot be a step's id")]
#[case::twice("## A {#a kind=note}\n\n## B {#a kind=note}\n", "t.md:11: error: the id `a` is used in line 9 already")]
#[case::no_id("## A {kind=note}\n", "ends in braces without an id")]
#[case::no_step("words\n", "there is no step")]
#[case::outside("```sh {kind=check}\ntrue\n```\n", "t.md:9: error: a block with attributes stands outside a step")]
#[case::two_blocks(
    "## A {#a}\n```sh {kind=check}\na\n```\n```sh {kind=check}\nb\n```\n",
    "t.md:13: error: `A` has two blocks"
)]
#[case::in_list("## A {#a kind=note}\n- x\n\n  ```sh {kind=run}\n  a\n  ```\n", "inside a list")]
#[case::attr_typo(
    "## A {#a}\n```sh {kind=check timout=3s}\na\n```\n",
    "t.md:10: error: step `a`: `timout` is no attribute; did you mean `timeout`?"
)]
#[case::misplaced("## A {#a kind=note expect=\"exit 0\"}\n", "`expect` means nothing on a note step")]
#[case::both("## A {#a kind=check}\n```sh {kind=check}\na\n```\n", "stands on the heading and on the block")]
#[case::expect("## A {#a}\n```sh {kind=check expect=\"nubmer < 3\"}\na\n```\n", "`nubmer` is none of exit, contains")]
#[case::regex("## A {#a}\n```sh {kind=check expect=\"regex (\"}\na\n```\n", "is not a regular expression")]
#[case::number("## A {#a}\n```sh {kind=check expect=\"number 3\"}\na\n```\n", "write a sign and a number")]
#[case::timeout("## A {#a}\n```sh {kind=check timeout=20}\na\n```\n", "`20` is no length of time")]
#[case::endless("## A {#a}\n```sh {kind=check timeout=200h}\na\n```\n", "a week at most")]
#[case::effect("## A {#a}\n```sh {kind=run effect=writes}\na\n```\n", "write one of read, change, destroy, sign")]
#[case::lang("## A {#a}\n```bash {kind=run}\na\n```\n", "commands run under `sh -eu`")]
#[case::empty("## A {#a}\n```sh {kind=run}\n\n```\n", "the command is empty")]
#[case::no_block("## A {#a kind=wait}\n", "is a wait step without a block")]
#[case::note_block("## A {#a}\n```sh {kind=note}\nx\n```\n", "is a note step, but has a block")]
#[case::hidden("## A {#a}\n```sh {kind=run}\nls \u{202e}x\n```\n", "hidden character \\u{202e}")]
#[case::undo_gone(
    "## A {#a}\n```sh {kind=run undo=bakc}\nx\n```\n## B {#back kind=manual}\n",
    "undo names `bakc`, which is no step; did you mean `back`?"
)]
#[case::undo_before("## B {#b kind=manual}\n## A {#a}\n```sh {kind=run undo=b}\nx\n```\n", "stands before it")]
#[case::goto_gone("## A {#a}\n```choices {kind=decide}\nyes -> nowhere\n```\n", "a choice names `nowhere`")]
#[case::goto_back("## A {#a kind=note}\n## B {#b}\n```choices {kind=decide}\nyes -> a\n```\n", "leads back to `a`")]
#[case::goto_none("## B {#b}\n```choices {kind=decide}\nyes\n```\n", "a choice leads nowhere")]
#[case::half("## B {#b}\n```choices {kind=decide}\nyes ->\n```\n", "t.md:11: error: `yes ->` is half an answer")]
#[case::sets("## A {#a kind=ask sets=x}\n", "sets `x`, which is no parameter")]
#[case::barrier("## A {#a kind=barrier}\n", "is a barrier without `when`")]
#[case::people("## A {#a kind=approve people=0}\n", "is not 1 to 20")]
#[case::quote("## A {#a kind=note client=\"x}\n", "t.md:9: error: the quoted value `x` is not closed; write")]
fn a_faulty_body_is_refused_with_file_line_and_remedy(#[case] text: &str, #[case] says: &str) {
    let fault = body(text).unwrap_err();
    assert!(fault.contains(says), "{fault}");
}

#[rstest]
#[case::none("## A {#a kind=note}\n", "t.md:1: error: there is no front matter")]
#[case::open("---\nwarroom: 1\n", "has no end")]
#[case::typo(
    "---\nwarroom: 1\nid: t\ntitel: T\nrevision: 1\n---\n## A {#a kind=note}\n",
    "t.md:4: error: unknown field `titel`"
)]
#[case::missing("---\nwarroom: 1\nid: t\nrevision: 1\n---\n## A {#a kind=note}\n", "missing field `title`")]
#[case::later(
    "---\nwarroom: 2\nid: t\ntitle: T\nrevision: 1\n---\n## A {#a kind=note}\n",
    "t.md:2: error: format 2 is not known here"
)]
#[case::id(
    "---\nwarroom: 1\nid: ../t\ntitle: T\nrevision: 1\n---\n## A {#a kind=note}\n",
    "t.md:3: error: `../t` cannot be an id"
)]
#[case::day(
    "---\nwarroom: 1\nid: t\ntitle: T\nrevision: 1\nreviewed: 2026-13-01\n---\n## A {#a kind=note}\n",
    "t.md:6: error: `reviewed` is not a day"
)]
#[case::severity(
    "---\nwarroom: 1\nid: t\ntitle: T\nrevision: 1\nseverity: 9\n---\n## A {#a kind=note}\n",
    "not 1 to 5"
)]
#[case::anchor(
    "---\nwarroom: 1\nid: t\ntitle: &a T\nrevision: 1\n---\n## A {#a kind=note}\n",
    "t.md:4: error: `&a T` is an anchor"
)]
#[case::alias("---\nwarroom: 1\nid: t\ntitle: *a\nrevision: 1\n---\n## A {#a kind=note}\n", "is an alias")]
#[case::tag("---\nwarroom: 1\nid: t\ntitle: !!str T\nrevision: 1\n---\n## A {#a kind=note}\n", "is a tag")]
#[case::twice("---\nwarroom: 1\nid: t\nid: u\ntitle: T\nrevision: 1\n---\n## A {#a kind=note}\n", "uplicate")]
#[case::param_name(
    "---\nwarroom: 1\nid: t\ntitle: T\nrevision: 1\nparams:\n  - name: LD_PRELOAD\n---\n## A {#a kind=note}\n",
    "t.md:7: error: `LD_PRELOAD` is read by the shell"
)]
#[case::param_type(
    "---\nwarroom: 1\nid: t\ntitle: T\nrevision: 1\nparams:\n  - {name: x, type: int}\n---\n## A {#a kind=note}\n",
    "`int` is no type; types are string, integer"
)]
#[case::param_default(
    "---\nwarroom: 1\nid: t\ntitle: T\nrevision: 1\nparams:\n  - {name: x, type: url, default: ftp}\n---\n## A {#a kind=note}\n",
    "the default of parameter x: `ftp` is not a plain http"
)]
#[case::param_secret(
    "---\nwarroom: 1\nid: t\ntitle: T\nrevision: 1\nparams:\n  - {name: x, secret: true, default: hunter2}\n---\n## A {#a kind=note}\n",
    "a secret in a file is none"
)]
fn a_faulty_front_matter_is_refused_with_file_line_and_remedy(#[case] text: &str, #[case] says: &str) {
    let fault = read(text).unwrap_err();
    assert!(fault.contains(says), "{fault}");
    assert!(fault.starts_with("t.md:"), "{fault}");
}

#[test]
fn every_fault_is_told_at_once_and_in_the_order_of_the_file() {
    let fault =
        body("## A {#a}\n\n## B {#b kind=nothing}\n\n## C {#c}\n```sh {kind=check timout=1s expect=x}\na\n```\n")
            .unwrap_err();
    let lines: Vec<&str> = fault.lines().collect();
    assert_eq!(lines.len(), 4, "{fault}");
    assert!(lines.is_sorted_by_key(|l| l.split(':').nth(1).and_then(|n| n.parse::<u32>().ok())), "{fault}");
}

#[test]
fn what_only_looks_like_a_step_is_none() {
    let r = body("## Real {#real kind=note}\n\n> ## Quoted {#quoted kind=note}\n\n    ## Code {#code kind=note}\n\n<!--\n## Hidden {#hidden kind=note}\n-->\n\n### Deeper {#deeper}\n\nUnderlined {#under}\n---\n").unwrap();
    let ids: Vec<&str> = r.steps.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["real"]);
}

#[test]
fn limits_are_told_not_suffered() {
    let big = format!("{FRONT}---\n## A {{#a kind=note}}\n{}", "x".repeat(MAX_FILE_BYTES));
    assert!(read(&big).unwrap_err().contains("the file is larger than"));
    let many: String = (0..201).map(|i| format!("## A {{#a{i} kind=note}}\n")).collect();
    assert!(body(&many).unwrap_err().contains("200 at most"));
    let long = format!("## A {{#a}}\n```sh {{kind=run}}\n{}\n```\n", "y".repeat(13 << 10));
    assert!(body(&long).unwrap_err().contains("the command is longer than"));
    let deep = format!("---\nwarroom: 1\ntitle: {}\n---\n## A {{#a kind=note}}\n", "[".repeat(5_000));
    assert!(read(&deep).is_err());
    let not_utf8 = parse(b"---\nwarroom: 1\n\xff\n---\n", "t.md", Origin::BuiltIn).unwrap_err().to_string();
    assert!(not_utf8.contains("t.md:3: error: this line is not UTF-8"), "{not_utf8}");
}

fn shard() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("---\n".to_owned()),
        Just("warroom: 1\nid: t\ntitle: T\nrevision: 1\n".to_owned()),
        Just("## A {#a kind=note}\n".to_owned()),
        Just("## B {#b".to_owned()),
        Just("```sh {kind=check expect=\"".to_owned()),
        Just("```\n".to_owned()),
        Just("} \"'\\".to_owned()),
        Just("params:\n  - {name: x, type: choice, pattern: a|b}\n".to_owned()),
        Just("> - ~~~ {#\n".to_owned()),
        "[ -~\n]{0,20}",
        "\\PC{0,8}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|v| v.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_make_the_parser_fall_over(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = parse(&bytes, "t.md", Origin::BuiltIn);
    }

    #[test]
    fn no_shards_of_runbooks_make_it_fall_over(text in shard(), with_front in any::<bool>()) {
        let text = if with_front { format!("{FRONT}---\n{text}") } else { text };
        if let Err(broken) = parse(text.as_bytes(), "t.md", Origin::BuiltIn) {
            prop_assert!(!broken.findings.is_empty());
            let lines = u32::try_from(text.lines().count()).unwrap() + 1;
            for f in &broken.findings {
                prop_assert!(f.line >= 1 && f.line <= lines.max(2), "line {} of {}", f.line, lines);
            }
        }
    }
}

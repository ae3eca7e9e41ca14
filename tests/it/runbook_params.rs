//! Parameters: names that tools read are refused, values are typed, and no value is ever run.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rstest::rstest;
use warroom::domain::event::StepKind;
use warroom::runbook::params::{MAX_PARAMS, MAX_VALUE_BYTES, Param, ParamType, bind, check_name};
use warroom::runtime::supervisor::{StepSpec, Surroundings, collect, start};

fn param(name: &str, kind: ParamType, pattern: Option<&str>) -> Param {
    Param::new(name.to_owned(), kind, pattern.map(str::to_owned), false, String::new()).unwrap()
}

fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

#[rstest]
fn names_that_shell_loader_or_tools_read_are_refused(
    #[values(
        "PATH",
        "path",
        "IFS",
        "ENV",
        "HOME",
        "PWD",
        "PS4",
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "ld_preload",
        "DYLD_INSERT",
        "BASH_ENV",
        "BASH_FUNC_x",
        "SHELLOPTS",
        "CDPATH",
        "http_proxy",
        "HTTPS_PROXY",
        "CURL_HOME",
        "SSL_CERT_FILE",
        "GCONV_PATH",
        "LC_ALL",
        "PYTHONPATH",
        "PERL5OPT",
        "NODE_OPTIONS",
        "JAVA_TOOL_OPTIONS",
        "GIT_SSH",
        "WARROOM_HOME",
        "LODESTAR_X",
        "TERM",
        "TZ",
        "OPTIND",
        "_",
        "1a",
        "a-b",
        "a b",
        "a=b",
        "",
        "ä",
        "a\nb",
        "GREP_OPTIONS",
        "AWKPATH"
    )]
    name: &str,
) {
    assert!(check_name(name).is_err(), "{name}");
}

#[rstest]
fn ordinary_names_are_taken(#[values("beacon_url", "SLOT", "a1", "pathological", "environment", "Env2")] name: &str) {
    assert_eq!(check_name(name), Ok(()));
}

#[rstest]
#[case(ParamType::Integer, None, &["0", "-5", "9223372036854775807"], &["", "1.0", "0x1", "010", "1e3", "9223372036854775808", "--1", "a[$(touch x)]", " 1"])]
#[case(ParamType::Number, None, &["0.5", "-1", "10"], &["inf", "nan", "1e5", ".5", "-", "1.2.3"])]
#[case(ParamType::Bool, None, &["true", "false"], &["yes", "1", "TRUE"])]
#[case(ParamType::Hex, None, &["0x0", "0xAbc"], &["0x", "abc", "0xg", "0x1 "])]
#[case(ParamType::Address, None, &["0x00000000219ab540356cBB839Cbe05303d7705Fa", "cosmos1qypqxpq9qcrsszg2pvxq6rs0zqg3yyc5lzv7xu"], &["0x1", "a b", "0x00000000219ab540356cBB839Cbe05303d7705Fa;"])]
#[case(ParamType::Url, None, &["http://127.0.0.1:5052", "https://a.b/c?d=e&f=g", "http://[::1]:80/"], &["ftp://x", "http://", "http://a b", "http://a\"b", "http://a`b`", "http://$x", "http://a;b", "file:///etc/passwd", "http://-x", "http://a\\b", "http://a#b"])]
#[case(ParamType::Path, None, &["/", "/var/lib/geth-1"], &["var", "/a/../b", "/a b", "/a;b", "/$x", "~/x", "-/x"])]
#[case(ParamType::Choice, Some("geth|reth"), &["geth", "reth"], &["besu", "geth|reth", ""])]
#[case(ParamType::String, None, &["a b", "ä; $(x)"], &["", "-x", "--", "a\nb", "a\0b", "\u{1b}[31m"])]
#[case(ParamType::String, Some("[a-z]+"), &["abc"], &["abc;", "ABC", "abc\nx", "a b"])]
fn values_are_typed(
    #[case] kind: ParamType,
    #[case] pattern: Option<&str>,
    #[case] good: &[&str],
    #[case] bad: &[&str],
) {
    let param = param("p", kind, pattern);
    for value in good {
        assert_eq!(param.check(value), Ok(()), "{value}");
    }
    for value in bad {
        let fault = param.check(value).expect_err(value);
        assert!(fault.starts_with("p: ") && !fault.contains('\u{1b}'), "{fault}");
    }
    assert!(param.check(&"1".repeat(MAX_VALUE_BYTES + 1)).is_err());
}

#[test]
fn binding_tells_every_fault_at_once() {
    let declared =
        [param("a", ParamType::Integer, None), param("b", ParamType::Url, None), param("c", ParamType::Bool, None)];
    let faults = bind(&declared, &given(&[("a", "x"), ("d", "1")]), &["c"]).unwrap_err();
    assert_eq!(faults.len(), 3, "{faults:?}");
    assert!(faults[0].contains("no parameter `d`; it has a, b, c"));
    assert!(faults[2].contains("b is missing; give it as --param b="));
    let bound = bind(&declared, &given(&[("a", "1"), ("b", "http://x")]), &["c"]).unwrap();
    assert_eq!(bound.len(), 2, "what a step sets later need not be given");
}

#[test]
fn a_secret_is_never_quoted_in_a_fault() {
    let secret =
        Param::new("key".to_owned(), ParamType::String, Some("[a-z]+".to_owned()), true, String::new()).unwrap();
    let fault = secret.check("Hunter2-and-more").unwrap_err();
    assert!(!fault.contains("Hunter2"), "{fault}");
    assert!(secret.check("short").unwrap_err().contains("too short"), "a short one cannot be told apart in output");
}

/// What attackers write: commands behind every kind of break, options, files to read and to write, arithmetic.
fn payloads() -> Vec<String> {
    let breaks = [
        "; X",
        "&& X",
        "|| X",
        "| X",
        "& X",
        "$(X)",
        "`X`",
        "\nX\n",
        "\rX",
        "'; X; '",
        "\"; X; \"",
        "\"$(X)\"",
        "'$(X)'",
        ") X (",
        "} X {",
        "${IFS}X",
        "$IFS$9X",
        "<(X)",
        ">(X)",
        "\\\nX",
        "#\nX",
        "%0aX",
        "\\nX",
        "{X,}",
        "!X",
        "$((X))",
        "a[$(X)]",
        "a[`X`]",
        "x=$(X)",
        "${x:-$(X)}",
        "${x:=`X`}",
        "$'\\nX'",
        "*; X",
        "~; X",
        "()\n{ X; }; X",
        "() { :;}; X",
    ];
    let commands =
        ["touch PWNED", "touch${IFS}PWNED", ">PWNED", "echo x >PWNED", "cp /etc/hostname PWNED", "sh -c 'touch PWNED'"];
    let fronts = ["", "node-7", "http://a/"];
    let mut all = Vec::new();
    for b in breaks {
        for c in commands {
            all.extend(fronts.iter().map(|f| format!("{f}{}", b.replace('X', c))));
        }
    }
    let options = [
        "-o",
        "--output=",
        "-O ",
        "-K",
        "--config ",
        "--",
        "-",
        "-exec touch ",
        "-c ",
        "-e",
        "--eval=",
        "@",
        "-T",
        "--upload-file ",
    ];
    for o in options {
        all.extend([format!("{o}PWNED"), format!("x {o}PWNED"), format!("{o}/etc/passwd"), format!(" {o}PWNED")]);
    }
    all
}

const KINDS: [ParamType; 8] = [
    ParamType::String,
    ParamType::Integer,
    ParamType::Number,
    ParamType::Bool,
    ParamType::Hex,
    ParamType::Address,
    ParamType::Url,
    ParamType::Path,
];

/// As runbooks use them: quoted, in tests, behind `--`, in a pipe, in an assignment, in a case, in arithmetic.
const USES: &str = "echo \"$P\"; printf '%s\\n' \"$P\" | grep -c . || true; x=$P; y=\"a $P b\"; test \"$P\" = \"$x\"; ls -d -- \"$P\" || true; \
    case \"$P\" in a*) ;; *) ;; esac; [ \"$P\" -eq 1 ] || true; : \"${P}\" \"${y}\"; find /dev/null -name \"$P\" || true\n";

#[test]
fn no_payload_is_ever_run() {
    let home = tempfile::tempdir().unwrap();
    let payloads = payloads();
    assert!(payloads.len() >= 570, "{}", payloads.len());
    let mut accepted: Vec<String> = Vec::new();
    for payload in &payloads {
        let takes = KINDS.iter().filter(|k| param("p", **k, None).check(payload).is_ok()).count();
        for kind in KINDS.into_iter().filter(|k| *k != ParamType::String) {
            assert!(param("p", kind, None).check(payload).is_err(), "{kind:?} takes {payload}");
        }
        if takes > 0 {
            accepted.push(payload.clone());
        }
    }
    assert!(
        accepted.len() > 300,
        "free text takes most of them, so that the shell is really tried: {}",
        accepted.len()
    );
    let path = std::env::var("PATH").unwrap();
    for (i, chunk) in accepted.chunks(MAX_PARAMS).enumerate() {
        let cwd = home.path().to_path_buf();
        let names: Vec<String> = (0..chunk.len()).map(|n| format!("p{n}")).collect();
        let command: String = names.iter().map(|n| USES.replace('P', n).replace("EDPATH", "")).collect();
        let spec = StepSpec {
            run: "r".into(),
            step: "s".into(),
            attempt: u32::try_from(i).unwrap() + 1,
            kind: StepKind::Check,
            command,
            expect: "record".to_owned(),
            timeout_ms: 60_000,
            deadline_ms: 0,
            every_ms: 0,
            keep: true,
            params: names.iter().cloned().zip(chunk.iter().cloned()).collect(),
            secrets: Vec::new(),
            around: Surroundings::new(cwd.clone(), "i".into(), cwd.clone(), cwd, &path),
            host: None,
            guards: Vec::new(),
        };
        let dir = start(Path::new(env!("CARGO_BIN_EXE_warroom")), home.path(), &spec, &BTreeMap::new()).unwrap();
        let begun = Instant::now();
        let result = loop {
            if let Some(result) = collect(&dir).unwrap() {
                break result;
            }
            assert!(begun.elapsed() < Duration::from_secs(90));
            std::thread::yield_now();
        };
        assert_eq!(result.finished.exit, Some(0), "the uses themselves are sound: {}", result.finished.actual);
        assert!(!home.path().join("PWNED").exists(), "something was run: {chunk:?}");
    }
}

proptest! {
    #[test]
    fn what_passes_holds_no_control_character_and_no_option(value in "\\PC{0,40}|[ -~\\n\\t-]{0,40}") {
        for kind in KINDS {
            if param("p", kind, None).check(&value).is_ok() {
                prop_assert!(!value.chars().any(char::is_control));
                let number = matches!(kind, ParamType::Integer | ParamType::Number);
                prop_assert!(number || !value.starts_with('-'));
            }
        }
    }
}

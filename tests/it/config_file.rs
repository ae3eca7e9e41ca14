//! config.toml: what it gives, and that every mistake is named with file, line, column and how to mend it.

use std::path::Path;

use proptest::prelude::*;
use rstest::rstest;
use warroom::config::Config;
use warroom::config::load_config;
use warroom::config::parse_config;
use warroom::domain::observation::Family;
use warroom::domain::verdict::Limits;
use warroom::domain::watch::Auth;
use warroom::domain::watch::Secret;

fn parse(text: &str) -> Result<Config, Vec<String>> {
    parse_config(Path::new("/srv/warroom/config.toml"), text)
        .map_err(|all| all.iter().map(ToString::to_string).collect())
}

const NODE: &str = "[[node]]\nid = \"a\"\nfamily = \"ethereum-beacon\"\nurl = \"http://127.0.0.1:5052\"\n";

#[test]
fn a_cluster_that_carries_entries() {
    let text = "[share.etcd]\nendpoints = [\"https://a:2379/\", \"https://b:2379\"]\nuser = \"u\"\npassword_file = \"pw\"\nca = \"/ca.pem\"\n";
    let share = parse(text).unwrap().share.unwrap();
    assert_eq!(share.endpoints, ["https://a:2379", "https://b:2379"]);
    assert_eq!(share.password_file.as_deref(), Some(Path::new("/srv/warroom/pw")));
    assert_eq!((share.ca.as_deref(), share.prefix.as_str()), (Some(Path::new("/ca.pem")), "/warroom"));
    assert!(parse("").unwrap().share.is_none(), "without it nothing is carried");
}

#[test]
fn the_example_of_the_contract() {
    let config = parse(
        r#"
network = "devnet"
theme = "light"
[[node]]
id = "val-1"
family = "ethereum-execution"
url = "http://user:p%40ss@127.0.0.1:8545/x"
metrics = "http://127.0.0.1:6060/debug/metrics/prometheus"
mine = false
via = "provider-x"
[[node]]
id = "btc"
family = "bitcoin"
url = "http://127.0.0.1:8332"
auth = { cookie = "cookies/.cookie" }
[[node]]
id = "api"
family = "json"
url = "https://api.example"
auth = { user = "u", password_file = "/etc/pw" }
[[node]]
id = "b"
family = "ethereum-beacon"
url = "https://beacon.example"
auth = { bearer_file = "/etc/token" }
[limits]
finality_bad_epochs = 7
raise_after = 2
disk_warn_pct = 12.5
"#,
    )
    .unwrap();
    assert_eq!(config.network(), "devnet");
    assert!(!config.discover);
    let val = &config.nodes[0];
    assert_eq!((val.family, val.url.as_str()), (Family::EthereumExecution, "http://127.0.0.1:8545/x"));
    assert_eq!(val.auth, Auth::Basic { user: "user".into(), password: Secret::new("p@ss") });
    assert_eq!((val.mine, val.via.as_deref(), val.network.as_str()), (false, Some("provider-x"), "devnet"));
    assert_eq!(config.nodes[1].auth, Auth::CookieFile("/srv/warroom/cookies/.cookie".into()));
    assert_eq!(config.nodes[2].auth, Auth::PasswordFile { user: "u".into(), file: "/etc/pw".into() });
    assert_eq!(config.nodes[3].auth, Auth::BearerFile("/etc/token".into()));
    let wanted = Limits { finality_bad_epochs: 7.0, raise_after: 2, disk_warn_pct: 12.5, ..Limits::default() };
    assert_eq!(config.limits, wanted);
}

#[test]
fn without_a_file_this_host_and_whatever_is_found() {
    let loaded = load_config(Path::new("/nonexistent/config.toml"));
    assert!(!loaded.present && loaded.problems.is_empty());
    assert!(loaded.value.discover && loaded.value.nodes.is_empty());
    assert_eq!(loaded.value.network(), "local");
    assert_eq!(parse("").unwrap(), Config::default());
}

#[test]
fn several_networks() {
    let text = "[[network]]\nid = \"main\"\n[[network]]\nid = \"canary\"\n";
    let config = parse(&format!("{text}{NODE}network = \"canary\"\n")).unwrap();
    assert_eq!(config.networks, ["main", "canary"]);
    assert_eq!(config.nodes[0].network, "canary");
    let problems = parse(&format!("{text}{NODE}")).unwrap_err();
    assert!(
        problems[0].contains(":5:1: there are several networks; add `network = \"main\" or \"canary\"`"),
        "{problems:?}"
    );
    let problems = parse(&format!("{text}{NODE}network = \"canari\"\n")).unwrap_err();
    assert!(problems[0].contains("no network `canari`; did you mean `canary`?"), "{problems:?}");
}

#[rstest]
#[case("netwrok = \"x\"", ":1:1: unknown key `netwrok` in the configuration; did you mean `network`?")]
#[case("network = 5", ":1:11: `network` is a whole number; it must be a list of tables; write network = \"devnet\"")]
#[case("network = [\"a\"]", ":1:12: `network` holds text; write network")]
#[case("discover = \"yes\"", ":1:12: `discover` is text; it must be true or false")]
#[case(
    "[[node]]\nid = \"a\"\nfamily = \"etherium-beacon\"\nurl = \"http://h\"",
    ":3:10: unknown family `etherium-beacon`; did you mean `ethereum-beacon`?"
)]
#[case("[[node]]\nid = \"host\"\nfamily = \"json\"\nurl = \"http://h\"", ":2:6: `host` is this machine")]
#[case("[[node]]\nid = \"a\"\nfamily = \"json\"", ":1:1: [[node]] has no `url`; add `url = \"http://127.0.0.1:8545\"`")]
#[case(
    "[[node]]\nid = \"a\"\nfamily = \"json\"\nurl = \"127.0.0.1:80\"",
    ":4:7: `127.0.0.1:80` does not begin with http:// or https://"
)]
#[case(
    "[[node]]\nid = \"a\"\nfamily = \"json\"\nurl = \"http://h\"\nauth = { user = \"u\" }",
    ":5:8: `auth` must be one of { cookie = FILE }"
)]
#[case(
    "[[node]]\nid = \"a\"\nfamily = \"json\"\nurl = \"http://h\"\nauth = { coookie = \"f\" }",
    ":5:10: unknown key `coookie` in auth; did you mean `cookie`?"
)]
#[case(
    "[[node]]\nid = \"a\"\nfamily = \"cometbft\"\nurl = \"http://h\"\nvalidators = [\"1\"]",
    ":5:15: `validators` are looked for through a node of the family `ethereum-beacon` only"
)]
#[case(
    "[[node]]\nid = \"a\"\nfamily = \"ethereum-beacon\"\nurl = \"http://h\"\nvalidators = [\"7\", \"0x93\"]",
    ":5:20: a public key is 0x and 96 hexadecimal digits; this one has 2 characters after 0x; write \"1043\" or"
)]
#[case(
    "[[node]]\nid = \"a\"\nfamily = \"ethereum-beacon\"\nurl = \"http://h\"\nvalidators = [\"7\", \"-7\", \"7\"]",
    ":5:20: `-7` is neither an index nor a key that begins with 0x"
)]
#[case(
    "[[node]]\nid = \"a\"\nfamily = \"ethereum-beacon\"\nurl = \"http://h\"\nvalidators = [\"7\", \"8\", \"7\"]",
    ":5:25: `7` is named twice; each validator stands once"
)]
#[case("[limits]\ndisk_warn_pc = 3", ":2:1: unknown key `disk_warn_pc` in limits; did you mean `disk_warn_pct`?")]
#[case("[limits]\ndisk_warn_pct = 300", ":2:17: `disk_warn_pct` must be 0 to 100")]
#[case(
    "[limits]\ndisk_warn_pct = 1",
    ":1:1: `disk_bad_pct` is 3 and `disk_warn_pct` is 1; `disk_bad_pct` must not be the larger"
)]
#[case("[limits]\nclear_after = 0", ":2:15: `clear_after` must be 1 to 1000 samples")]
#[case("[limits]\npeers_warn = inf", ":2:14: `peers_warn` is a number; it must be a finite number")]
#[case("share = {}", ":1:9: `share` names no transport; write [share.etcd]")]
#[case("[share.etc]\nx = 1", ":1:8: unknown key `etc` in share; did you mean `etcd`?")]
#[case("[share.etcd]\nendpoint = []", ":2:1: unknown key `endpoint` in etcd; did you mean `endpoints`?")]
#[case("[share.etcd]\nendpoints = []", ":1:1: etcd has no `endpoints`; add")]
#[case("[share.etcd]\nendpoints = [\"etcd-1:2379\"]", ":2:14: `etcd-1:2379` does not begin with http:// or https://")]
#[case("[share.etcd]\nendpoints = [\"http://u:p@h:1\"]", ":2:14: an endpoint takes no credentials")]
#[case("[share.etcd]\nendpoints = [\"http://h:1/x\"]", ":2:14: an endpoint is scheme, host and port, without a path")]
#[case("[share.etcd]\nendpoints = [\"http://h:1\", \"http://h:1/\"]", ":2:28: this endpoint is named twice")]
#[case("[share.etcd]\nendpoints = [\"http://h:1\"]\nuser = \"u\"", ":1:1: `user` and `password_file` go together")]
#[case("[share.etcd]\nendpoints = [\"https://h:1\"]\nca = \"a\"\ncert = \"c\"", ":1:1: `cert` and `key` go together")]
#[case(
    "[share.etcd]\nendpoints = [\"https://h:1\"]\ncert = \"c\"\nkey = \"k\"",
    ":1:1: a `cert` of our own needs `ca`"
)]
#[case(
    "[share.etcd]\nendpoints = [\"http://h:1\"]\nca = \"a\"",
    ":1:1: `ca` and `cert` are of use with https:// endpoints only"
)]
#[case("[share.etcd]\nendpoints = [\"http://h:1\"]\nprefix = \"warroom/\"", ":3:10: `prefix` must be letters")]
#[case("a = 1\na = 2", ":2:1: duplicate key")]
#[case("[[node]\n", ":1:")]
fn each_mistake_is_named_with_its_place(#[case] text: &str, #[case] says: &str) {
    let problems = parse(text).unwrap_err();
    let found = problems.iter().any(|p| p.strip_prefix("/srv/warroom/config.toml").unwrap().starts_with(says));
    assert!(found, "{problems:#?}");
}

#[test]
fn two_nodes_of_one_name_are_told_with_both_lines() {
    let problems = parse(&format!("{NODE}{NODE}")).unwrap_err();
    assert!(
        problems[0].ends_with(":6:6: node `a` is named twice, first in line 2; each id stands once"),
        "{problems:?}"
    );
}

#[test]
fn a_password_is_never_in_a_message() {
    let text = NODE.replace("127.0.0.1:5052", "u:hunter2@h:99999");
    let problems = parse(&text).unwrap_err().join("\n");
    assert!(problems.contains("port") && !problems.contains("hunter2"), "{problems}");
}

#[test]
fn a_broken_file_leaves_the_model_without_a_file_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.toml");
    std::fs::write(&file, "network = \n").unwrap();
    let loaded = load_config(&file);
    assert!(loaded.present && !loaded.problems.is_empty());
    assert_eq!(loaded.value, Config::default());
}

#[test]
fn what_init_writes_is_read_without_a_word() {
    let warroom = crate::support::warroom::Warroom::new();
    assert_eq!(warroom.run(&["init"]).code, 0);
    let config = load_config(&warroom.home().join("config.toml"));
    assert!(config.problems.is_empty(), "{:?}", config.problems);
    let text = std::fs::read_to_string(warroom.home().join("config.toml")).unwrap();
    assert!(uncommented(&text).is_ok(), "{:?}", uncommented(&text));
}

/// Every example line of the template, with its `#` taken away, is a configuration too.
fn uncommented(text: &str) -> Result<Config, Vec<String>> {
    let lines = text.lines().map(|l| match l.strip_prefix("# ") {
        Some(rest) if rest.starts_with('[') || rest.contains(" = ") => rest,
        _ => l,
    });
    parse(&lines.collect::<Vec<_>>().join("\n").replace("FILE", "\"f\""))
}

proptest! {
    /// Whatever people or accidents put into a file is answered with a model or with problems that have places.
    #[test]
    fn any_text_is_answered(text in "\\PC{0,120}", at in 0usize..200, cut in 0usize..300) {
        let mut damaged: Vec<char> = NODE.chars().collect();
        let at = at.min(damaged.len());
        damaged.splice(at..at, text.chars());
        let whole: String = damaged.iter().collect();
        let cut: String = whole.chars().take(cut).collect();
        for input in [text.as_str(), &whole, &cut] {
            for problems in [parse(input).err(), warroom::config::parse_roster(Path::new("r.toml"), input).err().map(|all| all.iter().map(ToString::to_string).collect())] {
                prop_assert!(problems.is_none_or(|all| all.iter().all(|p| p.contains(".toml:"))));
            }
        }
    }
}

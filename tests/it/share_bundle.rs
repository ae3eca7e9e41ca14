//! Bundles: what goes in, what never does, what stock tools say of them, and what is refused of those that others made.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tar::{Builder, EntryType, Header};

use crate::support::warroom::Warroom;

const ID: &str = "2026-11-21-finality-stall";

/// A home with an incident, a note for everybody and one for nobody outside.
fn home() -> Warroom {
    let home = Warroom::new();
    for args in [
        &["declare", "--severity", "2", "finality stall"][..],
        &["note", "for the operators"],
        &["note", "--disclosure", "internal", "CANARY-internal"],
    ] {
        assert_eq!(home.run(args).code, 0, "{args:?}");
    }
    home
}

fn as_bob(home: &Warroom, args: &[&str]) -> crate::support::warroom::Said {
    home.command(args).env("WARROOM_ACTOR", "bob").output().unwrap().into()
}

fn export(home: &Warroom, more: &[&str]) -> PathBuf {
    let file = home.home().join("x.tar");
    let mut args = vec!["export", "--force", "--out", file.to_str().unwrap()];
    args.extend(more);
    let said = home.run(&args);
    assert_eq!(said.code, 0, "{said:?}");
    file
}

fn names(bundle: &Path) -> Vec<String> {
    let mut archive = tar::Archive::new(fs::File::open(bundle).unwrap());
    archive.entries().unwrap().map(|e| e.unwrap().path().unwrap().display().to_string()).collect()
}

fn everything(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|f| (f.file_name().into_string().unwrap(), fs::read(f.path()).unwrap_or_default()))
        .collect();
    all.sort();
    all
}

#[test]
fn a_bundle_carries_the_shared_chains_and_never_a_word_of_the_internal_ones() {
    let home = home();
    let bundle = export(&home, &[]);
    assert_eq!(names(&bundle).len(), 2);
    assert!(names(&bundle).iter().all(|n| !n.contains("internal")));
    let bytes = String::from_utf8_lossy(&fs::read(&bundle).unwrap()).into_owned();
    assert!(bytes.contains("for the operators"));
    assert!(!bytes.contains("CANARY") && !bytes.contains("+internal"), "something internal left");
    let again = fs::read(export(&home, &[])).unwrap();
    assert!(again == bytes.as_bytes(), "the same incident gives the same bytes");
}

#[test]
fn stock_tools_check_a_bundle() {
    let home = home();
    let bundle = export(&home, &[]);
    let (folder, script) = (home.home().join("unpacked"), Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/verify.sh"));
    fs::create_dir(&folder).unwrap();
    let sh = format!(
        "tar xf {} && cd {ID} && sha256sum -c --quiet --strict SHA256SUMS && sh {} log",
        bundle.display(),
        script.display()
    );
    let checked = Command::new("sh").arg("-euc").arg(sh).current_dir(&folder).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn what_was_struck_stays_here_unless_somebody_says_otherwise() {
    let home = home();
    assert_eq!(home.run(&["strike", "alice/2"]).code, 0);
    let out = home.home().join("y.tar");
    let said = home.run(&["export", "--out", out.to_str().unwrap()]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("alice@") && said.err.contains("--with-struck") && said.err.contains("--timeline"));
    assert!(!out.exists());
    export(&home, &["--with-struck"]);
    let json = home.home().join("t.json");
    assert_eq!(home.run(&["export", "--timeline", "--out", json.to_str().unwrap()]).code, 0);
    let text = fs::read_to_string(&json).unwrap();
    let lines: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert!(lines.iter().all(|l| l["id"].is_string()) && lines.len() == 3);
    assert!(!text.contains("for the operators") && !text.contains("CANARY"), "{text}");
}

#[test]
fn bundles_go_round_until_everybody_has_the_same() {
    let (alice, bob) = (home(), Warroom::new());
    let bundle = export(&alice, &[]);
    assert_eq!(as_bob(&bob, &["import", bundle.to_str().unwrap()]).code, 0);
    assert_eq!(as_bob(&bob, &["note", "from bob"]).code, 0);
    assert_eq!(alice.run(&["note", "meanwhile"]).code, 0);
    let back = export(&bob, &[]);
    let said = alice.run(&["import", "--json", back.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{said:?}");
    let chains: Vec<serde_json::Value> = serde_json::from_str(&said.out).unwrap();
    let outcomes: Vec<_> = chains.iter().map(|c| c["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["known", "new"]);
    let bundle = export(&alice, &[]);
    assert_eq!(as_bob(&bob, &["import", bundle.to_str().unwrap()]).code, 0);
    let log = |home: &Warroom| everything(&home.home().join("incidents").join(ID).join("log"));
    assert_eq!(log(&alice), log(&bob));
    assert_eq!(bob.run(&["verify"]).code, 0);
}

#[test]
fn a_fork_is_kept_aside_and_named_and_never_merged() {
    let (alice, bob) = (home(), Warroom::new());
    let bundle = export(&alice, &[]);
    let before = alice.home().join("before");
    fs::copy(&bundle, &before).unwrap();
    let chain = everything(&alice.home().join("incidents").join(ID).join("log")).remove(0);
    assert_eq!(alice.run(&["note", "one thing"]).code, 0);
    assert_eq!(bob.run(&["import", export(&alice, &[]).to_str().unwrap()]).code, 0);
    // Her disk goes back in time, what her host had seen too, and she writes something else.
    fs::remove_dir_all(alice.home().join("state")).unwrap();
    fs::write(alice.home().join("incidents").join(ID).join("log").join(&chain.0), &chain.1).unwrap();
    assert_eq!(alice.run(&["note", "another thing"]).code, 0);
    let theirs = export(&alice, &[]);
    let log = everything(&bob.home().join("incidents").join(ID).join("log"));
    let said = bob.run(&["import", theirs.to_str().unwrap()]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("FORK") && said.out.contains("line 4"), "{said:?}");
    assert_eq!(everything(&bob.home().join("incidents").join(ID).join("log")), log, "ours stays as it was");
    let forks = everything(&bob.home().join("incidents").join(ID).join("forks"));
    assert_eq!(forks.len(), 1);
    assert!(String::from_utf8_lossy(&forks[0].1).contains("another thing"));
    // A second time keeps no second copy, and verify goes on saying it.
    assert_eq!(bob.run(&["import", theirs.to_str().unwrap()]).code, 1);
    assert_eq!(everything(&bob.home().join("incidents").join(ID).join("forks")), forks);
    let verified = bob.run(&["verify"]);
    assert_eq!(verified.code, 1);
    assert!(verified.out.contains("FORK"), "{verified:?}");
}

#[test]
fn one_chain_as_a_sync_tool_left_it_behind_is_taken_over_too() {
    let (alice, bob) = (home(), Warroom::new());
    assert_eq!(bob.run(&["import", export(&alice, &[]).to_str().unwrap()]).code, 0);
    assert_eq!(alice.run(&["note", "later"]).code, 0);
    let (name, bytes) = everything(&alice.home().join("incidents").join(ID).join("log")).remove(0);
    let log = bob.home().join("incidents").join(ID).join("log");
    let copy = log.join(name.replace(".jsonl", " (conflict).jsonl"));
    fs::write(&copy, &bytes).unwrap();
    let verified = bob.run(&["verify"]);
    assert!(verified.code == 1 && verified.out.contains("warroom import"), "{verified:?}");
    assert_eq!(bob.run(&["import", copy.to_str().unwrap()]).code, 0);
    fs::remove_file(&copy).unwrap();
    assert_eq!(fs::read(log.join(name)).unwrap(), bytes);
    assert_eq!(bob.run(&["verify"]).code, 0);
}

/// A member that somebody made by hand.
fn member(tar: &mut Builder<Vec<u8>>, name: &str, kind: EntryType, bytes: &[u8]) {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    // The name goes in as it is: the crate's own way would refuse those that lead elsewhere.
    header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
    if kind.is_symlink() || kind.is_hard_link() {
        header.set_link_name("/etc/passwd").unwrap();
    }
    header.set_cksum();
    tar.append(&header, bytes).unwrap();
}

fn sum(bytes: &[u8]) -> String {
    warroom::journal::Hash::of(bytes).to_string()
}

/// A good bundle with something put in, and its sums right.
fn with(chain: &[u8], more: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    let mut sums = format!("{}  log/alice@vm.jsonl\n", sum(chain));
    for (name, _, bytes) in more {
        sums.push_str(&format!("{}  {}\n", sum(bytes), name.split_once('/').map_or(*name, |(_, n)| n)));
    }
    member(&mut tar, &format!("{ID}/SHA256SUMS"), EntryType::Regular, sums.as_bytes());
    member(&mut tar, &format!("{ID}/log/alice@vm.jsonl"), EntryType::Regular, chain);
    more.iter().for_each(|(name, kind, bytes)| member(&mut tar, name, *kind, bytes));
    tar.into_inner().unwrap()
}

/// The chain in every hand-made bundle.
fn chain() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/share/alice@vm.jsonl")).unwrap()
}

/// The same with something else in its first line.
fn edited(from: &str, to: &str) -> Vec<u8> {
    String::from_utf8(chain()).unwrap().replacen(from, to, 1).into_bytes()
}

/// Members that no bundle may have.
fn bad_members(chain: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let file = EntryType::Regular;
    let at = |name: &str, kind: EntryType, bytes: &[u8]| with(chain, &[(name, kind, bytes)]);
    let bob = format!("{ID}/log/bob@vm.jsonl");
    vec![
        ("climbs out", at("../../etc/x", file, b"x")),
        ("absolute", at("/etc/x", file, b"x")),
        ("climbs inside", at(&format!("{ID}/log/../../x@y.jsonl"), file, b"x")),
        ("symbolic link", at(&bob, EntryType::Symlink, b"")),
        ("hard link", at(&bob, EntryType::Link, b"")),
        ("device", at(&bob, EntryType::Char, b"")),
        ("pipe", at(&bob, EntryType::Fifo, b"")),
        ("sparse", at(&bob, EntryType::GNUSparse, b"")),
        ("extended header", at("pax", EntryType::XHeader, b"15 path=/etc/x\n")),
        ("twice", at(&format!("{ID}/log/alice@vm.jsonl"), file, chain)),
        ("internal folder", at(&format!("{ID}/internal/a@b.jsonl"), file, b"x")),
        ("internal chain", at(&format!("{ID}/log/a@b+internal.jsonl"), file, b"x")),
        ("unknown file", at(&format!("{ID}/config.toml"), file, b"x")),
        ("second incident", at("other-1/log/bob@vm.jsonl", file, b"x")),
        ("long name", with(chain, &[(&bob, file, b""), (&"x".repeat(99), EntryType::GNULongName, &[b'x'; 600])])),
    ]
}

/// Bundles whose files are not what they should be.
fn bad_files(chain: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let good = with(chain, &[]);
    let mut changed = good.clone();
    let at = changed.len() - 1_500;
    changed[at] ^= 1;
    let mut bare = Builder::new(Vec::new());
    member(&mut bare, &format!("{ID}/log/alice@vm.jsonl"), EntryType::Regular, chain);
    let internal = edited(r#""drill":false"#, r#""disclosure":"internal","drill":false"#);
    vec![
        ("no chain in it", with(b"hello\n", &[])),
        ("another incident's chain", with(&edited(ID, "2026-11-21-other"), &[])),
        ("internal line", with(&internal, &[])),
        ("cut off", good[..1_500].to_vec()),
        ("no sums", bare.into_inner().unwrap()),
        ("wrong sum", changed),
        ("not a tar", b"PK\x03\x04 something else entirely".repeat(100)),
        ("nothing", Vec::new()),
    ]
}

#[test]
fn a_bundle_that_is_none_is_refused_as_a_whole() {
    let chain = chain();
    let cases = bad_members(&chain).into_iter().chain(bad_files(&chain));
    let home = Warroom::new();
    let bundle = home.home().join("bad.tar");
    for (what, bytes) in cases {
        fs::write(&bundle, bytes).unwrap();
        let said = home.run(&["import", bundle.to_str().unwrap()]);
        assert_eq!(said.code, 2, "{what}: {said:?}");
        assert!(said.err.contains("nothing was taken over"), "{what}: {said:?}");
        assert_eq!(everything(&home.home().join("incidents")), [], "{what}: something was left behind");
    }
    fs::write(&bundle, with(&chain, &[])).unwrap();
    let said = home.run(&["import", bundle.to_str().unwrap()]);
    assert_eq!(said.code, 0, "the same without what is wrong is taken: {said:?}");
}

#[test]
fn an_output_that_is_not_what_its_name_says_is_left_out_and_a_true_one_mends_ours() {
    let home = Warroom::new();
    let bundle = home.home().join("x.tar");
    let name = sum(b"what came out");
    let member = format!("{ID}/outputs/{name}");
    let kept = home.home().join("incidents").join(ID).join("outputs").join(&name);
    let import = |bytes: &[u8]| {
        fs::write(&bundle, with(&chain(), &[(&member, EntryType::Regular, bytes)])).unwrap();
        let said = home.run(&["import", bundle.to_str().unwrap()]);
        assert_eq!(said.code, 0, "{said:?}");
        said.err
    };
    let said = import(b"something else");
    assert!(said.contains(&name) && said.contains("left out") && !kept.exists(), "{said}");
    import(b"what came out");
    assert_eq!(fs::read(&kept).unwrap(), b"what came out");
    fs::write(&kept, "spoiled").unwrap();
    import(b"something else");
    assert_eq!(fs::read(&kept).unwrap(), b"spoiled");
    let said = import(b"what came out");
    assert!(said.contains("took its place"), "{said}");
    assert_eq!(fs::read(&kept).unwrap(), b"what came out");
}

#[test]
fn a_damaged_chain_is_named_with_its_bundle_and_one_of_ours_is_mended_by_moving_it_aside() {
    let (alice, home) = (self::home(), Warroom::new());
    let good = export(&alice, &[]);
    let (name, whole) = everything(&alice.home().join("incidents").join(ID).join("log")).remove(0);
    let text = String::from_utf8(whole.clone()).unwrap();
    let mut lines: Vec<_> = text.split_inclusive('\n').collect();
    lines.remove(1);
    let damaged = lines.concat();
    let bad = home.home().join("bad.tar");
    let mut tar = Builder::new(Vec::new());
    let sums = format!("{}  log/{name}\n", sum(damaged.as_bytes()));
    member(&mut tar, &format!("{ID}/SHA256SUMS"), EntryType::Regular, sums.as_bytes());
    member(&mut tar, &format!("{ID}/log/{name}"), EntryType::Regular, damaged.as_bytes());
    fs::write(&bad, tar.into_inner().unwrap()).unwrap();
    let said = home.run(&["import", "--json", bad.to_str().unwrap()]);
    assert_eq!(said.code, 1, "{said:?}");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&said.out).unwrap();
    assert!(rows.len() == 1 && rows[0]["outcome"] == "damaged-there" && rows[0]["lines"] == 1, "{said:?}");
    assert!(said.err.contains(&format!("bad.tar: log/{name}")) && !said.err.contains(".import-"), "{said:?}");
    let ours = home.home().join("incidents").join(ID).join("log").join(&name);
    fs::write(&ours, &damaged).unwrap();
    let said = home.run(&["import", good.to_str().unwrap()]);
    assert!(said.code == 1 && said.err.contains("move the file aside and import again"), "{said:?}");
    assert_eq!(fs::read_to_string(&ours).unwrap(), damaged, "it is left as it is");
    fs::rename(&ours, home.home().join("aside")).unwrap();
    assert_eq!(home.run(&["import", good.to_str().unwrap()]).code, 0);
    assert_eq!(fs::read(&ours).unwrap(), whole);
}

#[test]
fn who_may_sign_is_never_taken_from_a_bundle() {
    let home = home();
    home.write(&format!("incidents/{ID}/allowed_signers"), "alice ssh-ed25519 AAAA\n");
    let bundle = export(&home, &[]);
    let mut text = String::new();
    fs::File::open(&bundle).unwrap().read_to_string(&mut text).unwrap();
    assert!(text.contains("allowed_signers"));
    let other = Warroom::new();
    let said = other.run(&["import", bundle.to_str().unwrap()]);
    assert!(said.code == 0 && said.err.contains("who may sign"), "{said:?}");
    assert!(!other.home().join("incidents").join(ID).join("allowed_signers").exists());
}

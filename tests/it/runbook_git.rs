//! Runbooks from a git repository, with the real git and ssh-keygen: only what somebody signed whose key counts is in force by
//! itself, there is no way back, nothing of the repository runs, and all of it serves without a network.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rstest::rstest;

use crate::support::warroom::{Said, Warroom};

/// Whether the tools are here; says so where they are not.
fn tools() -> bool {
    let there = |tool: &str| Command::new(tool).arg("--help").output().is_ok();
    let all = there("git") && there("ssh-keygen");
    if !all {
        eprintln!("SKIPPED: git or ssh-keygen is not installed");
    }
    all
}

/// A repository of runbooks, and people's keys beside it.
struct Origin {
    folder: tempfile::TempDir,
}

impl Origin {
    fn new() -> Self {
        let this = Self { folder: tempfile::tempdir().unwrap() };
        for name in ["alice", "eve"] {
            let mut keygen = Command::new("ssh-keygen");
            keygen.args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]).arg(this.key(name));
            assert!(keygen.status().unwrap().success());
        }
        fs::create_dir(this.repository()).unwrap();
        this.git(&["init", "-q", "-b", "main"]);
        this
    }

    fn key(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn public(&self, name: &str) -> String {
        fs::read_to_string(self.key(name).with_extension("pub")).unwrap().trim().to_owned()
    }

    fn repository(&self) -> PathBuf {
        self.folder.path().join("books")
    }

    fn git(&self, args: &[&str]) -> String {
        let mut git = Command::new("git");
        git.current_dir(self.repository()).env("HOME", self.folder.path()).env("GIT_CONFIG_NOSYSTEM", "1");
        git.args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "gpg.format=ssh"]).args(args);
        let said = git.output().unwrap();
        assert!(said.status.success(), "{args:?}: {}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8(said.stdout).unwrap().trim().to_owned()
    }

    /// A commit of this text, signed by that person; its hash.
    fn commit(&self, text: &str, by: Option<&str>) -> String {
        fs::write(self.repository().join("look.md"), text).unwrap();
        self.git(&["add", "."]);
        match by {
            Some(name) => {
                let key = format!("user.signingkey={}", self.key(name).display());
                self.git(&["-c", &key, "commit", "-q", "-S", "--allow-empty", "-m", "books"]);
            }
            None => drop(self.git(&["commit", "-q", "--allow-empty", "-m", "books"])),
        }
        self.git(&["rev-parse", "HEAD"])
    }

    fn tag(&self, name: &str, by: &str) {
        let key = format!("user.signingkey={}", self.key(by).display());
        self.git(&["-c", &key, "tag", "-s", "-m", "books", name]);
    }

    /// A home that follows it, in which only alice's signature counts.
    fn home(&self, more: &str) -> Warroom {
        let home = Warroom::new();
        let line = format!("alice namespaces=\"git\" {}\n", self.public("alice"));
        home.write("signers", &line);
        self.follow(&home, &format!("signers = \"signers\"\n{more}"));
        home
    }

    fn follow(&self, home: &Warroom, more: &str) {
        let git = self.repository().display().to_string();
        home.write(
            "config.toml",
            &format!("network = \"devnet\"\ndiscover = false\n\n[runbooks]\ngit = \"{git}\"\n{more}\n"),
        );
    }
}

fn text(revision: u64, command: &str) -> String {
    format!(
        "---\nwarroom: 1\nid: look\ntitle: Look twice\nrevision: {revision}\nowner: ops\nreviewed: 2026-11-21\n---\n\
         ## Look {{#look}}\n```sh {{kind=check effect=read}}\n{command}\n```\n"
    )
}

fn fetch(home: &Warroom, more: &[&str]) -> Said {
    home.run(&[&["runbook", "fetch"], more].concat())
}

/// The row of the book, whole.
fn listed(home: &Warroom) -> serde_json::Value {
    let said = home.run(&["runbook", "list", "--json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&said.out).unwrap();
    rows.into_iter().find(|r| r["id"] == "look").unwrap_or_default()
}

#[test]
fn a_signed_commit_is_in_force_says_its_age_and_serves_without_its_origin() {
    if !tools() {
        return;
    }
    let origin = Origin::new();
    let commit = origin.commit(&text(1, "echo here"), Some("alice"));
    let home = origin.home("");
    assert_eq!(listed(&home), serde_json::Value::Null);
    let said = home.run(&["runbook", "list"]);
    assert!(said.err.contains("was fetched yet: warroom runbook fetch"), "{said:?}");
    let said = fetch(&home, &[]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains(&format!("branch main, at {}, signed by alice", &commit[..12])), "{said:?}");
    fs::remove_dir_all(origin.repository()).unwrap();
    let row = listed(&home);
    let path = format!("{}:look.md", origin.repository().display());
    assert_eq!((&row["commit"], &row["signed_by"], &row["path"]), (&commit.into(), &"alice".into(), &path.into()));
    let later = home.command(&["runbook", "list"]).env("WARROOM_CLOCK", "2026-11-21T06:00:00Z").output().unwrap();
    let later = Said::from(later);
    assert!(later.err.contains("signed by alice, fetched 3 h") && later.out.contains("signed by alice"), "{later:?}");
    // A fetch that fails takes nothing away.
    let said = fetch(&home, &[]);
    assert!(said.code == 4 && said.err.contains("stays in force"), "{said:?}");
    assert_eq!(listed(&home)["revision"], 1);
    // The run pins whence it came, and runs without a question.
    assert_eq!(home.run(&["declare", "--severity", "2", "x"]).code, 0);
    let said = home.run(&["runbook", "run", "look"]);
    assert_eq!(said.code, 0, "{said:?}");
    let log = home.run(&["log", "--json"]).out;
    let started = log.lines().find(|l| l.contains("run.started")).unwrap_or(&log);
    assert!(started.contains(row["commit"].as_str().unwrap()) && started.contains("books:look.md"), "{started}");
}

#[rstest]
#[case::nobody(None, "the commit is not signed")]
#[case::a_stranger(Some("eve"), "is signed by nobody whose key counts here")]
fn what_nobody_signed_whose_key_counts_is_refused_or_asks_before_each_step(
    #[case] by: Option<&str>,
    #[case] reason: &str,
) {
    if !tools() {
        return;
    }
    let origin = Origin::new();
    let first = origin.commit(&text(1, "true"), Some("alice"));
    let home = origin.home("");
    assert_eq!(fetch(&home, &[]).code, 0);
    let mark = home.home().join("mark");
    let second = origin.commit(&text(2, &format!("touch {}", mark.display())), by);
    let said = fetch(&home, &[]);
    assert!(said.code == 3 && said.err.contains(reason), "{said:?}");
    assert_eq!(listed(&home)["commit"], first, "the older one stays in force");
    let said = fetch(&home, &["--unsigned"]);
    assert!(said.code == 0 && said.out.contains("NOT VERIFIED"), "{said:?}");
    assert_eq!(listed(&home)["commit"], second);
    assert_eq!(listed(&home)["signed_by"], serde_json::Value::Null);
    assert_eq!(home.run(&["declare", "--severity", "2", "x"]).code, 0);
    let said = home.run(&["runbook", "run", "look"]);
    assert!(said.code == 3 && said.err.contains("came from elsewhere"), "{said:?}");
    assert!(!mark.exists(), "it ran without a word");
    let tested = home.run(&["runbook", "test", "look"]);
    assert!(tested.code == 3 && !mark.exists(), "{tested:?}");
    let digest = listed(&home)["digest"].as_str().unwrap().to_owned();
    let words: Vec<&str> = digest.split(' ').collect();
    assert_eq!(home.run(&[&["runbook", "trust"], &words[..]].concat()).code, 0);
    assert_eq!(home.run(&["runbook", "run", "look"]).code, 0);
    assert!(mark.exists());
}

#[test]
fn there_is_no_way_back_and_no_other_history_without_a_word() {
    if !tools() {
        return;
    }
    let origin = Origin::new();
    let old = origin.commit(&text(1, "true"), Some("alice"));
    let new = origin.commit(&text(2, "true"), Some("alice"));
    let home = origin.home("");
    assert_eq!(fetch(&home, &[]).code, 0);
    origin.git(&["reset", "-q", "--hard", &old]);
    let said = fetch(&home, &[]);
    assert!(said.code == 3 && said.err.contains("does not follow from"), "{said:?}");
    assert_eq!(listed(&home)["commit"], new);
    assert_eq!(fetch(&home, &["--rewritten"]).code, 0);
    assert_eq!(listed(&home)["commit"], old);
}

#[test]
fn a_signed_tag_counts_under_its_own_name_only() {
    if !tools() {
        return;
    }
    let origin = Origin::new();
    let commit = origin.commit(&text(1, "true"), None);
    origin.tag("v1", "alice");
    let home = origin.home("tag = \"v1\"");
    let said = fetch(&home, &[]);
    assert!(said.code == 0 && said.out.contains("tag v1") && said.out.contains("signed by alice"), "{said:?}");
    assert_eq!(listed(&home)["commit"], commit);
    // The old tag, served as a newer one.
    origin.git(&["update-ref", "refs/tags/v2", "refs/tags/v1"]);
    let home = origin.home("tag = \"v2\"");
    let said = fetch(&home, &[]);
    assert!(said.code == 3 && said.err.contains("served as `v2` was signed as `v1`"), "{said:?}");
    origin.tag("v3", "eve");
    let said = fetch(&origin.home("tag = \"v3\""), &[]);
    assert!(said.code == 3 && said.err.contains("the tag is signed by nobody whose key counts"), "{said:?}");
}

#[test]
fn a_key_that_counts_no_more_and_an_edited_mirror_are_told() {
    if !tools() {
        return;
    }
    let origin = Origin::new();
    let commit = origin.commit(&text(1, "true"), Some("alice"));
    let home = origin.home("");
    // Those of the roster count where no file is named: whoever may do more than look.
    origin.follow(&home, "");
    let person =
        |key: &str, level: &str| format!("[[person]]\nname = \"alice\"\nkeys = [\"{key}\"]\nlevel = \"{level}\"\n");
    home.write("roster.toml", &person(&origin.public("alice"), "observer"));
    assert!(fetch(&home, &[]).err.contains("names nobody whose signature"));
    home.write("roster.toml", &person(&origin.public("alice"), "responder"));
    assert_eq!(fetch(&home, &[]).code, 0);
    assert_eq!(listed(&home)["signed_by"], "alice");
    home.write("roster.toml", &person(&origin.public("eve"), "responder"));
    assert_eq!(listed(&home)["signed_by"], serde_json::Value::Null);
    let said = home.run(&["runbook", "list"]);
    assert!(said.err.contains("NOT VERIFIED: the key of alice") && said.out.contains("NOT VERIFIED"), "{said:?}");
    home.write("roster.toml", &person(&origin.public("alice"), "responder"));
    let file = home.home().join(format!("state/runbooks-git/at-{commit}/look.md"));
    fs::write(&file, text(1, "rm -rf /nowhere")).unwrap();
    assert_eq!(listed(&home), serde_json::Value::Null);
    assert!(home.run(&["runbook", "list"]).err.contains("somebody edited the mirror"));
    assert_eq!(fetch(&home, &[]).code, 0, "fetched anew");
    assert_eq!(listed(&home)["signed_by"], "alice");
}

#[test]
fn nothing_of_a_repository_runs_and_only_plain_files_are_taken() {
    if !tools() {
        return;
    }
    let origin = Origin::new();
    let mark = origin.folder.path().join("mark");
    let evil = origin.folder.path().join("evil");
    fs::write(&evil, format!("#!/bin/sh\ntouch {}\n", mark.display())).unwrap();
    fs::set_permissions(&evil, fs::Permissions::from_mode(0o755)).unwrap();
    let books = origin.repository();
    std::os::unix::fs::symlink("/etc/passwd", books.join("link.md")).unwrap();
    fs::create_dir_all(books.join("look.test")).unwrap();
    fs::create_dir_all(books.join("deep/er")).unwrap();
    fs::write(books.join("look.test/good.toml"), "about = \"fine\"\n").unwrap();
    fs::write(books.join("deep/er/x.md"), "no").unwrap();
    fs::write(books.join(".gitattributes"), "*.md filter=evil diff=evil\n").unwrap();
    let commit = origin.commit(&text(1, "true"), Some("alice"));
    for (key, value) in [
        ("core.fsmonitor", evil.as_path()),
        ("filter.evil.smudge", &evil),
        ("filter.evil.clean", &evil),
        ("core.sshCommand", &evil),
        ("uploadpack.packObjectsHook", &evil),
        ("core.hooksPath", origin.folder.path()),
    ] {
        origin.git(&["config", key, &value.display().to_string()]);
    }
    for hook in ["post-checkout", "reference-transaction", "post-merge"] {
        fs::copy(&evil, origin.folder.path().join(hook)).unwrap();
    }
    let home = origin.home("");
    // The account's own settings take no part either.
    home.write(
        ".gitconfig",
        &format!("[core]\n\tsshCommand = {0}\n\thooksPath = {1}\n", evil.display(), evil.parent().unwrap().display()),
    );
    let said = fetch(&home, &[]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!mark.exists(), "something of the repository ran");
    let mut names: Vec<PathBuf> = walk(&home.home().join(format!("state/runbooks-git/at-{commit}")));
    names.sort();
    assert_eq!(names, [Path::new("look.md"), Path::new("look.test/good.toml")]);
    assert_eq!(home.run(&["runbook", "test", "look"]).code, 0, "its own tests come with it");
}

fn walk(root: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry)
            } else {
                files.push(entry.strip_prefix(root).unwrap().to_path_buf())
            }
        }
    }
    files
}

#[rstest]
#[case::program("git = \"ext::sh -c touch% /tmp/x\"", "is no address")]
#[case::helper("git = \"ext::x\"", "names a program of git's")]
#[case::option("git = \"--upload-pack=x\"", "is no address")]
#[case::secret("git = \"https://bob:hunter2@git.example.org/x\"", "holds credentials")]
#[case::scheme("git = \"ftp://git.example.org/x\"", "has a scheme that is not fetched")]
#[case::branch("git = \"/x\"\nbranch = \"--exec\"", "is not a branch or tag")]
#[case::range("git = \"/x\"\nbranch = \"a..b\"", "is not a branch or tag")]
#[case::out("git = \"/x\"\nfolder = \"../etc\"", "is not a folder of the repository")]
#[case::both("git = \"/x\"\nbranch = \"a\"\ntag = \"b\"", "exclude each other")]
#[case::none("branch = \"a\"", "has no `git`")]
fn an_address_that_is_none_is_a_fault_of_its_line(#[case] lines: &str, #[case] says: &str) {
    let home = Warroom::new();
    home.write("config.toml", &format!("[runbooks]\n{lines}\n"));
    let said = fetch(&home, &[]);
    assert!(said.code == 2 && said.err.contains(says), "{said:?}");
    assert!(!said.err.contains("hunter2"));
}

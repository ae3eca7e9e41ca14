//! A real cluster that is killed, cut in two, compacted, filled up and guarded by users; and hosts whose people go on writing all the
//! while. Whatever happens to the cluster: what was acknowledged arrives everywhere, no chain forks, and nobody waits for it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::etcd::{Cluster, Host, MEMBERS, all_arrives};
use crate::support::live::{Component, free_base, script, wait_for, wanted};
use crate::support::netns::Split;
use crate::support::pty::Terminal;

/// How long everything may take to arrive once the cluster is whole again.
const ARRIVES: Duration = Duration::from_secs(40);

/// Leaders killed in the middle of writing.
const KILLS: usize = 20;

fn pause(ms: u64) {
    std::thread::park_timeout(Duration::from_millis(ms));
}

/// Declares on the first host and waits until the others have it.
fn declare(hosts: &[&Host]) -> String {
    let said = hosts[0].command(&["declare", "--severity", "2", "finality stall"]).output().unwrap();
    assert!(said.status.success(), "{said:?}");
    let id = String::from_utf8(said.stdout).unwrap().split_whitespace().next().unwrap().to_owned();
    for host in &hosts[1..] {
        let there = || (!host.log(&id).is_empty()).then_some(());
        wait_for(&format!("{} has the incident ({})", host.person, host.said()), ARRIVES, there);
    }
    id
}

fn three(config: &str) -> Vec<Arc<Host>> {
    ["alice", "bob", "carol"]
        .into_iter()
        .map(|person| {
            let mut host = Host::new(person, config, None);
            host.carry();
            Arc::new(host)
        })
        .collect()
}

#[test]
fn live_etcd_loses_nothing_when_leaders_and_then_all_members_are_killed() {
    if !wanted("live_etcd_loses_nothing_when_leaders_and_then_all_members_are_killed") {
        return;
    }
    let mut cluster = Cluster::start();
    let hosts = three(&cluster.config());
    let all: Vec<&Host> = hosts.iter().map(AsRef::as_ref).collect();
    let id = declare(&all);
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = hosts.iter().map(|h| h.write_until(&stop)).collect();
    for n in 0..KILLS {
        let leader = wait_for("a leader", Duration::from_secs(20), || cluster.leader());
        cluster.kill(leader);
        pause(900);
        if n == KILLS / 2 {
            // A carrier that was away meets a cluster that has forgotten what it last read.
            cluster.compact();
        }
        cluster.restart(leader);
        pause(600);
    }
    MEMBERS.iter().for_each(|m| cluster.kill(m));
    pause(4_000);
    let dead = all[0].median_of_last(20);
    wait_for("the dead cluster is told", ARRIVES, || {
        let said = all[0].said();
        (said.contains("unreachable") && said.contains("wait here")).then_some(())
    });
    MEMBERS.into_iter().for_each(|m| cluster.restart(m));
    // A verb reads the whole log, so it is held against one that reads as long a log.
    wait_for("alice is in step again", ARRIVES, || all[0].said().contains("in step").then_some(()));
    pause(4_000);
    let well = all[0].median_of_last(20);
    stop.store(true, Ordering::Relaxed);
    writers.into_iter().for_each(|w| w.join().unwrap());
    all_arrives(&all, &id, ARRIVES);
    eprintln!("a note took {well:?} with the cluster and {dead:?} without");
    assert!(dead < well * 2 + Duration::from_millis(30), "a note takes {dead:?} without the cluster, {well:?} with it");
}

#[test]
fn live_etcd_compaction_while_a_host_is_away_costs_a_back_fill_and_nothing_else() {
    if !wanted("live_etcd_compaction_while_a_host_is_away_costs_a_back_fill_and_nothing_else") {
        return;
    }
    let cluster = Cluster::start();
    let mut hosts: Vec<Host> = ["alice", "bob"].map(|p| Host::new(p, &cluster.config(), None)).into();
    hosts.iter_mut().for_each(Host::carry);
    let id = declare(&hosts.iter().collect::<Vec<_>>());
    hosts[0].note("before");
    wait_for("bob has it", ARRIVES, || {
        hosts[1].log(&id).values().any(|b| b.ends_with(b"\n") && contains(b, "before")).then_some(())
    });
    hosts[1].stop_carrying();
    for n in 0..200 {
        hosts[0].note(&format!("while bob was away {n}"));
    }
    hosts[1].note("bob, by himself");
    wait_for("alice is in step", ARRIVES, || hosts[0].said().contains("in step").then_some(()));
    cluster.compact();
    hosts[1].carry();
    all_arrives(&hosts.iter().collect::<Vec<_>>(), &id, ARRIVES);
    // Somebody empties the prefix: what the hosts have is put back.
    let all = serde_json::json!({ "key": "L3dhcnJvb20v", "range_end": "L3dhcnJvb20w" });
    cluster.ask("a", "/v3/kv/deleterange", &all).unwrap();
    let keys = || {
        cluster.ask(
            "b",
            "/v3/kv/range",
            &serde_json::json!({ "key": "L3dhcnJvb20v", "range_end": "L3dhcnJvb20w", "count_only": true }),
        )
    };
    let lines: usize = hosts[0].log(&id).values().map(|b| b.split(|b| *b == b'\n').count() - 1).sum();
    wait_for("all keys are back", ARRIVES, || (keys()?["count"].as_str()? == lines.to_string()).then_some(()));
}

/// What bob's host has to have, byte for byte.
fn outputs(host: &Host, id: &str) -> std::collections::BTreeMap<String, Vec<u8>> {
    let found = fs::read_dir(host.log_dir(id).with_file_name("outputs")).into_iter().flatten().flatten();
    let whole = found.filter(|f| !f.file_name().to_string_lossy().starts_with('.'));
    whole.map(|f| (f.file_name().into_string().unwrap(), fs::read(f.path()).unwrap())).collect()
}

#[test]
fn live_etcd_brings_what_steps_wrote_and_puts_it_back_when_somebody_deletes_it() {
    if !wanted("live_etcd_brings_what_steps_wrote_and_puts_it_back_when_somebody_deletes_it") {
        return;
    }
    let cluster = Cluster::start();
    let mut hosts: Vec<Host> = ["alice", "bob"].map(|p| Host::new(p, &cluster.config(), None)).into();
    hosts.iter_mut().for_each(Host::carry);
    let id = declare(&hosts.iter().collect::<Vec<_>>());
    let step = |name: &str, command: &str| {
        format!(
            "\n## {name} {{#{name}}}\nWhy.\n```sh {{kind=check effect=read timeout=60s expect=\"exit 0\"}}\n{command}\n```\n"
        )
    };
    let head = "---\nwarroom: 1\nid: talk\ntitle: Talk\nrevision: 1\nowner: a\nreviewed: 2026-11-01\n---\n";
    let book =
        [head.to_owned(), step("little", "echo hello"), step("much", "seq 1 150000"), step("more", "seq 1 900000")];
    hosts[0].home.write("runbooks/talk.md", &book.concat());
    let leader = wait_for("a leader", Duration::from_secs(20), || cluster.leader());
    hosts[1].note("bob is here too");
    let run = hosts[0].command(&["runbook", "run", "talk"]).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    // In the middle of carrying, if it goes well.
    cluster.kill(leader);
    let all = outputs(&hosts[0], &id);
    assert_eq!(all.len(), 4, "text and three outputs");
    wait_for("bob has all of it", ARRIVES, || (outputs(&hosts[1], &id) == all).then_some(()));
    wait_for("alice is in step", ARRIVES, || hosts[0].said().contains("in step").then_some(()));
    // Ten megabytes that came while he was away come in pieces.
    hosts[1].stop_carrying();
    for n in 0..200 {
        hosts[0].note(&format!("{n} {}", "x".repeat(50_000)));
    }
    wait_for("alice is in step with it", ARRIVES, || hosts[0].said().contains("in step").then_some(()));
    hosts[1].carry();
    let large = |host: &Host| host.log(&id).values().map(Vec::len).max();
    wait_for("bob has that too", ARRIVES, || (large(&hosts[1]) == large(&hosts[0])).then_some(()));
    // A member that is up; somebody empties the files' keys, and a bystander's bytes take the place of one.
    let up = wait_for("another leader", Duration::from_secs(20), || cluster.leader());
    let range = |count: bool| serde_json::json!({ "key": "L3dhcnJvb20vfg==", "range_end": "L3dhcnJvb20w", "count_only": count });
    let keys = || cluster.ask(up, "/v3/kv/range", &range(true)).map(|reply| reply["count"].clone());
    let before = wait_for("a count", ARRIVES, keys);
    hosts[0].stop_carrying();
    cluster.ask(up, "/v3/kv/deleterange", &range(false)).unwrap();
    hosts[0].carry();
    wait_for("all keys are back", ARRIVES, || (keys()? == before).then_some(()));
    all_arrives(&hosts.iter().collect::<Vec<_>>(), &id, ARRIVES);
}

fn contains(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}

#[test]
fn live_etcd_both_sides_of_a_cut_go_on_and_meet_again() {
    if !wanted("live_etcd_both_sides_of_a_cut_go_on_and_meet_again") {
        return;
    }
    let Some(split) = Split::new("live_etcd_both_sides_of_a_cut_go_on_and_meet_again") else { return };
    let cluster: Vec<String> = (0..3).map(|n| format!("{}=http://{}:2380", MEMBERS[n], split.ip(n))).collect();
    let _members: Vec<Component> = (0..3)
        .map(|n| {
            let mut command = Command::new("ip");
            command.args(["netns", "exec", split.name(n)]).arg(script());
            command.env("WARROOM_LAB", split.folder(n)).args([
                "etcd-member",
                MEMBERS[n],
                &split.ip(n),
                "2379",
                &cluster.join(","),
            ]);
            Component::start_with(&mut command)
        })
        .collect();
    // Each host asks its own member first.
    let hosts: Vec<Arc<Host>> = ["alice", "bob", "carol"]
        .into_iter()
        .enumerate()
        .map(|(n, person)| {
            let urls: Vec<String> = (0..3).map(|i| format!("\"http://{}:2379\"", split.ip((n + i) % 3))).collect();
            let config = format!("discover = false\n[share.etcd]\nendpoints = [{}]\n", urls.join(", "));
            let mut host = Host::new(person, &config, Some(split.name(n)));
            host.carry();
            Arc::new(host)
        })
        .collect();
    let all: Vec<&Host> = hosts.iter().map(AsRef::as_ref).collect();
    let id = declare(&all);
    let mut command = all[2].command(&[]);
    command.env("TERM", "xterm-256color").env("LANG", "C.UTF-8");
    let console = Terminal::start(&command, (160, 50));
    console.wait_long("carol's console is in step", ARRIVES, |s| s.contains("etcd: in step"));
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = hosts.iter().map(|h| h.write_until(&stop)).collect();
    split.cut(2);
    console
        .wait_long("carol's console says so", ARRIVES, |s| s.contains("etcd: unreachable") && s.contains("wait here"));
    // The majority goes on together, the minority by itself.
    all[0].note("said on the majority's side");
    let arrived = |h: &Host| h.log(&id).values().any(|b| contains(b, "said on the majority's side"));
    wait_for("bob has alice's word", ARRIVES, || arrived(all[1]).then_some(()));
    all[2].note("said on the minority's side");
    assert!(!arrived(all[2]), "it crossed the cut");
    pause(3_000);
    split.mend(2);
    stop.store(true, Ordering::Relaxed);
    writers.into_iter().for_each(|w| w.join().unwrap());
    all_arrives(&all, &id, ARRIVES);
    console.wait_long("carol's console is in step again", ARRIVES, |s| s.contains("etcd: in step"));
}

/// A member with TLS, and certificates for it, made as the documentation says.
fn guarded(folder: &Path) -> (Component, u16) {
    let port = free_base();
    let commands = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sharing.md")).unwrap();
    let made = Command::new("sh")
        .arg("-euc")
        .arg(block(&commands, "# certificates"))
        .env("IP", "127.0.0.1")
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let mut command = Command::new(script());
    command.env("ETCD_TLS", folder).env("WARROOM_LAB", folder).env("ETCD_QUOTA", (24 * 1024 * 1024).to_string());
    command.args(["etcd-member", "a", "127.0.0.1", &port.to_string(), &format!("a=http://127.0.0.1:{}", port + 1)]);
    (Component::start_with(&mut command), port)
}

/// The fenced block of a page that begins with this line.
fn block<'a>(page: &'a str, first: &str) -> &'a str {
    let start = page.find(&format!("```sh\n{first}")).unwrap() + "```sh\n".len();
    &page[start..start + page[start..].find("```").unwrap()]
}

#[test]
fn live_etcd_with_tls_users_and_a_quota_is_used_as_the_documentation_says() {
    if !wanted("live_etcd_with_tls_users_and_a_quota_is_used_as_the_documentation_says") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (member, port) = guarded(folder.path());
    let url = member.get("ETCD_a_URL").to_owned();
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sharing.md")).unwrap();
    let sh = |script: &str| {
        let mut command = Command::new("sh");
        command.arg("-euc").arg(script).current_dir(folder.path());
        command.env("ETCDCTL_API", "3").env("ETCDCTL_ENDPOINTS", &url).env("ETCDCTL_CACERT", "ca.pem");
        command.env("ETCDCTL_CERT", "client.pem").env("ETCDCTL_KEY", "client-key.pem").output().unwrap()
    };
    wait_for("the member is up", ARRIVES, || sh("etcdctl endpoint health").status.success().then_some(()));
    let users = sh(block(&page, "# users"));
    assert!(users.status.success(), "{users:?}");
    let config = |user: &str| {
        let at = |name: &str| folder.path().join(name).display().to_string();
        format!(
            "discover = false\n[share.etcd]\nendpoints = [\"https://127.0.0.1:{port}\"]\nuser = \"{user}\"\npassword_file = \"{}\"\nca = \"{}\"\ncert = \"{}\"\nkey = \"{}\"\n",
            at("password"),
            at("ca.pem"),
            at("client.pem"),
            at("client-key.pem")
        )
    };
    fs::write(folder.path().join("password"), "correct horse\n").unwrap();
    let (mut alice, mut mallory) =
        (Host::new("alice", &config("warroom-eu"), None), Host::new("mallory", &config("somebody"), None));
    alice.carry();
    let doctor = |host: &Host| {
        let said = host.command(&["doctor"]).output().unwrap();
        String::from_utf8(said.stdout).unwrap().lines().filter(|l| l.contains("etcd")).collect::<Vec<_>>().join("\n")
    };
    let id = declare(&[&alice]);
    wait_for("alice is in step", ARRIVES, || alice.said().contains("in step").then_some(()));
    assert!(doctor(&alice).contains("may read and write under /warroom/"), "{}", doctor(&alice));
    // A user without rights there is told so, and no more.
    mallory.carry();
    wait_for("mallory is refused", ARRIVES, || mallory.said().contains("permission denied").then_some(()));
    assert!(doctor(&mallory).contains("BAD") && doctor(&mallory).contains("permission denied"), "{}", doctor(&mallory));
    assert!(mallory.log(&id).is_empty());
    fill_and_mend(&alice, &sh, &page);
    fs::write(folder.path().join("password"), "wrong\n").unwrap();
    assert!(doctor(&alice).contains("wrong user or password"), "{}", doctor(&alice));
}

/// The quota is used up by somebody; entries wait and are told; then it is mended as the documentation says.
fn fill_and_mend(alice: &Host, sh: &dyn Fn(&str) -> std::process::Output, page: &str) {
    let root = "export ETCDCTL_USER=root:root-password\n";
    let fill = "head -c 1000000 /dev/zero | tr '\\0' x >big; n=0; while etcdctl put /other/$n <big >/dev/null 2>&1; do n=$((n+1)); [ $n -lt 99 ]; done";
    sh(&format!("{root}{fill}"));
    alice.note("while it was full");
    wait_for("alice is told that it is full", ARRIVES, || alice.said().contains("FULL").then_some(()));
    let mended = sh(&format!("{root}etcdctl del --prefix /other/ >/dev/null\n{}", block(page, "# a full cluster")));
    assert!(mended.status.success(), "{mended:?}");
    wait_for("alice is in step again", ARRIVES, || alice.said().contains("in step").then_some(()));
}

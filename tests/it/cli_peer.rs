//! `warroom peer`: shown with their worth, signed with stock tools, and served by a plain web server.

use std::io::Read;
use std::io::Write;

use serde_json::Value;

use crate::support::signer::Signer;
use crate::support::warroom::Warroom;

const STATUS: &str = r#"{"v":1,"operator":"north","at":"2026-11-21T03:00:00Z","seq":7,"valid_s":60,"network":"devnet",
  "nodes":[{"id":"n1","client":"prysm","version":"5.3.0","state":"bad"}]}"#;

fn roster(w: &Warroom, key: &Signer, status: &str) {
    let operator = format!("[[operator]]\nname = \"north\"\nstake = 112\nkeys = [\"{}\"]\n{status}", key.public());
    w.write("roster.toml", &format!("{operator}[[operator]]\nname = \"koto\"\nstake = 7\n"));
    w.write("config.toml", "network = \"devnet\"\ndiscover = false\n");
}

fn shown(w: &Warroom) -> Vec<Value> {
    let said = w.run(&["peer", "show", "--json"]);
    assert_eq!(said.code, 0, "{said:?}");
    serde_json::from_str(&said.out).unwrap()
}

fn of<'a>(shown: &'a [Value], id: &str) -> &'a Value {
    shown.iter().find(|l| l["id"] == id).unwrap()
}

#[test]
fn what_we_sign_others_verify_and_stock_tools_too() {
    let (w, key) = (Warroom::new(), Signer::new());
    roster(&w, &key, "");
    w.write("status.json", STATUS);
    let said =
        w.run(&["peer", "sign", w.home().join("status.json").to_str().unwrap(), "--key", key.file().to_str().unwrap()]);
    assert_eq!(said.code, 0, "{said:?}");
    w.write("peers/north.json", &said.out);
    let all = shown(&w);
    assert_eq!(of(&all, "north")["trust"], "verified", "{all:#?}");
    assert_eq!(of(&all, "koto")["trust"], "missing");
    let plain = w.run(&["peer", "show"]);
    assert!(
        plain.out.contains("north") && plain.out.contains("stake 112") && plain.out.contains("prysm 5.3.0"),
        "{plain:?}"
    );
}

#[test]
fn the_publisher_of_the_documentation_is_understood() {
    let (w, key) = (Warroom::new(), Signer::new());
    roster(&w, &key, "");
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/peers.md")).unwrap();
    let start = docs.find("```sh publish.sh\n").unwrap() + "```sh publish.sh\n".len();
    let script = &docs[start..start + docs[start..].find("```").unwrap()];
    assert!(script.lines().count() <= 30, "thirty lines were promised");
    w.write("publish.sh", script);
    std::fs::create_dir_all(w.home().join("peers")).unwrap();
    let run = std::process::Command::new("sh")
        .arg(w.home().join("publish.sh"))
        .env("OPERATOR", "north")
        .env("NETWORK", "devnet")
        .env("KEY", key.file())
        .env("OUT", w.home().join("peers/north.json"))
        .env("NODE", "http://127.0.0.1:1")
        .env("NOW", "2026-11-21T03:00:00Z")
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let all = shown(&w);
    assert_eq!(of(&all, "north")["trust"], "verified", "{all:#?}");
}

#[test]
fn an_address_is_fetched_and_a_dead_one_is_said() {
    let (w, key) = (Warroom::new(), Signer::new());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let body = format!("{{\"status\":{STATUS},\"sig\":\"{}\"}}", key.sign("warroom-peer@v1", STATUS));
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).unwrap();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    });
    roster(&w, &key, &format!("status = \"http://127.0.0.1:{port}/status.json\"\n"));
    assert_eq!(of(&shown(&w), "north")["trust"], "verified");
    serving.join().unwrap();
    let said = w.run(&["peer", "show"]);
    assert_eq!(said.code, 0);
    assert!(said.err.contains("connection refused") && said.out.contains("missing"), "{said:?}");
}

#[test]
fn a_bad_status_is_refused_before_it_is_signed() {
    let (w, key) = (Warroom::new(), Signer::new());
    for (status, why) in
        [("{}", "missing field"), ("[", "is not JSON"), ("{\"v\":1,\"says\":\"a\u{202e}b\"}", "missing field")]
    {
        w.write("s.json", status);
        let said =
            w.run(&["peer", "sign", w.home().join("s.json").to_str().unwrap(), "--key", key.file().to_str().unwrap()]);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains(why) && said.out.is_empty(), "{said:?}");
    }
    w.write("s.json", STATUS);
    let said = w.run(&["peer", "sign", w.home().join("s.json").to_str().unwrap(), "--key", "/nonexistent"]);
    assert_eq!(said.code, 4, "{said:?}");
}

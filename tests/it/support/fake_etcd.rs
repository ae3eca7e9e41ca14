//! A gateway that keeps keys in memory and does on demand what no real etcd can be made to do: answer with half a body or with
//! something else entirely, acknowledge what it does not keep. Must not be used where a real cluster would do.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail there")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// What it does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Ends the connection in the middle of an answer.
    HalfBody,
    /// Answers JSON that says nothing.
    WrongJson,
    /// Answers a web page.
    Page,
    /// Acknowledges a push and keeps nothing of it.
    FalseAck,
    /// Refuses a push: its quota is used up.
    Full,
}

#[derive(Default)]
struct State {
    keys: BTreeMap<Vec<u8>, (Vec<u8>, u64)>,
    revision: u64,
    faults: Vec<Fault>,
}

/// It runs until the test ends.
#[derive(Clone)]
pub struct FakeEtcd {
    port: u16,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl FakeEtcd {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let fake = Self { port: listener.local_addr().unwrap().port(), state: Arc::default() };
        fake.state.0.lock().unwrap().revision = 1;
        let served = fake.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let one = served.clone();
                std::thread::spawn(move || drop(one.serve(stream)));
            }
        });
        fake
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The next requests (pushes, for a false acknowledgement) go wrong like this.
    pub fn fail(&self, faults: &[Fault]) {
        self.state.0.lock().unwrap().faults.extend(faults.iter().rev());
    }

    /// Puts a value there, whoever may think of it.
    pub fn put(&self, key: &str, value: &[u8]) {
        let mut state = self.state.0.lock().unwrap();
        state.revision += 1;
        let revision = state.revision;
        state.keys.insert(key.as_bytes().to_vec(), (value.to_vec(), revision));
        self.state.1.notify_all();
    }

    /// What stands there.
    pub fn keys(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.state.0.lock().unwrap();
        state.keys.iter().map(|(k, (v, _))| (String::from_utf8(k.clone()).unwrap(), v.clone())).collect()
    }

    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut from = BufReader::new(stream.try_clone()?);
        let (mut first, mut length) = (String::new(), 0);
        from.read_line(&mut first)?;
        loop {
            let mut line = String::new();
            from.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            let lower = line.to_ascii_lowercase();
            length = lower.strip_prefix("content-length:").map_or(length, |n| n.trim().parse().unwrap());
        }
        let mut body = vec![0; length];
        from.read_exact(&mut body)?;
        let asked: Value = serde_json::from_slice(&body).unwrap();
        if first.contains("/v3/watch") {
            return self.watch(&mut stream, &asked["create_request"]);
        }
        let is_push = first.contains("/v3/kv/txn");
        let fault = {
            let mut state = self.state.0.lock().unwrap();
            let fits = state.faults.last().is_some_and(|f| is_push || !matches!(f, Fault::FalseAck | Fault::Full));
            if fits { state.faults.pop() } else { None }
        };
        let answer = match fault {
            Some(Fault::Full) => json!({ "error": "etcdserver: mvcc: database space exceeded", "code": 8 }),
            Some(Fault::FalseAck) => json!({ "header": self.header(), "succeeded": true }),
            _ if is_push => self.txn(&asked),
            _ => self.range(&asked),
        };
        let answer = match fault {
            Some(Fault::WrongJson) => "[1, 2, {]".to_owned(),
            Some(Fault::Page) => "<!doctype html><p>hello".to_owned(),
            _ => answer.to_string(),
        };
        let status = if fault == Some(Fault::Full) { "429 Too Many Requests" } else { "200 OK" };
        let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", answer.len());
        let send = if fault == Some(Fault::HalfBody) { answer.len() / 2 } else { answer.len() };
        stream.write_all(head.as_bytes())?;
        stream.write_all(&answer.as_bytes()[..send])
    }

    fn header(&self) -> Value {
        json!({ "cluster_id": "7", "revision": self.state.0.lock().unwrap().revision.to_string() })
    }

    fn range(&self, asked: &Value) -> Value {
        let header = self.header();
        let (from, to) = (bytes(&asked["key"]), bytes(&asked["range_end"]));
        let state = self.state.0.lock().unwrap();
        let found: Vec<_> = match to.is_empty() {
            true => state.keys.get_key_value(&from).into_iter().collect(),
            false => state.keys.range(from..to).collect(),
        };
        let nothing = Vec::new();
        let value = |v: &'_ (Vec<u8>, u64)| if asked["keys_only"] == true { (nothing.clone(), v.1) } else { v.clone() };
        let kvs: Vec<_> = found.iter().map(|(k, v)| kv(k, &value(v))).collect();
        if asked["count_only"] == true {
            return json!({ "header": header, "count": found.len().to_string() });
        }
        json!({ "header": header, "kvs": kvs, "count": found.len().to_string() })
    }

    fn txn(&self, asked: &Value) -> Value {
        let header = self.header();
        let mut state = self.state.0.lock().unwrap();
        let puts: Vec<_> = asked["success"].as_array().unwrap().iter().map(|op| &op["request_put"]).collect();
        let there: Vec<_> = puts.iter().filter_map(|p| state.keys.get_key_value(&bytes(&p["key"]))).collect();
        if !there.is_empty() {
            let ranges: Vec<_> =
                there.iter().map(|(k, v)| json!({ "response_range": { "kvs": [kv(k, v)], "count": "1" } })).collect();
            return json!({ "header": header, "responses": ranges });
        }
        state.revision += 1;
        let revision = state.revision;
        for put in puts {
            state.keys.insert(bytes(&put["key"]), (bytes(&put["value"]), revision));
        }
        self.state.1.notify_all();
        json!({ "header": header, "succeeded": true })
    }

    fn watch(&self, stream: &mut TcpStream, asked: &Value) -> std::io::Result<()> {
        write!(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        let mut since: u64 = asked["start_revision"].as_str().unwrap().parse().unwrap();
        say(stream, &json!({ "result": { "created": true } }))?;
        loop {
            let mut state = self.state.0.lock().unwrap();
            if state.revision < since {
                state = self.state.1.wait_timeout(state, Duration::from_secs(1)).unwrap().0;
            }
            let new: Vec<_> =
                state.keys.iter().filter(|(_, (_, r))| *r >= since).map(|(k, v)| json!({ "kv": kv(k, v) })).collect();
            since = since.max(state.revision + 1);
            drop(state);
            if !new.is_empty() {
                say(stream, &json!({ "result": { "events": new } }))?;
            }
        }
    }
}

fn say(stream: &mut TcpStream, line: &Value) -> std::io::Result<()> {
    let line = format!("{line}\n");
    write!(stream, "{:x}\r\n{line}\r\n", line.len())
}

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap_or_default()).unwrap()
}

fn kv(key: &[u8], (value, revision): &(Vec<u8>, u64)) -> Value {
    json!({ "key": STANDARD.encode(key), "value": STANDARD.encode(value), "mod_revision": revision.to_string() })
}

//! A node that answers from a table: real sockets, recorded replies, and each reply may change from call to call.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail there")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a path, or a JSON-RPC method, is answered with: one reply after another, the last one for ever.
type Table = BTreeMap<String, Vec<String>>;

/// A server on a port of its own; it ends with the test process.
pub struct Replies {
    /// `http://127.0.0.1:…`
    pub url: String,
    table: Arc<Mutex<Table>>,
}

impl Replies {
    /// Answers with this table; what is not in it gets 404.
    pub fn new(rows: &[(&str, &[&str])]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let table = Arc::new(Mutex::new(Table::new()));
        let this = Self { url, table: Arc::clone(&table) };
        for (key, replies) in rows {
            this.set(key, replies);
        }
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &table);
            }
        });
        this
    }

    /// From now on, answers so.
    pub fn set(&self, key: &str, replies: &[&str]) {
        let replies = replies.iter().map(|r| (*r).to_owned()).collect();
        self.table.lock().unwrap().insert(key.to_owned(), replies);
    }
}

fn answer(mut stream: TcpStream, table: &Mutex<Table>) {
    let mut request = Vec::new();
    let mut buffer = [0_u8; 4096];
    // Small requests: head and body come together, or the body is what is missing.
    while !complete(&request) {
        match stream.read(&mut buffer) {
            Ok(n) if n > 0 => request.extend_from_slice(&buffer[..n]),
            _ => return,
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
    let method = text.split("\"method\":\"").nth(1).and_then(|m| m.split('"').next()).map(str::to_owned);
    let mut table = table.lock().unwrap();
    let reply = table
        .get_mut(&method.unwrap_or(path))
        .map(|replies| if replies.len() > 1 { replies.remove(0) } else { replies[0].clone() });
    let (status, body) = match reply {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", "{\"statusCode\":404}".to_owned()),
    };
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
    body.len() >= length.unwrap_or(0)
}

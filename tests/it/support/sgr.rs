//! What a stream of terminal bytes says: control sequences found, frames told apart. Must not rebuild any screen.

/// The begin of a synchronized update.
pub const SYNC_BEGIN: &[u8] = b"\x1b[?2026h";
/// The end of one.
pub const SYNC_END: &[u8] = b"\x1b[?2026l";

/// Every CSI sequence: its parameters (with the private mark) and final byte.
pub fn sequences(bytes: &[u8]) -> Vec<(String, u8)> {
    let mut found = Vec::new();
    for start in positions(bytes, b"\x1b[") {
        let rest = &bytes[start + 2..];
        if let Some(end) = rest.iter().position(|b| (0x40..=0x7e).contains(b)) {
            found.push((String::from_utf8_lossy(&rest[..end]).into_owned(), rest[end]));
        }
    }
    found
}

/// Sequences that the terminal would have to answer: device attributes and status, mode and colour requests.
pub fn queries(bytes: &[u8]) -> Vec<String> {
    let asked = |(params, last): &(String, u8)| match last {
        b'n' | b'c' => true,
        b'p' => params.ends_with('$'),
        b'u' => params.starts_with('?'),
        b't' => matches!(params.as_str(), "11" | "13" | "14" | "15" | "16" | "18" | "19" | "20" | "21"),
        b'q' => params.starts_with('>'),
        _ => false,
    };
    let csi = sequences(bytes).into_iter().filter(asked).map(|(p, l)| format!("CSI {p} {}", char::from(l)));
    let colour = |n: &str| format!("\x1b]{n};?").into_bytes();
    let osc = ["4", "10", "11", "12"].into_iter().filter(|n| !positions(bytes, &colour(n)).is_empty());
    csi.chain(osc.map(|n| format!("OSC {n} ?"))).collect()
}

/// Colour parameters of every SGR sequence; bold, dim, reverse and resets are no colours.
pub fn colours(bytes: &[u8]) -> Vec<String> {
    let sgr = sequences(bytes).into_iter().filter(|(p, last)| *last == b'm' && !p.starts_with(['>', '?']));
    let numbers = |p: &str| p.split([';', ':']).filter_map(|n| n.parse::<u16>().ok()).collect::<Vec<_>>();
    let colour = |n: &u16| matches!(n, 30..=38 | 40..=48 | 58 | 90..=97 | 100..=107);
    sgr.map(|(p, _)| p).filter(|p| numbers(p).iter().any(colour)).collect()
}

/// Where a byte string stands.
pub fn positions(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    bytes.windows(wanted.len()).enumerate().filter(|(_, w)| *w == wanted).map(|(i, _)| i).collect()
}

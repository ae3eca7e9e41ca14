//! Secrets taken out of a stream before anything is stored, hashed or shown: as they are, in hexadecimal, and in
//! base64 at each of its three alignments, also where one is cut in two by a read or broken into lines and groups.

/// The secrets of a step and the forms they are looked for in.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets {
    forms: Vec<Form>,
    longest: usize,
}

/// One way in which a secret may be written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Form {
    bytes: Vec<u8>,
    written: Written,
    shown: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// As it is.
    Plainly,
    /// In small or capital hexadecimal; tools part it by blanks, colons and line ends.
    Hex,
    /// In base64; tools break it into lines, and people indent those.
    Base64,
}

impl Written {
    /// What may stand between two characters and means nothing.
    const fn parts(self, byte: u8) -> bool {
        match self {
            Self::Plainly => false,
            Self::Hex => matches!(byte, b' ' | b':' | b'-' | b'\t' | b'\r' | b'\n'),
            Self::Base64 => matches!(byte, b' ' | b'\t' | b'\r' | b'\n'),
        }
    }
}

impl Form {
    /// How many bytes of the text's beginning are this form; as many parting bytes are passed over as it has bytes itself.
    fn at(&self, text: &[u8]) -> Option<usize> {
        let (mut used, mut skipped) = (0, 0);
        for (i, wanted) in self.bytes.iter().enumerate() {
            while i > 0 && skipped < self.bytes.len() && text.get(used).is_some_and(|b| self.written.parts(*b)) {
                (used, skipped) = (used + 1, skipped + 1);
            }
            let found = *text.get(used)?;
            let same = if self.written == Written::Hex { found.eq_ignore_ascii_case(wanted) } else { found == *wanted };
            if !same {
                return None;
            }
            used += 1;
        }
        Some(used)
    }

    /// The longest text that it can be.
    const fn longest(&self) -> usize {
        if matches!(self.written, Written::Plainly) { self.bytes.len() } else { self.bytes.len() * 2 }
    }
}

impl Secrets {
    /// From names and values; empty values are none.
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = (&'a String, &'a String)>) -> Self {
        let mut forms: Vec<Form> = Vec::new();
        for (name, value) in secrets {
            let shown = format!("[secret {name}]");
            let value = value.as_bytes();
            let hex: String = value.iter().map(|b| format!("{b:02x}")).collect();
            let mut add = |bytes: Vec<u8>, written: Written| {
                if !bytes.is_empty() && !forms.iter().any(|f| f.bytes == bytes) {
                    forms.push(Form { bytes, written, shown: shown.clone() });
                }
            };
            add(value.to_vec(), Written::Plainly);
            add(hex.into_bytes(), Written::Hex);
            for shift in 0..3 {
                let inner = base64_inner(value, shift);
                add(inner.replace('+', "-").replace('/', "_").into_bytes(), Written::Base64);
                add(inner.into_bytes(), Written::Base64);
            }
        }
        // A longer form first, so that no part of it is left over.
        forms.sort_by_key(|form| std::cmp::Reverse(form.bytes.len()));
        let longest = forms.iter().map(Form::longest).max().unwrap_or(0);
        Self { forms, longest }
    }

    fn at<'a>(&'a self, text: &[u8]) -> Option<(usize, &'a str)> {
        self.forms.iter().find_map(|form| Some((form.at(text)?, form.shown.as_str())))
    }
}

/// The base64 characters that depend on `value` alone when it begins `shift` bytes into a group of three.
fn base64_inner(value: &[u8], shift: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = vec![0_u8; shift];
    bits.extend_from_slice(value);
    let whole = bits.len() * 8 / 6;
    let first = (shift * 8).div_ceil(6);
    let digit = |i: usize| {
        let (byte, bit) = (i * 6 / 8, i * 6 % 8);
        let pair =
            u16::from(bits.get(byte).copied().unwrap_or(0)) << 8 | u16::from(bits.get(byte + 1).copied().unwrap_or(0));
        let index = usize::from(pair >> (10 - bit) & 0x3f);
        char::from(DIGITS.get(index).copied().unwrap_or(b'A'))
    };
    (first..whole).map(digit).collect()
}

/// One stream on its way through.
#[derive(Debug, Default)]
pub(super) struct Redactor {
    held: Vec<u8>,
}

impl Redactor {
    /// Takes a piece in and gives out what can be told to hold no secret.
    pub(super) fn take(&mut self, secrets: &Secrets, piece: &[u8]) -> Vec<u8> {
        if secrets.longest == 0 {
            return piece.to_vec();
        }
        self.held.extend_from_slice(piece);
        let safe = self.held.len().saturating_sub(secrets.longest - 1);
        self.give(secrets, safe)
    }

    /// Gives out the rest.
    pub(super) fn finish(&mut self, secrets: &Secrets) -> Vec<u8> {
        let all = self.held.len();
        self.give(secrets, all)
    }

    fn give(&mut self, secrets: &Secrets, until: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(until);
        let mut i = 0;
        while i < until {
            let rest = self.held.get(i..).unwrap_or_default();
            if let Some((len, shown)) = secrets.at(rest) {
                out.extend_from_slice(shown.as_bytes());
                i += len;
            } else {
                out.extend(rest.first());
                i += 1;
            }
        }
        self.held.drain(..i.min(self.held.len()));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::{Redactor, Secrets, base64_inner};

    #[test]
    fn base64_is_found_at_each_alignment() {
        // "hunter2-and-more" within "", "a:", "ab:" …, as `base64` prints them.
        assert!("aHVudGVyMi1hbmQtbW9yZQ==".contains(&base64_inner(b"hunter2-and-more", 0)));
        assert!("YTpodW50ZXIyLWFuZC1tb3Jl".contains(&base64_inner(b"hunter2-and-more", 2)));
        assert!("YWI6eDpodW50ZXIyLWFuZC1tb3Jl".contains(&base64_inner(b"hunter2-and-more", 2)));
        assert!("OmhUdW50".len() == 8 && "Omh1bnRlcjItYW5kLW1vcmU=".contains(&base64_inner(b"hunter2-and-more", 1)));
    }

    /// As `base64`, `xxd -p`, `od -An -tx1`, `openssl` and a YAML file write a longer one: no line of it is left over.
    #[test]
    fn a_secret_broken_into_lines_and_groups_is_still_found() {
        let (name, value) = ("key".to_owned(), "k".to_owned() + &"3T6f-q8Zp.".repeat(9));
        let secrets = Secrets::new([(&name, &value)]);
        let hex: String = value.bytes().map(|b| format!("{b:02x}")).collect();
        let pairs: Vec<String> = value.bytes().map(|b| format!("{b:02X}")).collect();
        let base = base64_inner(value.as_bytes(), 0);
        let lines = |text: &str, n: usize, end: &str| {
            let chars: Vec<char> = text.chars().collect();
            chars.chunks(n).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join(end)
        };
        let od = pairs.chunks(16).map(|c| c.join(" ")).collect::<Vec<_>>().join("\n ");
        let texts = [
            lines(&base, 76, "\n"),
            lines(&base, 64, "\r\n    "),
            lines(&hex, 60, "\n"),
            od,
            pairs.join(":"),
            pairs.join("-"),
        ];
        for text in texts {
            for size in [1, 7, 64, 4096] {
                let mut redactor = Redactor::default();
                let whole = format!("<{text}>");
                let mut out: Vec<u8> = whole.as_bytes().chunks(size).flat_map(|c| redactor.take(&secrets, c)).collect();
                out.extend(redactor.finish(&secrets));
                let out = String::from_utf8(out).unwrap();
                assert!(out.starts_with("<[secret key]") && out.len() < 20, "{text}: {out}");
            }
        }
    }

    #[test]
    fn a_secret_cut_by_reads_is_still_found() {
        let (name, value) = ("api_key".to_owned(), "hunter2-and-more".to_owned());
        let secrets = Secrets::new([(&name, &value)]);
        let text = b"a=hunter2-and-more b=68756e746572322d616e642d6d6f7265 c=hunter2-and-mor";
        for size in 1..=text.len() {
            let mut redactor = Redactor::default();
            let mut out: Vec<u8> = text.chunks(size).flat_map(|c| redactor.take(&secrets, c)).collect();
            out.extend(redactor.finish(&secrets));
            assert_eq!(String::from_utf8(out).unwrap(), "a=[secret api_key] b=[secret api_key] c=hunter2-and-mor");
        }
    }
}

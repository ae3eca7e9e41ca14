//! How functions and events are called on the wire: the beginning of the Keccak-256 of their signature. Pure.

use sha3::{Digest as _, Keccak256};

/// The four bytes by which calls of a function begin: `0xa9059cbb` for `transfer(address,uint256)`.
#[must_use]
pub fn selector(signature: &str) -> String {
    hashed(signature, 4)
}

/// The first topic of an event's logs: 32 bytes.
#[must_use]
pub fn topic(signature: &str) -> String {
    hashed(signature, 32)
}

fn hashed(signature: &str, bytes: usize) -> String {
    let hash = Keccak256::digest(signature.as_bytes());
    let digits = hash.iter().take(bytes).map(|b| format!("{b:02x}"));
    format!("0x{}", digits.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the Solidity documentation and every explorer have them.
    #[test]
    fn signatures_hash_as_everywhere() {
        assert_eq!(selector("transfer(address,uint256)"), "0xa9059cbb");
        assert_eq!(selector("balanceOf(address)"), "0x70a08231");
        let transfer = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
        assert_eq!(topic("Transfer(address,address,uint256)"), transfer);
    }
}

//! The one spelling of a digest: runbook versions, flag versions, assessments, the audit chain.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// SHA-256 of `text`, lower-case hex, 64 characters.
pub fn sha256(text: impl AsRef<[u8]>) -> String {
    hex(Sha256::digest(text))
}

/// Bytes in lower-case hex, such as a digest that was made piece by piece.
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // A String takes whatever is written into it.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::sha256;

    /// The first test vector of FIPS 180-4's examples.
    #[test]
    fn it_is_the_standard_digest() {
        assert_eq!(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}

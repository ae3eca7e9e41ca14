//! The kinds of key that are accepted, and their names on the wire.

/// Which algorithm a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// `ssh-ed25519`, what ssh-keygen makes unasked since OpenSSH 9.5.
    Ed25519,
    /// `ecdsa-sha2-nistp256`
    EcdsaP256,
    /// `ecdsa-sha2-nistp384`
    EcdsaP384,
    /// `ecdsa-sha2-nistp521`
    EcdsaP521,
    /// `ssh-rsa` with signatures `rsa-sha2-256` and `rsa-sha2-512`
    Rsa,
    /// `sk-ssh-ed25519@openssh.com`: on a hardware key
    SkEd25519,
    /// `sk-ecdsa-sha2-nistp256@openssh.com`: on a hardware key
    SkEcdsaP256,
}

/// The names of all kinds, for messages.
pub(super) const KINDS: [&str; 7] = [
    KeyKind::Ed25519.as_str(),
    KeyKind::EcdsaP256.as_str(),
    KeyKind::EcdsaP384.as_str(),
    KeyKind::EcdsaP521.as_str(),
    KeyKind::Rsa.as_str(),
    KeyKind::SkEd25519.as_str(),
    KeyKind::SkEcdsaP256.as_str(),
];

const ALL: [KeyKind; 7] = [
    KeyKind::Ed25519,
    KeyKind::EcdsaP256,
    KeyKind::EcdsaP384,
    KeyKind::EcdsaP521,
    KeyKind::Rsa,
    KeyKind::SkEd25519,
    KeyKind::SkEcdsaP256,
];

impl KeyKind {
    /// As key lines begin.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "ssh-ed25519",
            Self::EcdsaP256 => "ecdsa-sha2-nistp256",
            Self::EcdsaP384 => "ecdsa-sha2-nistp384",
            Self::EcdsaP521 => "ecdsa-sha2-nistp521",
            Self::Rsa => "ssh-rsa",
            Self::SkEd25519 => "sk-ssh-ed25519@openssh.com",
            Self::SkEcdsaP256 => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// On a hardware key, which says whether somebody touched it.
    #[must_use]
    pub const fn is_hardware(self) -> bool {
        matches!(self, Self::SkEd25519 | Self::SkEcdsaP256)
    }

    /// The curve's name on the wire.
    pub(super) const fn curve(self) -> &'static str {
        match self {
            Self::EcdsaP256 | Self::SkEcdsaP256 => "nistp256",
            Self::EcdsaP384 => "nistp384",
            Self::EcdsaP521 => "nistp521",
            Self::Ed25519 | Self::SkEd25519 | Self::Rsa => "",
        }
    }

    /// Bytes of one coordinate of its curve.
    pub(super) const fn field(self) -> usize {
        match self {
            Self::EcdsaP256 | Self::SkEcdsaP256 | Self::Ed25519 | Self::SkEd25519 => 32,
            Self::EcdsaP384 => 48,
            Self::EcdsaP521 => 66,
            Self::Rsa => 0,
        }
    }
}

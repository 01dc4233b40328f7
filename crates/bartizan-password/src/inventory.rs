//! What cryptography is in here, for machines: OWASP ASVS 5.0, 11.1.2 asks for an inventory.
//!
//! `bartizan-server inventory` prints it as CycloneDX 1.6.

/// One algorithm with its parameters and its purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Primitive {
    /// The algorithm's name.
    pub name: &'static str,
    /// What kind of algorithm it is.
    pub kind: PrimitiveKind,
    /// Lengths of keys, salts and tags, and costs: as used here, ceilings for what is only read.
    pub parameters: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// Where it is specified.
    pub standard: &'static str,
    /// The crate that implements it.
    pub implementation: &'static str,
    /// Bits of security against today's attackers where the purpose rests on them; 0 where it does not, or not any more.
    pub classical_bits: u16,
    /// NIST's category for a quantum attacker, 0 to 5 (NIST SP 800-57 and the call for post-quantum proposals, 4.A.5).
    pub quantum_category: u8,
    /// What a quantum computer would change.
    pub quantum_note: &'static str,
}

/// The kinds that are in use, by CycloneDX's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrimitiveKind {
    /// A hash function.
    Hash,
    /// A keyed hash.
    Mac,
    /// A key derivation, slow ones for passwords included.
    Kdf,
    /// A block cipher.
    BlockCipher,
    /// A generator of random bits.
    Drbg,
}

impl PrimitiveKind {
    /// CycloneDX 1.6, `cryptoProperties.algorithmProperties.primitive`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::Mac => "mac",
            Self::Kdf => "kdf",
            Self::BlockCipher => "block-cipher",
            Self::Drbg => "drbg",
        }
    }
}

/// Passwords are guessed, whatever the function.
const GUESSING: &str = "none that counts: a password is found by guessing, and Grover's search has no use for a slow, \
                        sequential function";
/// Of symmetric keys.
#[cfg(feature = "legacy")]
const GROVER: &str = "Grover's search halves the bits at best; 256-bit keys keep 128";
const NONE: &str = "none: nothing to search";

/// The algorithms of this crate, as it was built: those of features that are off are left out.
pub const fn inventory() -> &'static [Primitive] {
    INVENTORY
}

const INVENTORY: &[Primitive] = &[
    Primitive {
        name: "Argon2id",
        kind: PrimitiveKind::Kdf,
        parameters: "19,456 KiB, 2 passes, 1 lane, version 0x13; salt 128 bits, tag 256 bits",
        purpose: "hashes of passwords",
        standard: "RFC 9106",
        implementation: "argon2",
        classical_bits: 0,
        quantum_category: 0,
        quantum_note: GUESSING,
    },
    Primitive {
        name: "system generator",
        kind: PrimitiveKind::Drbg,
        parameters: "128 bits a salt",
        purpose: "salts, names of temporary files",
        standard: "the operating system's",
        implementation: "getrandom",
        classical_bits: 256,
        quantum_category: 0,
        quantum_note: NONE,
    },
    #[cfg(feature = "legacy")]
    Primitive {
        name: "Argon2i, Argon2d",
        kind: PrimitiveKind::Kdf,
        parameters: "read below the import ceilings: 128 MiB, 10 passes, 16 lanes",
        purpose: "imported hashes, until the next login",
        standard: "RFC 9106",
        implementation: "argon2",
        classical_bits: 0,
        quantum_category: 0,
        quantum_note: GUESSING,
    },
    #[cfg(feature = "legacy")]
    Primitive {
        name: "bcrypt",
        kind: PrimitiveKind::Kdf,
        parameters: "read up to cost 14; the cipher's key 448 bits",
        purpose: "imported hashes, until the next login",
        standard: "Provos and Mazieres, USENIX 1999",
        implementation: "blowfish",
        classical_bits: 0,
        quantum_category: 0,
        quantum_note: GUESSING,
    },
    #[cfg(feature = "legacy")]
    Primitive {
        name: "scrypt",
        kind: PrimitiveKind::Kdf,
        parameters: "read up to 128 MiB",
        purpose: "imported hashes, until the next login",
        standard: "RFC 7914",
        implementation: "scrypt",
        classical_bits: 0,
        quantum_category: 0,
        quantum_note: GUESSING,
    },
    #[cfg(feature = "legacy")]
    Primitive {
        name: "PBKDF2-HMAC-SHA-1, -SHA-256, -SHA-512",
        kind: PrimitiveKind::Kdf,
        parameters: "read up to 2,000,000 rounds",
        purpose: "imported hashes, until the next login",
        standard: "RFC 8018",
        implementation: "pbkdf2",
        classical_bits: 0,
        quantum_category: 0,
        quantum_note: GUESSING,
    },
    #[cfg(feature = "legacy")]
    Primitive {
        name: "sha256-crypt, sha512-crypt",
        kind: PrimitiveKind::Kdf,
        parameters: "read up to 2,000,000 rounds",
        purpose: "imported hashes, until the next login",
        standard: "Drepper, Unix crypt using SHA-256 and SHA-512",
        implementation: "sha-crypt",
        classical_bits: 0,
        quantum_category: 0,
        quantum_note: GUESSING,
    },
    #[cfg(feature = "legacy")]
    Primitive {
        name: "MD5",
        kind: PrimitiveKind::Hash,
        parameters: "128 bits; in md5-crypt, phpass and salted digests",
        purpose: "imported hashes, until the next login",
        standard: "RFC 1321",
        implementation: "md-5",
        classical_bits: 0,
        quantum_category: 0,
        quantum_note: GUESSING,
    },
    #[cfg(feature = "legacy")]
    Primitive {
        name: "HMAC-SHA-256, HMAC-SHA-384",
        kind: PrimitiveKind::Mac,
        parameters: "keys of 128 bits and more",
        purpose: "imported bcrypt rows of passlib and WordPress",
        standard: "RFC 2104",
        implementation: "hmac",
        classical_bits: 128,
        quantum_category: 0,
        quantum_note: GROVER,
    },
    #[cfg(feature = "legacy")]
    Primitive {
        name: "AES-256 in counter mode",
        kind: PrimitiveKind::BlockCipher,
        parameters: "key 256 bits",
        purpose: "imported hashes of Firebase",
        standard: "FIPS 197, NIST SP 800-38A",
        implementation: "aes",
        classical_bits: 256,
        quantum_category: 5,
        quantum_note: GROVER,
    },
    #[cfg(any(feature = "legacy", feature = "breach", feature = "breach-range"))]
    Primitive {
        name: "SHA-1",
        kind: PrimitiveKind::Hash,
        parameters: "160 bits, the first 64 or 20 used",
        purpose: "index of leaked passwords; imported salted digests: no security rests on it",
        standard: "FIPS 180-4",
        implementation: "sha1",
        classical_bits: 0,
        quantum_category: 0,
        quantum_note: GUESSING,
    },
    #[cfg(any(feature = "legacy", feature = "breach"))]
    Primitive {
        name: "SHA-256, SHA-512",
        kind: PrimitiveKind::Hash,
        parameters: "256 and 512 bits, the first 128 as a checksum",
        purpose: "checksum of the file of leaked passwords; imported salted digests",
        standard: "FIPS 180-4",
        implementation: "sha2",
        classical_bits: 0,
        quantum_category: 0,
        quantum_note: GUESSING,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Dependencies that are no cryptography: encodings, channels, memory, comparison and wiping.
    #[cfg(all(feature = "breach", feature = "legacy"))]
    const OTHERS: &[&str] = &[
        "base64ct",
        "memmap2",
        "subtle",
        "tokio",
        "unicode-normalization",
        "xorf",
        "zeroize",
        "zxcvbn",
    ];

    #[cfg(all(feature = "breach", feature = "legacy"))]
    #[test]
    fn every_dependency_that_is_cryptography_is_named_and_nothing_else() {
        let manifest = include_str!("../Cargo.toml");
        let lines = manifest
            .lines()
            .skip_while(|line| *line != "[dependencies]");
        let names: BTreeSet<&str> = lines
            .skip(1)
            .take_while(|line| !line.starts_with('['))
            .filter_map(|line| {
                line.split([' ', '.', '='])
                    .next()
                    .filter(|name| !name.is_empty() && *name != "#")
            })
            .collect();
        let named: BTreeSet<&str> = inventory().iter().map(|one| one.implementation).collect();
        let others: BTreeSet<&str> = OTHERS.iter().copied().collect();
        assert!(named.is_disjoint(&others));
        let expected: BTreeSet<&str> = named.union(&others).copied().collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn every_entry_says_everything_once() {
        let names: BTreeSet<_> = inventory().iter().map(|one| one.name).collect();
        assert_eq!(names.len(), inventory().len());
        for one in inventory() {
            let texts = [
                one.name,
                one.parameters,
                one.purpose,
                one.standard,
                one.quantum_note,
            ];
            assert!(texts.iter().all(|text| !text.is_empty()), "{one:?}");
            assert!(one.quantum_category <= 5, "{one:?}");
        }
    }
}

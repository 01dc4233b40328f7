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

/// Of symmetric keys.
const GROVER: &str = "Grover's search halves the bits at best; 256-bit keys keep 128";
#[cfg(feature = "os-rng")]
const NONE: &str = "none: nothing to search";

/// The algorithms of this crate, as it was built: those of features that are off are left out.
pub const fn inventory() -> &'static [Primitive] {
    INVENTORY
}

const INVENTORY: &[Primitive] = &[
    Primitive {
        name: "HMAC-SHA-256",
        kind: PrimitiveKind::Mac,
        parameters: "subkeys of 256 bits; tag in the token 64 bits, digest in the database 256 bits",
        purpose: "tokens: keyed tag and keyed digest",
        standard: "RFC 2104, FIPS 198-1",
        implementation: "hmac",
        classical_bits: 256,
        quantum_category: 5,
        quantum_note: GROVER,
    },
    Primitive {
        name: "HKDF-Expand with HMAC-SHA-256",
        kind: PrimitiveKind::Kdf,
        parameters: "root keys of 256 bits, subkeys of 256 bits, one a purpose",
        purpose: "subkeys of the key ring",
        standard: "RFC 5869 section 2.3",
        implementation: "hmac",
        classical_bits: 256,
        quantum_category: 5,
        quantum_note: GROVER,
    },
    Primitive {
        name: "SHA-256",
        kind: PrimitiveKind::Hash,
        parameters: "256 bits",
        purpose: "the hash inside HMAC",
        standard: "FIPS 180-4",
        implementation: "sha2",
        classical_bits: 256,
        quantum_category: 5,
        quantum_note: GROVER,
    },
    #[cfg(feature = "os-rng")]
    Primitive {
        name: "system generator",
        kind: PrimitiveKind::Drbg,
        parameters: "256 bits a token",
        purpose: "secrets of tokens",
        standard: "the operating system's",
        implementation: "getrandom",
        classical_bits: 256,
        quantum_category: 0,
        quantum_note: NONE,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Dependencies that are no cryptography: encodings, channels, memory, comparison and wiping.
    #[cfg(feature = "os-rng")]
    const OTHERS: &[&str] = &["crc32fast", "subtle", "zeroize"];

    #[cfg(feature = "os-rng")]
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

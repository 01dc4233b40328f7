//! `bartizan-server inventory`: the cryptography of this build as a CycloneDX 1.6 bill of materials.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::print;

/// Prints the document.
pub fn run() -> ExitCode {
    print(format!("{:#}", document()))
}

/// One entry of either crate.
struct Asset {
    of: &'static str,
    name: &'static str,
    kind: &'static str,
    parameters: &'static str,
    purpose: &'static str,
    standard: &'static str,
    implementation: &'static str,
    classical_bits: u16,
    quantum_category: u8,
    quantum_note: &'static str,
}

/// The two crates have a type each, since neither knows the other.
macro_rules! assets {
    ($of:literal $module:ident) => {
        $module::inventory().iter().map(|one| Asset {
            of: $of,
            name: one.name,
            kind: one.kind.as_str(),
            parameters: one.parameters,
            purpose: one.purpose,
            standard: one.standard,
            implementation: one.implementation,
            classical_bits: one.classical_bits,
            quantum_category: one.quantum_category,
            quantum_note: one.quantum_note,
        })
    };
}

/// The document. It has neither a date nor a serial number, so that two prints of one build are one.
#[must_use]
pub fn document() -> Value {
    let assets: Vec<Asset> = assets!("bartizan-password" bartizan_password)
        .chain(assets!("bartizan-token" bartizan_token))
        .collect();
    let version = env!("CARGO_PKG_VERSION");
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "bartizan-server",
                "name": "bartizan-server",
                "version": version,
            },
        },
        "components": assets.iter().map(component).collect::<Vec<_>>(),
        "dependencies": [{
            "ref": "bartizan-server",
            "dependsOn": assets.iter().map(reference).collect::<Vec<_>>(),
        }],
    })
}

/// `bartizan-token/hmac-sha-256`: the same in each print.
fn reference(asset: &Asset) -> String {
    let plain = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    format!(
        "{}/{}",
        asset.of,
        asset.name.chars().map(plain).collect::<String>()
    )
}

fn component(asset: &Asset) -> Value {
    let functions: &[&str] = match asset.kind {
        "hash" => &["digest"],
        "mac" => &["tag"],
        "kdf" => &["keyderive"],
        "block-cipher" => &["encrypt"],
        "drbg" => &["generate"],
        _ => &["unknown"],
    };
    let property =
        |name: &str, value: &str| json!({"name": format!("bartizan:{name}"), "value": value});
    json!({
        "type": "cryptographic-asset",
        "bom-ref": reference(asset),
        "name": asset.name,
        "description": asset.purpose,
        "cryptoProperties": {
            "assetType": "algorithm",
            "algorithmProperties": {
                "primitive": asset.kind,
                "parameterSetIdentifier": asset.parameters,
                "executionEnvironment": "software-plain-ram",
                "implementationPlatform": platform(),
                "cryptoFunctions": functions,
                "classicalSecurityLevel": asset.classical_bits,
                "nistQuantumSecurityLevel": asset.quantum_category,
            },
        },
        "properties": [
            property("used-by", asset.of),
            property("standard", asset.standard),
            property("implementation", asset.implementation),
            property("quantum-note", asset.quantum_note),
        ],
    })
}

/// CycloneDX's names of what this was built for.
const fn platform() -> &'static str {
    if cfg!(target_arch = "x86_64") {
        "x86_64"
    } else if cfg!(target_arch = "aarch64") {
        "armv8-a"
    } else {
        "other"
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// From bom-1.6.schema.json: what the values of these fields may be.
    const PRIMITIVES: [&str; 18] = [
        "drbg",
        "mac",
        "block-cipher",
        "stream-cipher",
        "signature",
        "hash",
        "pke",
        "xof",
        "kdf",
        "key-agree",
        "kem",
        "ae",
        "combiner",
        "key-wrap",
        "ake",
        "pake",
        "other",
        "unknown",
    ];
    const FUNCTIONS: [&str; 15] = [
        "generate",
        "keygen",
        "encrypt",
        "decrypt",
        "digest",
        "tag",
        "keyderive",
        "sign",
        "verify",
        "encapsulate",
        "decapsulate",
        "keyverify",
        "encryptkey",
        "other",
        "unknown",
    ];
    const COMPONENT: [&str; 6] = [
        "type",
        "bom-ref",
        "name",
        "description",
        "cryptoProperties",
        "properties",
    ];

    #[test]
    fn the_document_keeps_the_rules_of_the_schema() {
        let document = document();
        assert_eq!(
            (&document["bomFormat"], &document["specVersion"]),
            (&json!("CycloneDX"), &json!("1.6"))
        );
        let components = document["components"].as_array().unwrap();
        let mut references = BTreeSet::new();
        for component in components {
            let keys = component.as_object().unwrap().keys();
            assert!(
                keys.clone().all(|key| COMPONENT.contains(&key.as_str())),
                "{component}"
            );
            assert_eq!(component["type"], "cryptographic-asset");
            assert!(references.insert(component["bom-ref"].as_str().unwrap()));
            let crypto = &component["cryptoProperties"];
            assert_eq!(crypto["assetType"], "algorithm");
            let algorithm = &crypto["algorithmProperties"];
            assert!(PRIMITIVES.contains(&algorithm["primitive"].as_str().unwrap()));
            for function in algorithm["cryptoFunctions"].as_array().unwrap() {
                assert!(FUNCTIONS.contains(&function.as_str().unwrap()));
            }
            assert!(algorithm["nistQuantumSecurityLevel"].as_u64().unwrap() <= 6);
            assert!(algorithm["classicalSecurityLevel"].is_u64());
        }
        let needed = document["dependencies"][0]["dependsOn"].as_array().unwrap();
        assert_eq!(
            needed
                .iter()
                .map(|one| one.as_str().unwrap())
                .collect::<BTreeSet<_>>(),
            references
        );
    }

    #[test]
    fn both_crates_are_in_it_with_what_they_use_first() {
        let text = document().to_string();
        for reference in ["bartizan-password/argon2id", "bartizan-token/hmac-sha-256"] {
            assert!(text.contains(reference), "{reference}");
        }
        assert_eq!(document(), document());
    }
}

//! Tags of the C reference implementation, release 20190702 (its `kats/` and `src/test.c`, CC0): inputs and tags, not its traces of
//! the memory, since a block that differs makes another tag.

use argon2::{Algorithm, Argon2, AssociatedData, Block, ParamsBuilder, Version};
use bartizan_password::{LegacyCeilings, LegacyHash};
use base64ct::{Base64Unpadded, Encoding};

use crate::{matches, pool};

/// `kats/`: 32 KiB, 3 passes, 4 lanes; 32 times 1 for the password, 16 times 2 for the salt, 8 times 3 for the secret, 12 times 4 for the
/// associated data. Kind, version, tag.
const WITH_SECRET: [(Algorithm, Version, &str); 6] = [
    (
        Algorithm::Argon2d,
        Version::V0x13,
        "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb",
    ),
    (
        Algorithm::Argon2d,
        Version::V0x10,
        "96a9d4e5a1734092c85e29f410a45914a5dd1f5cbf08b2670da68a0285abf32b",
    ),
    (
        Algorithm::Argon2i,
        Version::V0x13,
        "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8",
    ),
    (
        Algorithm::Argon2i,
        Version::V0x10,
        "87aeedd6517ab830cd9765cd8231abb2e647a5dee08f7c05e02fcb763335d0fd",
    ),
    (
        Algorithm::Argon2id,
        Version::V0x13,
        "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659",
    ),
    (
        Algorithm::Argon2id,
        Version::V0x10,
        "b64615f07789b66b645b67ee9ed3b377ae350b6bfcbb0fc95141ea8f322613c0",
    ),
];

type Row = (
    &'static str,
    u32,
    u32,
    u32,
    u32,
    &'static str,
    &'static str,
    &'static str,
);

/// `src/test.c` without its cases of 1 GiB: kind, version, memory as a power of two of KiB, passes, lanes, password, salt, tag.
#[rustfmt::skip]
const WITHOUT_SECRET: [Row; 24] = [
    ("i", 16, 16, 2, 1, "password", "somesalt", "f6c4db4a54e2a370627aff3db6176b94a2a209a62c8e36152711802f7b30c694"),
    ("i", 16, 18, 2, 1, "password", "somesalt", "3e689aaa3d28a77cf2bc72a51ac53166761751182f1ee292e3f677a7da4c2467"),
    ("i", 16, 8, 2, 1, "password", "somesalt", "fd4dd83d762c49bdeaf57c47bdcd0c2f1babf863fdeb490df63ede9975fccf06"),
    ("i", 16, 8, 2, 2, "password", "somesalt", "b6c11560a6a9d61eac706b79a2f97d68b4463aa3ad87e00c07e2b01e90c564fb"),
    ("i", 16, 16, 1, 1, "password", "somesalt", "81630552b8f3b1f48cdb1992c4c678643d490b2b5eb4ff6c4b3438b5621724b2"),
    ("i", 16, 16, 4, 1, "password", "somesalt", "f212f01615e6eb5d74734dc3ef40ade2d51d052468d8c69440a3a1f2c1c2847b"),
    ("i", 16, 16, 2, 1, "differentpassword", "somesalt", "e9c902074b6754531a3a0be519e5baf404b30ce69b3f01ac3bf21229960109a3"),
    ("i", 16, 16, 2, 1, "password", "diffsalt", "79a103b90fe8aef8570cb31fc8b22259778916f8336b7bdac3892569d4f1c497"),
    ("i", 19, 16, 2, 1, "password", "somesalt", "c1628832147d9720c5bd1cfd61367078729f6dfb6f8fea9ff98158e0d7816ed0"),
    ("i", 19, 18, 2, 1, "password", "somesalt", "296dbae80b807cdceaad44ae741b506f14db0959267b183b118f9b24229bc7cb"),
    ("i", 19, 8, 2, 1, "password", "somesalt", "89e9029f4637b295beb027056a7336c414fadd43f6b208645281cb214a56452f"),
    ("i", 19, 8, 2, 2, "password", "somesalt", "4ff5ce2769a1d7f4c8a491df09d41a9fbe90e5eb02155a13e4c01e20cd4eab61"),
    ("i", 19, 16, 1, 1, "password", "somesalt", "d168075c4d985e13ebeae560cf8b94c3b5d8a16c51916b6f4ac2da3ac11bbecf"),
    ("i", 19, 16, 4, 1, "password", "somesalt", "aaa953d58af3706ce3df1aefd4a64a84e31d7f54175231f1285259f88174ce5b"),
    ("i", 19, 16, 2, 1, "differentpassword", "somesalt", "14ae8da01afea8700c2358dcef7c5358d9021282bd88663a4562f59fb74d22ee"),
    ("i", 19, 16, 2, 1, "password", "diffsalt", "b0357cccfbef91f3860b0dba447b2348cbefecadaf990abfe9cc40726c521271"),
    ("id", 19, 16, 2, 1, "password", "somesalt", "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"),
    ("id", 19, 18, 2, 1, "password", "somesalt", "78fe1ec91fb3aa5657d72e710854e4c3d9b9198c742f9616c2f085bed95b2e8c"),
    ("id", 19, 8, 2, 1, "password", "somesalt", "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"),
    ("id", 19, 8, 2, 2, "password", "somesalt", "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"),
    ("id", 19, 16, 1, 1, "password", "somesalt", "f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98"),
    ("id", 19, 16, 4, 1, "password", "somesalt", "9025d48e68ef7395cca9079da4c4ec3affb3c8911fe4f86d1a2520856f63172c"),
    ("id", 19, 16, 2, 1, "differentpassword", "somesalt", "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde"),
    ("id", 19, 16, 2, 1, "password", "diffsalt", "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c"),
];

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| str::from_utf8(pair).unwrap());
    digits
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

/// The library that ours is built on: none of our rows has a secret, and the pepper is not there yet.
#[test]
fn all_kinds_and_versions_with_secret_and_associated_data() {
    for (kind, version, tag) in WITH_SECRET {
        let params = ParamsBuilder::new()
            .m_cost(32)
            .t_cost(3)
            .p_cost(4)
            .data(AssociatedData::new(&[4; 12]).unwrap())
            .output_len(32)
            .build()
            .unwrap();
        let mut blocks = vec![Block::new(); params.block_count()];
        let argon2 = Argon2::new_with_secret(&[3; 8], kind, version, params).unwrap();
        let mut out = [0; 32];
        argon2
            .hash_password_into_with_memory(&[1; 32], &[2; 16], &mut out, &mut blocks)
            .unwrap();
        assert_eq!(out[..], bytes(tag), "{kind} {version:?}");
    }
}

/// Through the whole of ours: the text is parsed, the password checked by a worker. Above 128 MiB the import's ceilings refuse.
#[test]
fn all_rows_of_the_reference_match_and_those_above_the_ceilings_are_refused() {
    let pool = pool();
    let mut refused = 0;
    for (kind, version, power, passes, lanes, password, salt, tag) in WITHOUT_SECRET {
        let version = if version == 16 {
            String::new()
        } else {
            format!("v={version}$")
        };
        let row = format!(
            "$argon2{kind}${version}m={},t={passes},p={lanes}${}${}",
            1 << power,
            Base64Unpadded::encode_string(salt.as_bytes()),
            Base64Unpadded::encode_string(&bytes(tag)),
        );
        match LegacyHash::parse(&row, &LegacyCeilings::default()) {
            Ok(stored) => {
                assert!(matches(&pool, password, stored.clone()), "{row}");
                assert!(power > 8 || !matches(&pool, "passwore", stored), "{row}");
            }
            Err(_) => {
                assert!(power > 17, "{row}");
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 3);
}

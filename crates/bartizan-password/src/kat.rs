//! Published and independently computed answers.

use crate::{
    Ceilings, Cost, StoredHash, Verdict,
    arena::{Arena, Input},
    pool::tests::{password, policy, pool, wait},
};

fn tag<const N: usize>(cost: Cost, input: &Input<'_>) -> [u8; N] {
    let mut out = [0; N];
    Arena::new(cost).hash(cost, input, &mut out).unwrap();
    out
}

#[test]
fn argon2id_with_secret_and_associated_data_is_that_of_rfc_9106() {
    // RFC 9106 section 5.3.
    let input = Input {
        password: &[1; 32],
        salt: &[2; 16],
        secret: &[3; 8],
        associated_data: &[4; 12],
    };
    assert_eq!(
        tag(Cost::new(32, 3, 4).unwrap(), &input),
        [
            0x0d, 0x64, 0x0d, 0xf5, 0x8d, 0x78, 0x76, 0x6c, 0x08, 0xc0, 0x37, 0xa3, 0x4a, 0x8b,
            0x53, 0xc9, 0xd0, 0x1e, 0xf0, 0x45, 0x2d, 0x75, 0xb6, 0x5e, 0xb5, 0x25, 0x20, 0xe9,
            0x6b, 0x01, 0xe6, 0x59,
        ]
    );
}

/// Made with argon2-cffi 25.1 (the C reference implementation): password `password`, salt `somesalt12345678`.
const STORED: [&str; 5] = [
    "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$avuGtOU9Ea6w5zsKnaQqbQ",
    "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQxMjM0NTY3OA$9gJ3XD0Kh/mf4Zt0ymYZqCpVaP/SC+Lz",
    "$argon2id$v=19$m=256,t=3,p=2$c29tZXNhbHQxMjM0NTY3OA$wQS2482evJ/y+W80kgPsZZHrFjsrDJxnWaSNYzU/2pw",
    "$argon2id$v=19$m=64,t=2,p=4$c29tZXNhbHQxMjM0NTY3OA$Zedep67e3kCYsFjQRISI2RoXBUUc2POwBM2mLmtsUmd/NpCjfx6FHvk/JZZMCuCzpEq123SwJFUl5wa2foE8dA",
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQxMjM0NTY3OA$DEwLbbIZGUtgBuB4gYok6r6hNvevYZoxkwMQ5/LXSaU",
];

#[test]
fn tags_of_16_24_32_and_64_bytes_verify() {
    let pool = pool(policy(64), 8);
    for text in STORED {
        let stored = StoredHash::parse(text, &Ceilings::default()).unwrap();
        let verify = |word| wait(pool.verify(password(word), Some(stored.clone()), None)).unwrap();
        assert!(
            matches!(verify("password"), Verdict::Match { .. }),
            "{text}"
        );
        assert!(matches!(verify("Password"), Verdict::Mismatch), "{text}");
    }
}

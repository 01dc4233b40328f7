/// How a foreign hash is computed. Several marks may stand for one scheme: docs/passwords.md lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// bcrypt of `$2a$`, `$2b$`, `$2y$`, and Django's `bcrypt$`.
    Bcrypt,
    /// bcrypt of `$2x$`: made by a program that took bytes above 0x7f for negative numbers.
    BcryptX,
    /// Django's `bcrypt_sha256$`: bcrypt of the hexadecimal SHA-256.
    DjangoBcryptSha256,
    /// passlib's `$bcrypt-sha256$`: bcrypt of an HMAC-SHA-256 under the salt.
    PasslibBcryptSha256,
    /// WordPress 6.8's `$wp$`: bcrypt of an HMAC-SHA-384.
    WordPress,
    /// scrypt (RFC 7914): `$scrypt$`, `$7$`, Django's `scrypt$`.
    Scrypt,
    /// Firebase's scrypt, whose output enciphers a key of the project.
    Firebase,
    /// PBKDF2 with HMAC-SHA-1.
    Pbkdf2Sha1,
    /// PBKDF2 with HMAC-SHA-256.
    Pbkdf2Sha256,
    /// PBKDF2 with HMAC-SHA-512.
    Pbkdf2Sha512,
    /// Argon2i.
    Argon2i,
    /// Argon2d.
    Argon2d,
    /// Argon2id of any cost below the import's own ceilings.
    Argon2id,
    /// phpass, the portable one: `$P$`, `$H$`.
    Phpass,
    /// md5-crypt, `$1$`.
    Md5Crypt,
    /// md5-crypt as Apache writes it, `$apr1$`.
    Apr1Crypt,
    /// sha256-crypt, `$5$`.
    Sha256Crypt,
    /// sha512-crypt, `$6$`.
    Sha512Crypt,
    /// LDAP's `{SSHA}`: one SHA-1 of password and salt.
    Ssha1,
    /// LDAP's `{SSHA256}`.
    Ssha256,
    /// LDAP's `{SSHA512}`.
    Ssha512,
    /// Django's `md5$`: one MD5 of salt and password.
    DjangoMd5,
    /// Django's `sha1$`: one SHA-1 of salt and password.
    DjangoSha1,
}

impl Scheme {
    pub(crate) const ALL: [Self; 23] = [
        Self::Bcrypt,
        Self::BcryptX,
        Self::DjangoBcryptSha256,
        Self::PasslibBcryptSha256,
        Self::WordPress,
        Self::Scrypt,
        Self::Firebase,
        Self::Pbkdf2Sha1,
        Self::Pbkdf2Sha256,
        Self::Pbkdf2Sha512,
        Self::Argon2i,
        Self::Argon2d,
        Self::Argon2id,
        Self::Phpass,
        Self::Md5Crypt,
        Self::Apr1Crypt,
        Self::Sha256Crypt,
        Self::Sha512Crypt,
        Self::Ssha1,
        Self::Ssha256,
        Self::Ssha512,
        Self::DjangoMd5,
        Self::DjangoSha1,
    ];

    /// The name in a wrapped row. Never changed: rows carry it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bcrypt => "bcrypt",
            Self::BcryptX => "bcrypt-x",
            Self::DjangoBcryptSha256 => "django-bcrypt-sha256",
            Self::PasslibBcryptSha256 => "passlib-bcrypt-sha256",
            Self::WordPress => "wordpress",
            Self::Scrypt => "scrypt",
            Self::Firebase => "firebase",
            Self::Pbkdf2Sha1 => "pbkdf2-sha1",
            Self::Pbkdf2Sha256 => "pbkdf2-sha256",
            Self::Pbkdf2Sha512 => "pbkdf2-sha512",
            Self::Argon2i => "argon2i",
            Self::Argon2d => "argon2d",
            Self::Argon2id => "argon2id",
            Self::Phpass => "phpass",
            Self::Md5Crypt => "md5-crypt",
            Self::Apr1Crypt => "apr1-crypt",
            Self::Sha256Crypt => "sha256-crypt",
            Self::Sha512Crypt => "sha512-crypt",
            Self::Ssha1 => "ssha",
            Self::Ssha256 => "ssha256",
            Self::Ssha512 => "ssha512",
            Self::DjangoMd5 => "django-md5",
            Self::DjangoSha1 => "django-sha1",
        }
    }

    /// Costs memory or is bound to a key: nothing is gained by an Argon2id hash around it.
    pub(super) const fn is_memory_hard(self) -> bool {
        matches!(
            self,
            Self::Scrypt | Self::Firebase | Self::Argon2i | Self::Argon2d | Self::Argon2id
        )
    }
}

//! Argon2id password hashing in a bounded pool of owned arenas

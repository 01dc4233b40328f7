//! Session, refresh and one-time tokens with keyed digests

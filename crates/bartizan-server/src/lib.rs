//! The reference server of Bartizan

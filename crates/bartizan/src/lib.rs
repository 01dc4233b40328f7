//! Hardening for HTTP services on tower: one fused layer

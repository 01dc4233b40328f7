//! RFC 9457 problems and panic capture as tower layers

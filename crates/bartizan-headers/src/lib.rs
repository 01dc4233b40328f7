//! Security header policy as a tower layer

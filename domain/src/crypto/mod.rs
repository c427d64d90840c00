//! The area `crypto`.

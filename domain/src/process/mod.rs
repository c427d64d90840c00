//! The area `process`.

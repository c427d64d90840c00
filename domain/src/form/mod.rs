//! The area `form`.

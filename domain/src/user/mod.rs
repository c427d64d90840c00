//! The area `user`.

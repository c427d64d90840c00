//! The area `token`.

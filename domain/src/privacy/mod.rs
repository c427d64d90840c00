//! The area `privacy`.

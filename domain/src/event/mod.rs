//! The area `event`.

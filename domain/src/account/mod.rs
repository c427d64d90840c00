//! The area `account`.

//! The area `access`.

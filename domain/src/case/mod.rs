//! The area `case`.

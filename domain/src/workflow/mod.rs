//! The area `workflow`.

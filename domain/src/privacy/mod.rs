//! The area `privacy`.

pub mod class;

pub use class::DataClass;

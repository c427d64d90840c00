//! Personal data: its classes, finding it, and anonymizing it.

pub mod class;
pub mod column;

pub use class::DataClass;

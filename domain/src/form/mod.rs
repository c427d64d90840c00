//! Form templates and what is filled in.

mod record;

pub use record::{Form, Submission};

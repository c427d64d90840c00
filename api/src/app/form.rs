//! Form templates and what is filled in.

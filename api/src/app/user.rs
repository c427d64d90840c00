//! People and rights groups.

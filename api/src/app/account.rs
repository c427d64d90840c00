//! The account and its organisations.

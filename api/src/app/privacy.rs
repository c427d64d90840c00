//! Person search and anonymization.

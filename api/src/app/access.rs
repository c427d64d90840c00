//! Rights, roles and who has them.

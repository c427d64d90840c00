//! Workflow templates.

//! BPMN 2.0 XML in and out.
//!
//! What the flow has no fields for is kept as XML in its `extensions`, and reported by [`import()`]. Styr's own settings
//! travel as extension elements and attributes in a namespace of their own. So the import of an export is the same flow, and
//! an export of an import says all that the file said.

mod export;
mod extensions;
mod import;
mod kept;
mod layout;
mod look;
mod names;
#[cfg(test)]
mod tests;
mod xml;

pub use export::{ExportedProcess, export};
pub(super) use extensions::validate_extensions;
pub use import::{Import, ImportedProcess, NotCarried, import};
pub(super) use look::{Look, look};
pub(super) use xml::{is_ncname, is_xml_char, shorten};

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 50 << 20;

/// How many things an import says at most that it could not carry, or that mean nothing here.
pub const MAX_NOT_CARRIED: usize = 1000;

/// How deep the file's XML elements may be nested. A sub-process takes one level, a lane two.
pub const MAX_DEPTH: usize = 200;

/// How large all `extensions` of a flow may be together, in bytes.
pub const MAX_EXTENSIONS: usize = 10_000_000;

/// How many XML elements are read at most, those of the drawing too.
pub const MAX_XML_ELEMENTS: usize = 500_000;

/// How many attributes all those elements may have together.
pub const MAX_XML_ATTRIBUTES: usize = 2_000_000;

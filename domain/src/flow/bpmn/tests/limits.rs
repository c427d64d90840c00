//! Small files that would grow large in the memory, in the answer or in an export.

use super::*;

fn refused(file: &str) -> Vec<&'static str> {
    super::super::import(file.as_bytes()).unwrap_err().violations.iter().map(|v| v.code).collect()
}

/// As many of these as asked for, each with its number in place of `#`.
fn many(count: usize, of: &str) -> String {
    (0..count).map(|n| of.replace('#', &n.to_string())).collect()
}

#[test]
fn more_attributes_than_any_file_has_are_refused() {
    let task = format!("<other:a{}/>", many(50, " a#=''"));
    let inside = task.repeat(MAX_XML_ATTRIBUTES / 50 + 1);
    let file =
        model(&format!("<m:process id='p'><m:extensionElements>{inside}</m:extensionElements></m:process>"));
    assert_eq!(refused(&file), ["too_many_attributes"]);
}

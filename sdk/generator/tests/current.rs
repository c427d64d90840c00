//! The generated files are those that the API's operations give.

use std::process::Command;

#[test]
fn generated_files_are_current() {
    let output = Command::new(env!("CARGO_BIN_EXE_styr-sdk-generator")).arg("--check").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

//! Programs under measurement, each a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A program that listens.
pub(crate) struct Program {
    child: Child,
    /// Where it listens.
    pub(crate) address: String,
    /// How long it took to say so.
    pub(crate) started_in: Duration,
}

impl Program {
    /// Styr on this folder's database.
    pub(crate) fn styr(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_styr"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--rate-limit", "0"])
            .arg(format!("--database=sqlite://{}", folder.join("styr.db").display()))
            .arg("--master-key-file")
            .arg(folder.join("styr.key"))
            .args(arguments);
        Self::start(command)
    }

    /// The yardstick on this folder's database.
    pub(crate) fn yardstick(folder: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.env(super::YARDSTICK, folder.join("styr.db"));
        Self::start(command)
    }

    fn start(mut command: Command) -> Self {
        let began = Instant::now();
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
        let mut program = Self { child, address: String::new(), started_in: Duration::ZERO };
        let output = program.child.stdout.take().expect("it has an output");
        for line in BufReader::new(output).lines() {
            if let Some((_, rest)) = line.expect("text").split_once("listens on http://") {
                program.address = rest.split([';', ' ']).next().unwrap_or_default().to_owned();
                program.started_in = began.elapsed();
                return program;
            }
        }
        panic!("it ended before it listened");
    }

    /// Its resident memory, in megabytes (10⁶ bytes), as Linux tells it.
    pub(crate) fn resident(&self) -> f64 {
        self.memory("VmRSS:")
    }

    /// The most resident memory that it has ever had, likewise.
    pub(crate) fn peak(&self) -> f64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, of: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        let kilobytes: f64 = status
            .lines()
            .find_map(|line| line.strip_prefix(of))
            .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
            .expect("a number");
        kilobytes * 1024.0 / 1e6
    }

    /// The processor time it has used so far.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("Linux");
        let (_, fields) = stat.rsplit_once(')').expect("its name");
        let ticks: u64 =
            fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap_or(0)).sum();
        Duration::from_millis(ticks * 10)
    }

    /// Tells it to stop and waits until it has.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().expect("it is told");
        self.child.wait().expect("it stops");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that was stopped is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! The program as an operator meets it: what it is started with, and how it ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// `styr` in a folder of its own, with nothing from the environment.
fn styr(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_styr"));
    let inherited = std::env::vars_os().filter(|(name, _)| !name.to_string_lossy().starts_with("STYR_"));
    command.env_clear().envs(inherited).current_dir(folder).stdin(Stdio::null());
    command
}

fn refusal(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A flag, its variable and its key in a file; a value that will not do; and what is said about it.
const WRONG: [(&str, &str, &str, &str); 16] = [
    ("listen", "STYR_LISTEN", "here", "say an IP address and a port, as in 127.0.0.1:8080"),
    ("listen", "STYR_LISTEN", "127.0.0.1:99999", "say an IP address and a port"),
    ("database", "STYR_DATABASE", "mysql://db", "the address begins with sqlite:// or postgres://"),
    ("database", "STYR_DATABASE", "sqlite://", "name a file, as in sqlite://styr.db"),
    ("master-key", "STYR_MASTER_KEY", "short", "32 bytes in base64"),
    ("bootstrap-token", "STYR_BOOTSTRAP_TOKEN", "styr_x", "make one with `styr token generate`"),
    ("max-body-bytes", "STYR_MAX_BODY_BYTES", "4MB", "say a whole number from 1024 to 1073741824"),
    ("max-import-bytes", "STYR_MAX_IMPORT_BYTES", "1", "say a whole number from 1024 to 1073741824"),
    ("rate-limit", "STYR_RATE_LIMIT", "-1", "say a whole number from 0 to 1000000"),
    ("client-seconds", "STYR_CLIENT_SECONDS", "0", "say a whole number from 1 to 3600"),
    ("shutdown-seconds", "STYR_SHUTDOWN_SECONDS", "3601", "say a whole number from 0 to 3600"),
    ("log", "STYR_LOG", "verbose", "say error, warn, info, debug or trace"),
    ("log", "STYR_LOG", "info,sqlx=loud", "say error, warn, info, debug or trace"),
    ("log-format", "STYR_LOG_FORMAT", "xml", "possible values: text, json"),
    ("otlp-endpoint", "STYR_OTLP_ENDPOINT", "localhost:4318", "say an address, as in http://localhost:4318"),
    ("demo", "STYR_DEMO", "perhaps", "possible values: true, false"),
];

#[test]
fn wrong_values_are_refused_wherever_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    for (flag, variable, value, said) in WRONG {
        if flag != "demo" {
            let output = styr(folder.path()).args(["serve", &format!("--{flag}={value}")]).output().unwrap();
            let text = refusal(&output);
            assert!(text.contains(flag) && text.contains(said), "--{flag}={value}: {text}");

            let file = folder.path().join("styr.toml");
            std::fs::write(&file, format!("{flag} = '{value}'")).unwrap();
            let output = styr(folder.path()).args(["serve", "--config"]).arg(&file).output().unwrap();
            let text = refusal(&output);
            assert!(text.contains(flag) && text.contains(said), "{flag} = '{value}': {text}");
        }
        let output = styr(folder.path()).arg("serve").env(variable, value).output().unwrap();
        let text = refusal(&output);
        assert!(text.contains(flag) && text.contains(said), "{variable}={value}: {text}");
    }
    let output = styr(folder.path()).args(["serve", "--config", "nowhere.toml"]).output().unwrap();
    assert!(refusal(&output).contains("nowhere.toml"));
    assert!(!folder.path().join("styr.db").exists(), "nothing is made before all of it will do");
}

/// A running `styr serve`, killed when dropped.
struct Serving {
    child: Child,
    address: String,
    token: String,
    output: BufReader<ChildStdout>,
}

impl Serving {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = styr(folder);
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (mut address, mut token) = (String::new(), String::new());
        while address.is_empty() {
            let mut line = String::new();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "it ended before it listened");
            if let Some(shown) = line.split("shown this once: ").nth(1) {
                token = shown.trim().to_owned();
            }
            if let Some(shown) = line.split("listens on http://").nth(1) {
                address = shown.split(';').next().unwrap().to_owned();
            }
        }
        Self { child, address, token, output }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Asks it to stop, as a service manager does.
    fn terminate(&self) {
        let status = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[cfg(unix)]
#[test]
fn told_to_stop_it_finishes_what_is_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let mut styr = Serving::start(folder.path(), &["--log", "error"]);
    let mut stream = styr.connect();
    let body = r#"{"title":"Buy"}"#;
    let head = format!(
        "POST /v1/processes HTTP/1.1\r\nHost: styr\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{}",
        styr.token,
        body.len(),
        &body[..5],
    );
    stream.write_all(head.as_bytes()).unwrap();
    thread::sleep(Duration::from_millis(300));
    styr.terminate();
    thread::sleep(Duration::from_millis(500));
    assert!(TcpStream::connect(&styr.address).is_err(), "it takes new connections");
    stream.write_all(&body.as_bytes()[5..]).unwrap();
    let answer = rest(stream);
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert!(styr.child.wait().unwrap().success());
    let mut more = String::new();
    styr.output.read_to_string(&mut more).unwrap();
    assert_eq!(more, "");
}

/// A collector that takes whatever it is sent: the first line and the content of each request.
fn collector() -> (String, mpsc::Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                if line.trim().is_empty() {
                    break;
                }
                head.push(line.trim().to_lowercase());
            }
            let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut body).unwrap();
            let answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            stream.get_mut().write_all(answer).unwrap();
            if sender.send((head.swap_remove(0), body)).is_err() {
                return;
            }
        }
    });
    (address, receiver)
}

#[cfg(unix)]
#[test]
fn a_request_is_part_of_its_callers_trace() {
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, sent) = collector();
    let mut styr = Serving::start(folder.path(), &["--otlp-endpoint", &endpoint]);
    for (method, path) in [("GET", "/v1/processes?cursor=query-of-mine"), ("POST", "/v1/path-of-mine")] {
        let mut stream = styr.connect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: host-of-mine\r\nAuthorization: Bearer {}\r\nUser-Agent: agent-of-mine\r\n\
             X-Request-Id: request-{method}\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n",
            styr.token,
        );
        stream.write_all(request.as_bytes()).unwrap();
        let answer = rest(stream);
        assert!(answer.starts_with("HTTP/1.1 40"), "{answer}");
    }
    styr.terminate();
    assert!(styr.child.wait().unwrap().success());

    let mut spans = Vec::new();
    while let Ok((line, body)) = sent.recv_timeout(Duration::from_millis(500)) {
        assert_eq!(line, "post /v1/traces http/1.1");
        spans.extend(body);
    }
    let has = |bytes: &[u8]| spans.windows(bytes.len()).any(|window| window == bytes);
    // In protobuf, ids are their bytes and texts are themselves.
    assert!(has(&0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes()), "no trace");
    assert!(has(&0xb7ad_6b71_6920_3331_u64.to_be_bytes()), "no parent");
    for text in
        ["GET /v1/processes", "process_list", "request-GET", "request-POST", "http.response.status_code"]
    {
        assert!(has(text.as_bytes()), "no {text}");
    }
    for text in ["of-mine", "Bearer", &styr.token] {
        assert!(!has(text.as_bytes()), "it tells {text}");
    }
}

#[test]
fn a_file_of_users_is_imported_beside_a_running_styr() {
    let folder = tempfile::tempdir().unwrap();
    let import = |file: &str, more: &[&str]| {
        std::fs::write(folder.path().join("people.csv"), file).unwrap();
        styr(folder.path()).args(["user", "import", "people.csv"]).args(more).output().unwrap()
    };
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let two = "external_id,name,email\n1,Ida,ida@nordby.example\n2,Bo,bo@nordby.example\n";
    let output = import(two, &[]);
    assert!(refusal(&output).contains("start Styr once"));

    let _serving = Serving::start(folder.path(), &["--log", "error"]);
    let output = import(two, &["--preview"]);
    let shown = text(&output.stdout);
    assert!(output.status.success() && shown.contains("add          2 Bo (line 3)"), "{output:?}");
    let output = import(two, &[]);
    assert!(output.status.success() && text(&output.stdout).contains("2 added"), "{output:?}");
    let output = import(two, &[]);
    assert!(output.status.success() && text(&output.stdout).contains("0 added, 0 changed"), "{output:?}");

    let output = import("external_id,name,email\n1,Ida,nobody\n", &[]);
    assert_eq!(output.status.code(), Some(3));
    let told = refusal(&output);
    assert!(
        told.contains("people.csv") && told.contains("line 2, email: This is not an e-mail address"),
        "{told}"
    );
    let fewer = "external_id,name,email\n1,Ida,ida@nordby.example\n";
    for arguments in [&["--preview"][..], &[]] {
        let output = import(fewer, arguments);
        assert_eq!(output.status.code(), Some(4), "{output:?}");
        assert!(text(&output.stderr).contains("1 of 2"), "{output:?}");
    }
    let output = import(fewer, &["--max-deactivated-percent", "50"]);
    assert!(output.status.success() && text(&output.stdout).contains("1 deactivated of 2"), "{output:?}");

    let output = import(two, &["--account", "00000000-0000-0000-0000-000000000000"]);
    let told = refusal(&output);
    assert!(told.contains("--account") && told.contains(" Styr"), "{told}");
    let output = styr(folder.path()).args(["user", "import", "nowhere.csv"]).output().unwrap();
    assert!(refusal(&output).contains("nowhere.csv"));
}

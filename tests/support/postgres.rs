//! A PostgreSQL server for tests: made in a temporary folder when first asked for, gone when the process ends.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::Connection as _;

/// A running server.
pub(crate) struct Server {
    /// Its address up to the database's name, and what comes behind the name.
    address: (String, String),
    template: tokio::sync::OnceCell<String>,
    databases: AtomicU32,
    /// The shell that stops the server once this process no longer holds its input, however it ended.
    _keeper: Option<Child>,
}

/// Names an existing server to use instead, as in `postgres://user:password@host:5432/postgres`. The databases made
/// there begin with `styr_test_` and are left.
const EXISTING: &str = "STYR_TEST_POSTGRES";

/// Makes the cluster, starts it, says where it is, waits for its input to end, and removes all of it.
const KEEPER: &str = r#"
set -e
dir=$(mktemp -d "${TMPDIR:-/tmp}/styr-pg.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap '' INT HUP
cd "$dir"
"$1/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >log 2>&1 || { cat log >&2; exit 1; }
"$1/pg_ctl" -s -w -D data -l log -o "-k '$dir' -c listen_addresses='' -c fsync=off -c max_connections=500" start >&2 ||
    { cat log >&2; exit 1; }
echo "$dir"
read -r _ || :
"$1/pg_ctl" -s -m immediate -D data stop
"#;

/// The server of this test process, started by the first call.
///
/// # Errors
/// No server can be found, installed or started: why, and what to do.
pub(crate) fn server() -> Result<&'static Server, String> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    SERVER.get_or_init(start).as_ref().map_err(Clone::clone)
}

impl Server {
    /// A new database, copied from one that `migrate` has made the tables in. Answers its address.
    ///
    /// # Errors
    /// The server or `migrate` failed.
    pub(crate) async fn database<F>(&self, migrate: F) -> Result<String, String>
    where
        F: AsyncFnOnce(String) -> Result<(), String>,
    {
        let template = self.template.get_or_try_init(|| self.make_template(migrate)).await?;
        let name = self.name();
        self.execute(format!("CREATE DATABASE {name} TEMPLATE {template}")).await?;
        Ok(self.url(&name))
    }

    async fn make_template<F>(&self, migrate: F) -> Result<String, String>
    where
        F: AsyncFnOnce(String) -> Result<(), String>,
    {
        let name = self.name();
        // Ordered as in Danish where the server can: whoever relies on the order of bytes has to say so.
        let danish = "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'da-DK' LOCALE 'C'";
        if self.execute(format!("CREATE DATABASE {name} {danish}")).await.is_err() {
            self.execute(format!("CREATE DATABASE {name}")).await?;
        }
        migrate(self.url(&name)).await?;
        Ok(name)
    }

    fn name(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        format!("styr_test_{}_{number}", std::process::id())
    }

    fn url(&self, database: &str) -> String {
        let (before, behind) = &self.address;
        format!("{before}{database}{behind}")
    }

    async fn execute(&self, sql: String) -> Result<(), String> {
        let failed = |error: sqlx::Error| format!("{sql}: {error}");
        let mut connection = sqlx::PgConnection::connect(&self.url("postgres")).await.map_err(failed)?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.clone())).execute(&mut connection).await.map_err(failed)?;
        connection.close().await.map_err(failed)
    }
}

fn start() -> Result<Server, String> {
    let server = |before: String, behind: String, keeper| Server {
        address: (before, behind),
        template: tokio::sync::OnceCell::new(),
        databases: AtomicU32::new(0),
        _keeper: keeper,
    };
    if let Ok(url) = std::env::var(EXISTING) {
        let (path, query) =
            url.split_once('?').map_or((&*url, String::new()), |(path, query)| (path, format!("?{query}")));
        let (before, _) =
            path.rsplit_once('/').ok_or(format!("{EXISTING} ends with the name of a database"))?;
        return Ok(server(format!("{before}/"), query, None));
    }
    let bin = match binaries() {
        Some(bin) => bin,
        None => install()?,
    };
    let mut command = if runs_as_root() {
        // PostgreSQL refuses to run as root.
        let user = if succeeds(Command::new("id").args(["-u", "postgres"])) { "postgres" } else { "nobody" };
        let mut command = Command::new("runuser");
        command.args(["-u", user, "--", "sh"]).env_remove("TMPDIR").current_dir("/");
        command
    } else {
        Command::new("sh")
    };
    command.args(["-c", KEEPER, "sh"]).arg(&bin);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0); // an interrupt from the keyboard is for the tests
    let mut keeper =
        command.spawn().map_err(|error| format!("PostgreSQL's keeper does not start: {error}"))?;

    let mut folder = String::new();
    let output = keeper.stdout.take().ok_or("the keeper has no output")?;
    BufReader::new(output).read_line(&mut folder).map_err(|error| error.to_string())?;
    let folder = folder.trim_end();
    if folder.is_empty() {
        let mut why = String::new();
        if let Some(mut stderr) = keeper.stderr.take() {
            let _ = stderr.read_to_string(&mut why);
        }
        return Err(format!("PostgreSQL in {} does not start:\n{why}", bin.display()));
    }
    Ok(server("postgres://postgres@localhost/".to_owned(), format!("?host={folder}"), Some(keeper)))
}

/// The folder with PostgreSQL's programs: where PATH leads, else the newest where Debian puts them.
fn binaries() -> Option<PathBuf> {
    let complete =
        |folder: &Path| ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file());
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = std::env::split_paths(&path).find(|folder| complete(folder)) {
        return Some(folder);
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<_> = versions
        .flatten()
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, folder)| complete(folder))
        .collect();
    folders.sort();
    folders.pop().map(|(_, folder)| folder)
}

fn install() -> Result<PathBuf, String> {
    let advice = format!(
        "PostgreSQL is not here. Install it (on Debian and Ubuntu: apt-get install postgresql), or set {EXISTING} to a \
         server's address."
    );
    if !runs_as_root() || !succeeds(Command::new("apt-get").arg("--version")) {
        return Err(advice);
    }
    let apt = |arguments: &[&str]| {
        succeeds(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["-q", "update"]);
    if !apt(&["-q", "-y", "install", "--no-install-recommends", "postgresql"]) {
        return Err(format!("{advice} Installing it with apt-get failed."));
    }
    binaries().ok_or(advice)
}

fn runs_as_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

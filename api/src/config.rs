//! The configuration: by flag, environment and file.

mod file;

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use ipnet::IpNet;
use poem::http::Uri;
use styr_persistence::Database;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

pub use file::with_file;

/// Where the settings are that neither a flag nor the environment gives.
#[derive(Debug, Clone, Args)]
pub struct ConfigFile {
    /// A TOML file with settings, named as the flags are; what a flag or the environment says goes before
    #[arg(long, env = "STYR_CONFIG", global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// How `styr serve` listens and where it keeps its data.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// The address and port to listen on; port 0 takes a free one
    #[arg(long, env = "STYR_LISTEN", default_value = "127.0.0.1:8080", value_parser = listen)]
    pub listen: SocketAddr,

    /// Where the data are, and the key that seals them.
    #[command(flatten)]
    pub storage: Storage,

    /// Fill an empty database with a municipality to try things in
    #[arg(long, env = "STYR_DEMO")]
    pub demo: bool,

    /// The owner's token at the first start, made by `styr token generate`, instead of one made then
    #[arg(long, env = "STYR_BOOTSTRAP_TOKEN", hide_env_values = true, value_parser = token)]
    pub bootstrap_token: Option<styr_domain::token::TokenSecret>,

    /// The name of the account made at the first start
    #[arg(long, env = "STYR_ACCOUNT_NAME", default_value = "Styr")]
    pub account_name: String,

    /// The sizes and rates that requests must keep to.
    #[command(flatten)]
    pub limits: Limits,

    /// Who is believed about where a request comes from.
    #[command(flatten)]
    pub proxies: Proxies,

    /// What is logged: error, warn, info, debug or trace, also by module, as in info,sqlx=warn
    #[arg(long, env = "STYR_LOG", default_value = "info", value_parser = log)]
    pub log: String,

    /// The collector that traces of requests are sent to, by OTLP over HTTP, as in http://localhost:4318
    #[arg(long, env = "STYR_OTLP_ENDPOINT", value_parser = endpoint)]
    pub otlp_endpoint: Option<String>,

    /// The form of the logs: text for people, json for machines
    #[arg(long, env = "STYR_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,

    /// How many seconds requests under way get to finish when Styr is told to stop
    #[arg(long, env = "STYR_SHUTDOWN_SECONDS", default_value_t = 30, value_parser = whole(0..=3600))]
    pub shutdown_seconds: u64,
}

/// Where the data are, and the key that seals them.
#[derive(Debug, Clone, Args)]
pub struct Storage {
    /// The database: sqlite://FILE, made when it is not there, or postgres://USER:PASSWORD@HOST/NAME
    #[arg(long, env = "STYR_DATABASE", default_value = "sqlite://styr.db", hide_env_values = true)]
    pub database: Database,

    /// The master key: 32 bytes in base64. Back it up, apart from the database
    #[arg(long, env = "STYR_MASTER_KEY", hide_env_values = true, conflicts_with = "master_key_file")]
    pub master_key: Option<String>,

    /// A file that holds the master key; made at the first start when it is not there
    #[arg(long, env = "STYR_MASTER_KEY_FILE", default_value = "styr.key")]
    pub master_key_file: PathBuf,
}

/// The sizes and rates that requests must keep to.
#[derive(Debug, Clone, Args)]
pub struct Limits {
    /// The most bytes of a JSON body
    #[arg(long = "max-body-bytes", env = "STYR_MAX_BODY_BYTES", default_value_t = 4 << 20, value_parser = whole(1024..=1 << 30))]
    pub body_bytes: u64,

    /// The most bytes of an imported file
    #[arg(long = "max-import-bytes", env = "STYR_MAX_IMPORT_BYTES", default_value_t = 50 << 20, value_parser = whole(1024..=1 << 30))]
    pub import_bytes: u64,

    /// The most bytes of an uploaded file
    #[arg(long = "max-file-bytes", env = "STYR_MAX_FILE_BYTES", default_value_t = 50 << 20, value_parser = whole(1024..=1 << 30))]
    pub file_bytes: u64,

    /// The most requests of one token in a second, with bursts of twice as many; 0 is no limit
    #[arg(long = "rate-limit", env = "STYR_RATE_LIMIT", default_value_t = 500, value_parser = per_second)]
    pub requests_per_second: u32,

    /// How many seconds a connection may be quiet, and the headers or body of a request may take to arrive; a body gets
    /// a second more for each 16 KiB of it
    #[arg(long = "client-seconds", env = "STYR_CLIENT_SECONDS", default_value_t = 60, value_parser = whole(1..=3600))]
    pub client_seconds: u64,
}

impl Limits {
    /// How long a client is waited for.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        Duration::from_secs(self.client_seconds)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 4 << 20,
            import_bytes: 50 << 20,
            file_bytes: 50 << 20,
            requests_per_second: 0,
            client_seconds: 60,
        }
    }
}

/// Who is believed about where a request comes from.
#[derive(Debug, Clone, Args)]
pub struct Proxies {
    /// The networks of proxies that say in a header where a request comes from, with commas between; nobody is believed
    /// without
    #[arg(long = "trusted-proxies", env = "STYR_TRUSTED_PROXIES", value_delimiter = ',', value_parser = network)]
    pub trusted: Vec<IpNet>,

    /// The header in which they say so; no other counts, since a proxy may pass on what a client wrote there
    #[arg(long = "proxy-header", env = "STYR_PROXY_HEADER", default_value = "x-forwarded-for")]
    pub header: ProxyHeader,
}

impl Default for Proxies {
    fn default() -> Self {
        Self { trusted: Vec::new(), header: ProxyHeader::XForwardedFor }
    }
}

/// The header in which a proxy says where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ProxyHeader {
    /// The addresses, separated by commas, that each proxy took the request from.
    XForwardedFor,
    /// RFC 7239: the same in `for` parameters.
    Forwarded,
}

/// The form of the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

fn token(text: &str) -> Result<styr_domain::token::TokenSecret, String> {
    styr_domain::token::TokenSecret::parse(text)
        .ok_or_else(|| "this is not a token: make one with `styr token generate`".to_owned())
}

fn network(text: &str) -> Result<IpNet, String> {
    styr_domain::token::network(text).ok_or_else(|| {
        "say networks by their first address and prefix, as in 10.0.0.0/8 or ::1/128".to_owned()
    })
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "say an IP address and a port, as in 127.0.0.1:8080 or [::1]:8080".to_owned())
}

fn whole(range: RangeInclusive<u64>) -> impl Fn(&str) -> Result<u64, String> + Clone {
    move |text| {
        text.parse()
            .ok()
            .filter(|number| range.contains(number))
            .ok_or_else(|| format!("say a whole number from {} to {}", range.start(), range.end()))
    }
}

fn per_second(text: &str) -> Result<u32, String> {
    let number = whole(0..=1_000_000)(text)?;
    u32::try_from(number).map_err(|error| error.to_string())
}

fn log(text: &str) -> Result<String, String> {
    let wrong = || "say error, warn, info, debug or trace, also by module, as in info,sqlx=warn".to_owned();
    // By itself, the filter takes any word for the name of a module, and logs nothing else.
    let fits = |part: &str| part.contains('=') || part.parse::<LevelFilter>().is_ok();
    if !text.split(',').all(fits) || EnvFilter::try_new(text).is_err() {
        return Err(wrong());
    }
    Ok(text.to_owned())
}

fn endpoint(text: &str) -> Result<String, String> {
    let address: Option<Uri> = text.parse().ok();
    let fits = address.is_some_and(|address| {
        matches!(address.scheme_str(), Some("http" | "https"))
            && address.host().is_some()
            && address.query().is_none()
    });
    if fits { Ok(text.to_owned()) } else { Err("say an address, as in http://localhost:4318".to_owned()) }
}

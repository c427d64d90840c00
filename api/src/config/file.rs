//! Settings from a file: arguments that were not given.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgMatches, Args as _, Command};

use super::Serve;

/// The command line with the settings of its `--config` file added, as far as neither a flag nor the environment gives
/// them. Without such a file, or with a command line that is wrong by itself, it stays as it is.
///
/// # Errors
/// The file cannot be read, is not TOML, or has a setting that there is not or a value that will not do; the text names
/// it.
pub fn with_file(command: Command, mut arguments: Vec<OsString>) -> Result<Vec<OsString>, String> {
    let Ok(matches) = command.clone().try_get_matches_from(&arguments) else { return Ok(arguments) };
    let Some(path) = matches.get_one::<PathBuf>("config") else { return Ok(arguments) };
    let settings = read(path)?;
    let mut used = command.clone();
    used.build();
    let (used, matches) = innermost(&used, &matches);
    for (key, value) in settings {
        let fault = |text: &str| format!("{}: {key}: {text}", path.display());
        let flag = key.replace('_', "-");
        let known = Serve::augment_args(Command::new("serve"));
        let Some(known) = known.get_arguments().find(|known| known.get_long() == Some(&flag)) else {
            return Err(fault("there is no such setting; docs/configuration.md lists them all"));
        };
        let switch = !known.get_action().takes_values();
        let argument = match value {
            toml::Value::Boolean(on) if switch => on.then(|| format!("--{flag}")),
            toml::Value::String(text) if !switch => Some(format!("--{flag}={text}")),
            toml::Value::Integer(number) if !switch => Some(format!("--{flag}={number}")),
            _ if switch => return Err(fault("say true or false")),
            _ => return Err(fault("say it as a text in quotes, or as a whole number")),
        };
        // A setting of another command is left to that, but for whether it exists.
        let Some(here) = used.get_arguments().find(|here| here.get_long() == Some(&flag)) else { continue };
        let given = |setting: &clap::Arg| {
            let source = matches.value_source(setting.get_id().as_str());
            matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable))
        };
        let excludes = |one: &clap::Arg, other: &clap::Arg| used.get_arg_conflicts_with(one).contains(&other);
        let mut instead = used.get_arguments().filter(|other| excludes(here, other) || excludes(other, here));
        if given(here) || instead.any(given) {
            continue;
        }
        let Some(argument) = argument else { continue };
        arguments.push(argument.into());
        if let Err(error) = command.clone().try_get_matches_from(&arguments) {
            let text = error.to_string();
            // The paragraphs after the first are of use to whoever is at a keyboard.
            let text = text.split("\n\n").next().unwrap_or_default().trim();
            return Err(fault(text.strip_prefix("error: ").unwrap_or(text)));
        }
    }
    Ok(arguments)
}

fn read(path: &Path) -> Result<toml::Table, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("the configuration could not be read from {}: {error}", path.display()))?;
    text.parse().map_err(|error| format!("{} is not TOML: {error}", path.display()))
}

/// The command that was called, below the program's own, with what was given to it.
fn innermost<'a>(command: &'a Command, matches: &'a ArgMatches) -> (&'a Command, &'a ArgMatches) {
    match matches.subcommand().and_then(|(name, below)| Some((command.find_subcommand(name)?, below))) {
        Some((command, below)) => innermost(command, below),
        None => (command, matches),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use clap::{CommandFactory as _, FromArgMatches as _, Parser};

    use super::*;
    use crate::config::ConfigFile;

    #[derive(Parser)]
    #[command(name = "styr")]
    struct Cli {
        #[command(flatten)]
        _file: ConfigFile,
        #[command(subcommand)]
        command: Commands,
    }

    #[derive(clap::Subcommand)]
    enum Commands {
        Serve(Box<Serve>),
        Migrate(crate::config::Storage),
    }

    /// What `styr` is told by these arguments and a file of this content.
    fn told(content: &str, arguments: &[&str]) -> Result<Serve, String> {
        static FILES: AtomicU32 = AtomicU32::new(0);
        let number = FILES.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("styr-config-{}-{number}.toml", std::process::id()));
        std::fs::write(&path, content).map_err(|error| error.to_string())?;
        let mut all: Vec<OsString> = arguments.iter().map(Into::into).collect();
        all.extend(["--config".into(), path.clone().into_os_string()]);
        let all = with_file(Cli::command(), all);
        std::fs::remove_file(&path).map_err(|error| error.to_string())?;
        let matches = Cli::command().try_get_matches_from(all?).map_err(|error| error.to_string())?;
        match Cli::from_arg_matches(&matches).map_err(|error| error.to_string())?.command {
            Commands::Serve(serve) => Ok(*serve),
            Commands::Migrate(storage) => {
                let serve = Serve::augment_args(Command::new("serve")).get_matches_from(["serve"]);
                Ok(Serve { storage, ..Serve::from_arg_matches(&serve).map_err(|error| error.to_string())? })
            }
        }
    }

    #[test]
    fn flags_go_before_the_file_and_the_file_before_defaults() {
        let file = "listen = '127.0.0.1:1'\nrate-limit = 7\nmax_body_bytes = 2048\ndemo = true\n";
        let serve = told(file, &["styr", "serve", "--rate-limit", "9"]).expect("settings");
        assert_eq!(serve.listen.port(), 1);
        assert_eq!(serve.limits.requests_per_second, 9);
        assert_eq!(serve.limits.body_bytes, 2048);
        assert_eq!(serve.limits.import_bytes, 50 << 20);
        assert!(serve.demo);
    }

    #[test]
    fn a_flag_goes_before_what_it_excludes() {
        let file = "master_key = 'from the file'";
        let serve = told(file, &["styr", "serve", "--master-key-file", "k"]).expect("settings");
        assert_eq!(serve.storage.master_key, None);
        let serve = told("master_key_file = 'k'", &["styr", "serve", "--master-key", "m"]).expect("settings");
        assert_eq!(serve.storage.master_key.as_deref(), Some("m"));
    }

    #[test]
    fn settings_of_another_command_are_passed_over() {
        let file = "listen = '127.0.0.1:1'\nmaster_key_file = 'k'";
        let serve = told(file, &["styr", "migrate"]).expect("settings");
        assert_eq!(serve.storage.master_key_file, std::path::Path::new("k"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (file, named) in [
            ("lisen = '127.0.0.1:1'", "lisen: there is no such setting"),
            ("config = 'other.toml'", "config: there is no such setting"),
            ("listen = 'here'", "listen: invalid value 'here'"),
            ("demo = 'yes'", "demo: say true or false"),
            ("rate_limit = [1]", "rate_limit: say it as a text"),
            ("shutdown_seconds = 3601", "shutdown_seconds: invalid value '3601'"),
            ("max_body_bytes = 1", "max_body_bytes:"),
            ("listen", "is not TOML"),
        ] {
            let fault = told(file, &["styr", "serve"]).expect_err(file);
            assert!(fault.contains(named), "{fault}");
        }
    }

    #[test]
    fn the_document_says_what_there_is() {
        let document = include_str!("../../../docs/configuration.md");
        let rows: Vec<&str> = document.lines().filter(|line| line.starts_with("| `--")).collect();
        let command = ConfigFile::augment_args(Serve::augment_args(Command::new("styr")));
        let settings: Vec<_> = command.get_arguments().collect();
        for setting in &settings {
            let flag = setting.get_long().expect("a flag");
            let row = rows.iter().find(|row| row.starts_with(&format!("| `--{flag}` |")));
            let row = row.unwrap_or_else(|| panic!("docs/configuration.md lacks --{flag}"));
            let variable = setting.get_env().and_then(|env| env.to_str()).expect("a variable");
            assert!(row.contains(&format!("| `{variable}` |")), "{row}\nlacks {variable}");
            for default in setting.get_default_values().iter().filter(|_| setting.get_action().takes_values())
            {
                let default = default.to_string_lossy();
                assert!(row.contains(&format!("| `{default}` |")), "{row}\nlacks {default}");
            }
        }
        assert_eq!(rows.len(), settings.len(), "docs/configuration.md has settings that there are not");
    }
}

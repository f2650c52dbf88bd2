//! The model that the flags and the environment name, and what uses it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{
    args::{GlobalArgs, ModelArgs, Provider},
    source::aws_clients,
};
use crate::{
    claude::{ClaudeClient, ClaudeSettings, Credential, GovernorSettings, Route, Secret},
    config::env,
    domain::{InvalidValue, is_this_machine},
    service::{
        Author, Explainer, HistoryService, Narrator, NarratorSettings, SOFT_DEADLINE, ServiceError,
    },
};

/// Output tokens of an answer at most: ten claims take a quarter of it. A provider reserves them
/// against its limits, so that more than is needed is no gift.
const MAX_OUTPUT_TOKENS: u32 = 4_000;
/// Longest wait for a turn; who would wait longer is told when to ask again.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// The only folder that a function may write to; nobody there has a home.
const WRITABLE_ON_LAMBDA: &str = "/tmp";
/// Folder within the user's cache.
const FOLDER: &str = "config-history";

/// Said where there is no key.
const NO_KEY: &str = "No model is configured: there is no key. Set ANTHROPIC_API_KEY (or \
     ANTHROPIC_AUTH_TOKEN), or use --provider bedrock with AWS credentials.";
const NO_ANTHROPIC_KEY: &str = "--provider anthropic has no key. Set ANTHROPIC_API_KEY or \
     ANTHROPIC_AUTH_TOKEN.";

/// How long callers wait for a narrative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// To the end: who typed the command sees it work.
    ToTheEnd,
    /// As long as MCP clients do.
    OfClients,
}

/// Adds to a service who words months, and who explains errors where that is wanted. Contacts
/// nothing.
pub(super) fn with_model(
    service: HistoryService,
    args: &GlobalArgs,
    patience: Patience,
) -> Result<HistoryService, ServiceError> {
    let author = author(args)?;
    let settings = NarratorSettings {
        token_budget: args.model.token_budget,
        soft_deadline: (patience == Patience::OfClients).then_some(SOFT_DEADLINE),
        cache_folder: cache_folder(&args.model),
    };
    let explainer = author
        .as_ref()
        .ok()
        .filter(|_| args.model.explain_errors)
        .map(|author| Explainer::new(Arc::clone(author)));
    let service = service.with_narrator(Narrator::new(author, &settings));
    Ok(match explainer {
        Some(explainer) => service.with_explainer(explainer),
        None => service,
    })
}

/// Returns the model, or why there is none.
pub(super) fn author(args: &GlobalArgs) -> Result<Result<Arc<dyn Author>, String>, ServiceError> {
    let settings = match settings(args, env::read)? {
        Ok(settings) => settings,
        Err(why) => return Ok(Err(why)),
    };
    Ok(match ClaudeClient::new(settings) {
        Ok(client) => Ok(Arc::new(client)),
        Err(error) => Err(format!("{error}.")),
    })
}

/// Returns what the flags and the environment say of the model, or why that is nothing.
fn settings(
    args: &GlobalArgs,
    read: impl Fn(&str) -> Option<String>,
) -> Result<Result<ClaudeSettings, String>, ServiceError> {
    let route = match route(args, &read)? {
        Ok(route) => route,
        Err(why) => return Ok(Err(why)),
    };
    let model = &args.model;
    Ok(Ok(ClaudeSettings {
        route,
        model: model.model.clone(),
        max_output_tokens: MAX_OUTPUT_TOKENS,
        timeout: Duration::from_secs(u64::from(model.model_timeout)),
        governor: GovernorSettings {
            folder: cache_folder(model).map(|folder| folder.join("governor")),
            requests_per_minute: model.requests_per_minute,
            input_tokens_per_minute: model.input_tokens_per_minute,
            output_tokens_per_minute: model.output_tokens_per_minute,
            tokens_per_day: Some(model.tokens_per_day),
            micros_per_day: Some(micros(model.usd_per_day)),
            longest_wait: LONGEST_WAIT,
        },
    }))
}

/// Picks the route. What the user names is taken, whatever keys there are; where nothing is named,
/// the key that is there decides.
fn route(
    args: &GlobalArgs,
    read: &impl Fn(&str) -> Option<String>,
) -> Result<Result<Route, String>, ServiceError> {
    let secret = |name| read(name).map(Secret::new);
    let credential = || {
        let key = secret(env::ANTHROPIC_API_KEY).map(Credential::ApiKey);
        key.or_else(|| secret(env::ANTHROPIC_AUTH_TOKEN).map(Credential::Bearer))
    };
    let bearer = || secret(env::AWS_BEARER_TOKEN_BEDROCK);
    let provider = match args.model.provider {
        Some(named) => named,
        None if credential().is_some() => Provider::Anthropic,
        None if bearer().is_some() => Provider::Bedrock,
        None => return Ok(Err(NO_KEY.to_owned())),
    };
    Ok(match provider {
        Provider::Anthropic => match credential() {
            Some(credential) => Ok(Route::Anthropic {
                base_url: base_url(&args.model, &[env::ANTHROPIC_BASE_URL], read)?,
                credential,
            }),
            None => Err(NO_ANTHROPIC_KEY.to_owned()),
        },
        Provider::Bedrock => {
            let names = [
                env::ANTHROPIC_BEDROCK_MANTLE_BASE_URL,
                env::ANTHROPIC_BEDROCK_BASE_URL,
            ];
            Ok(Route::Bedrock {
                base_url: base_url(&args.model, &names, read)?,
                bearer: bearer(),
                aws: aws_clients(args),
            })
        }
    })
}

/// Returns the address that is asked, where one is named. A key must not travel in clear.
fn base_url(
    args: &ModelArgs,
    names: &[&str],
    read: &impl Fn(&str) -> Option<String>,
) -> Result<Option<String>, InvalidValue> {
    let flag = args.model_base_url.clone().filter(|url| !url.is_empty());
    let Some(text) = flag.or_else(|| names.iter().find_map(|name| read(name))) else {
        return Ok(None);
    };
    let url = reqwest::Url::parse(&text).ok().filter(|url| {
        let is_plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let is_safe = match url.scheme() {
            "https" => url.host_str().is_some(),
            "http" => url.host_str().is_some_and(is_this_machine),
            _ => false,
        };
        is_plain && is_safe
    });
    match url {
        Some(url) => Ok(Some(url.as_str().trim_end_matches('/').to_owned())),
        // Not quoted: an address with a user in it holds a password.
        None => Err(InvalidValue::new(
            "model base URL",
            "…",
            "https://HOST[/PATH] without user or query; http only for this machine (127.0.0.1, \
             localhost), because a key would travel in clear",
        )),
    }
}

/// Returns the folder of what is kept between runs, where the system has one.
pub(super) fn cache_folder(args: &ModelArgs) -> Option<PathBuf> {
    use etcetera::BaseStrategy as _;
    let named = args.cache_dir.clone();
    named
        .filter(|path| !path.as_os_str().is_empty())
        .or_else(|| {
            if env::is_set(env::AWS_LAMBDA_RUNTIME_API) {
                return Some(Path::new(WRITABLE_ON_LAMBDA).join(FOLDER));
            }
            let places = etcetera::choose_base_strategy().ok()?;
            Some(places.cache_dir().join(FOLDER))
        })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of dollars that is not negative; what is too large is no limit"
)]
fn micros(usd: f64) -> u64 {
    (usd * 1e6).round() as u64
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::args::Cli;

    type Settings = Result<Result<ClaudeSettings, String>, ServiceError>;

    fn asked(flags: &[&str], environment: &[(&str, &str)]) -> Settings {
        let args = ["config-history", "months"].iter().chain(flags);
        let cli = Cli::try_parse_from(args).unwrap();
        settings(&cli.global, |name| {
            let set = environment.iter().find(|(set, _)| *set == name);
            set.map(|(_, value)| (*value).to_owned())
        })
    }

    fn route_of(flags: &[&str], environment: &[(&str, &str)]) -> Route {
        asked(flags, environment).unwrap().unwrap().route
    }

    const KEY: (&str, &str) = (env::ANTHROPIC_API_KEY, "sk-1");
    const TOKEN: (&str, &str) = (env::ANTHROPIC_AUTH_TOKEN, "t-1");
    const BEDROCK: (&str, &str) = (env::AWS_BEARER_TOKEN_BEDROCK, "b-1");

    #[test]
    fn the_key_that_is_there_decides() {
        let is_key = |route| {
            matches!(
                route,
                Route::Anthropic {
                    credential: Credential::ApiKey(_),
                    ..
                }
            )
        };
        assert!(is_key(route_of(&[], &[KEY, TOKEN, BEDROCK])));
        let token = route_of(&[], &[TOKEN]);
        assert!(matches!(
            token,
            Route::Anthropic {
                credential: Credential::Bearer(_),
                ..
            }
        ));
        let bedrock = route_of(&[], &[BEDROCK]);
        assert!(matches!(
            bedrock,
            Route::Bedrock {
                bearer: Some(_),
                ..
            }
        ));
        assert_eq!(asked(&[], &[]).unwrap().unwrap_err(), NO_KEY);
    }

    #[test]
    fn what_is_named_is_taken_whatever_keys_there_are() {
        let signed = route_of(&["--provider", "bedrock"], &[KEY]);
        assert!(matches!(signed, Route::Bedrock { bearer: None, .. }));
        let why = asked(&["--provider", "anthropic"], &[BEDROCK])
            .unwrap()
            .unwrap_err();
        assert_eq!(why, NO_ANTHROPIC_KEY);
    }

    #[test]
    fn addresses_come_from_the_flag_then_the_provider_s_variables() {
        let anthropic = |flags: &[&str], set: &[(&str, &str)]| match route_of(flags, set) {
            Route::Anthropic { base_url, .. } => base_url,
            Route::Bedrock { .. } => panic!(),
        };
        let set = [KEY, (env::ANTHROPIC_BASE_URL, "https://env.example/x/")];
        assert_eq!(anthropic(&[], &[KEY]), None);
        assert_eq!(
            anthropic(&[], &set).as_deref(),
            Some("https://env.example/x")
        );
        let flag = ["--model-base-url", "http://127.0.0.1:4010"];
        assert_eq!(
            anthropic(&flag, &set).as_deref(),
            Some("http://127.0.0.1:4010")
        );
        let set = [
            BEDROCK,
            (env::ANTHROPIC_BEDROCK_BASE_URL, "https://b.example"),
            (env::ANTHROPIC_BEDROCK_MANTLE_BASE_URL, "https://a.example"),
            (env::ANTHROPIC_BASE_URL, "https://c.example"),
        ];
        let Route::Bedrock { base_url, .. } = route_of(&[], &set) else {
            panic!()
        };
        assert_eq!(base_url.as_deref(), Some("https://a.example"));
    }

    #[test]
    fn a_key_does_not_travel_in_clear() {
        for url in [
            "http://api.example",
            "http://127.0.0.1.example",
            "http://user:secret@localhost",
            "https://user:secret@api.example",
            "https://api.example?x=1",
            "ftp://localhost",
            "localhost:4010",
            "",
        ] {
            let refused = asked(&[], &[KEY, (env::ANTHROPIC_BASE_URL, url)]);
            if url.is_empty() {
                // As good as not set, but `env::read` never returns it.
                continue;
            }
            let error = refused.unwrap_err();
            assert!(!error.message().contains("secret"), "{error}");
            assert!(error.message().contains("https://"), "{error}");
        }
        for url in ["http://localhost:1", "http://[::1]:1", "http://127.9.9.9"] {
            let allowed = asked(&[], &[KEY, (env::ANTHROPIC_BASE_URL, url)]);
            assert!(allowed.unwrap().is_ok(), "{url}");
        }
    }

    #[test]
    fn limits_and_folder_are_as_said() {
        let flags = [
            "--usd-per-day",
            "0.25",
            "--tokens-per-day",
            "9",
            "--requests-per-minute",
            "3",
            "--cache-dir",
            "/c",
        ];
        let governor = asked(&flags, &[KEY]).unwrap().unwrap().governor;
        assert_eq!(governor.micros_per_day, Some(250_000));
        assert_eq!(governor.tokens_per_day, Some(9));
        assert_eq!(governor.requests_per_minute, Some(3));
        assert_eq!(governor.folder, Some(PathBuf::from("/c/governor")));
    }

    #[test]
    fn no_setting_shows_a_secret() {
        let shown = format!("{:?}", asked(&["--provider", "bedrock"], &[BEDROCK]));
        assert!(!shown.contains("b-1"), "{shown}");
        assert!(!format!("{:?}", asked(&[], &[KEY])).contains("sk-1"));
    }
}
